"""A study that comes through a pipe: it can be read once only."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pandas as pd
import pytest

pytestmark = [pytest.mark.spice, pytest.mark.skipif(sys.platform != "linux", reason="names a pipe by /dev/fd")]

COMMAND = [sys.executable, "-c", "from rramsim.cli.main import main; main()"]
ROOT = Path(__file__).resolve().parents[2]
# Its technology file lies in the current folder: a study from a pipe has no folder of its own.
STUDY = """
[study]
name = "piped"
[technology]
card = "own.toml"
[read]
cells = ["binary_2t2r"]
[ber]
estimator = "monte_carlo"
max_trials = 3
"""


@pytest.fixture
def folder(tmp_path):
    source = ROOT / "device_models" / "cmos"
    for name in ("generic_130nm_5v.lib", "generic_130nm_5v.toml"):
        target = tmp_path / name.replace("generic_130nm_5v.toml", "own.toml")
        target.write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def run(folder, *arguments, text=STUDY):
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_fifo(folder, *arguments, text=STUDY):
    """Run a command whose study is a FIFO in the current folder, written once."""
    os.mkfifo(folder / "fifo")
    with subprocess.Popen(
        [*COMMAND, arguments[0], "fifo", *arguments[1:]],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        writer = threading.Thread(target=(folder / "fifo").write_text, args=(text,), daemon=True)
        writer.start()
        out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.mark.parametrize("study", ["-", "/dev/stdin", "fifo"])
def test_a_sweep_reads_its_study_from_a_pipe(study, folder):
    if study == "fifo":
        done = run_fifo(folder, "sweep", "--workers", "1")
    else:
        done = run(folder, "sweep", study, "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "BER table: runs/piped/ber.csv\n"
    assert len(pd.read_csv(folder / "runs" / "piped" / "ber.csv")) > 0


NETWORK = (
    STUDY
    + '[[network]]\nname = "n"\nweights = "binary"\nsettings.hidden = [4]\nepochs = 1\n[injection]\nladder = [0.1]\n'
)


@pytest.mark.parametrize(
    ("command", "text", "message"),
    [
        (("sweep",), "[corners]\nvdd = [1]", "study: is required"),
        (("run",), STUDY + "[corners]\nvdd = [1]", "corners.vdd: unknown key"),
        (("inject",), STUDY, "names no network"),
        (("train",), STUDY, "names no network"),
        (("wave", "--corner", "tt_27c_1v2", "--weight", "0", "--cell", "x"), STUDY, "Known: binary_2t2r"),
    ],
)
def test_what_is_wrong_with_standard_input_is_told_by_that_name(command, text, message, folder):
    done = run(folder, command[0], "-", *command[1:], "--out", "out", text=text)
    assert done.returncode == 2
    assert "standard input" in done.stderr
    assert message in done.stderr
    assert not (folder / "out").exists()


def test_networks_are_injected_from_a_study_that_is_a_fifo(folder):
    done = run_fifo(folder, "inject", "--workers", "1", text=NETWORK)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(folder / "runs" / "piped" / "accuracy.csv")) > 0


def test_standard_input_that_cannot_be_read_is_refused(folder):
    handle = os.open("/dev/null", os.O_WRONLY)
    try:
        done = subprocess.run(
            [*COMMAND, "sweep", "-"], cwd=folder, stdin=handle, capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        os.close(handle)
    assert done.returncode == 2
    assert "standard input cannot be read: Bad file descriptor" in done.stderr
    assert "Traceback" not in done.stderr
