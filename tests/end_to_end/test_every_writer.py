"""Every command that writes into a run folder: one at a time, nothing half-written when it is killed or out of room."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import pytest

from rramsim.runs.lock import locked

pytestmark = [pytest.mark.spice, pytest.mark.skipif(sys.platform != "linux", reason="a limit on the size of files")]

COMMAND = "from rramsim.cli.main import main; main()"
# What each writes anew; the arguments after the study or folder.
WRITERS = {
    "sweep": ("study.toml", "--out", "run", "--workers", "1", "--fresh"),
    "inject": ("study.toml", "--out", "run", "--workers", "1", "--fresh"),
    "train": ("study.toml", "--out", "run", "--workers", "1", "--fresh"),
    "map": ("study.toml", "--out", "run"),
    "report": ("run",),
    "wave": ("study.toml", "--out", "run", "--corner", "tt_27c_1v1", "--weight", "0"),
}
KILLS = 1
# A second way to learn, whose tables are written by the same commands.
EQPROP = """
[[eqprop]]
name = "settling"
preset = "p_1h"
dataset = "digits"
weights = "binary"
network = { connections = [{ kind = "dense", units = 8 }, { kind = "dense", units = 10 }] }
phases = { free_steps = 10, schedule = "even_odd" }
training = { epochs = 2 }
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_text, networks_text):
    """A folder in which every command has been run once."""
    root, took = tmp_path_factory.mktemp("finished"), {}
    text = tiny_text.replace('["TT", "SS"]', '["TT"]').replace("max_trials = 20", "max_trials = 4")
    (root / "study.toml").write_text(text + networks_text + EQPROP)
    for name in ("sweep", "train", "inject", "map", "report", "wave"):
        began = time.monotonic()
        done = start(root, name)
        _, err = done.communicate(timeout=200)
        assert done.returncode == 0, err
        took[name] = time.monotonic() - began
    return root, took


@pytest.fixture
def folder(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "f")


def start(folder, name, largest=None):
    """The command as a process; with files of a limited size it is on a disk that is full."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))

    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, name, *WRITERS[name]], cwd=folder, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, start_new_session=True, preexec_fn=None if largest is None else limit,
    )  # fmt: skip


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def told(contents):
    """Without what tells when or how a command was called."""
    return {name: data for name, data in contents.items() if name.split("/")[-1] != "provenance.json"}


@pytest.mark.parametrize("name", WRITERS)
def test_one_command_writes_at_a_time(name, folder):
    before = contents(folder)
    with locked(folder / "run"):
        process = start(folder, name)
        _, err = process.communicate(timeout=100)
    assert process.returncode == 2, err
    assert f"another rramsim is writing into run (process {os.getpid()})" in err
    assert contents(folder) == before


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_every_file_whole(name, folder):
    before = contents(folder)
    process = start(folder, name, largest=100)
    _, err = process.communicate(timeout=100)
    assert process.returncode in (1, 2), err
    assert "cannot write" in err
    assert "Traceback" not in err
    after = contents(folder)
    assert after.items() <= before.items()  # no file that was not there, none with another content


@pytest.mark.parametrize("name", WRITERS)
def test_a_killed_command_is_mended_by_the_same_one(name, finished, folder):
    before, draw = contents(folder), random.Random(name)
    for _ in range(KILLS):
        process = start(folder, name)
        time.sleep(draw.uniform(0.3, 1.0) * finished[1][name])
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert_mended(name, folder, before)


def assert_mended(name, folder, before):
    process = start(folder, name)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert told(contents(folder)) == told(before)
