"""Signals that end a run: finished points are kept, and nothing stays, neither a process nor shared memory."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.spice, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

COMMAND = "from rramsim.cli.main import main; main()"
# Lets tests hear of signals that what runs them ignores, as a shell does in the background, or nohup.
LISTENING = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    f"signal.signal(signal.SIGHUP, signal.SIG_DFL); {COMMAND}"
)
STUDY = """
[study]
name = "long"
[corners]
process = ["TT", "FF", "SS"]
vdd_v = [1.1, 1.2, 1.3]
temperature_c = [-40, 27, 85]
[read]
cells = ["binary_2t2r"]
t_precharge_s = "100 ns"
[ber]
estimator = "monte_carlo"
max_trials = 300
"""


def session(leader):
    """Living processes of a session."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, number = (path / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:  # ended meanwhile
            continue
        if int(number) == leader and state not in "ZX":
            found.append(int(path.name))
    return found


def shared_memory(pids):
    """Files of /dev/shm that processes hold: others may be made there at the same time."""
    found = set()
    for pid in pids:
        try:
            found |= set(re.findall(r"/dev/shm/\S+", Path(f"/proc/{pid}/maps").read_text()))
        except OSError:
            continue
    return found


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def sweep(tmp_path):
    """Start a sweep, wait for its first points, and send a signal; exit code, standard error, shared memory it had."""

    def run(number, *, group=False, code=COMMAND):
        (tmp_path / "long.toml").write_text(STUDY)
        tasks = tmp_path / "run" / "tasks"
        with (tmp_path / "err").open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", code, "sweep", "long.toml", "--out", "run", "--workers", "1"],
                cwd=tmp_path, stdout=errors, stderr=errors, start_new_session=True,
            )  # fmt: skip
        try:
            wait_for(lambda: len(list(tasks.glob("*.json"))) >= 2 or process.poll() is not None)
            assert process.poll() is None, (tmp_path / "err").read_text()
            held = shared_memory(session(process.pid))
            (os.killpg if group else os.kill)(process.pid, number)
            ended = process.wait(timeout=30)
            wait_for(lambda: not session(process.pid), 10)
        finally:
            for pid in session(process.pid):
                os.kill(pid, signal.SIGKILL)
            process.wait()
        return ended, (tmp_path / "err").read_text(), held

    return run


def messages(err):
    return [line for line in err.splitlines() if not line.startswith(("sweep: ", "rramsim: expected: "))]


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_run_cleanly(number, group, sweep, tmp_path):
    code, err, held = sweep(number, group=group, code=LISTENING)
    assert code == 128 + number
    assert messages(err) == ["rramsim: interrupted; finished points are kept"]
    assert [path for path in held if Path(path).exists()] == []
    assert len(list((tmp_path / "run" / "tasks").glob("*.json"))) >= 2
    assert list(tmp_path.rglob("*.rramsim-tmp")) == []


def test_a_killed_run_leaves_no_shared_memory(sweep):
    code, err, held = sweep(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert messages(err) == []
    assert [path for path in held if Path(path).exists()] == []


def test_a_signal_that_is_ignored_stays_ignored(tmp_path):
    """As by nohup, or for a command that a shell started in the background."""
    code = (
        "import os, signal\n"
        "from rramsim.cli.terminal import ending_signals\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with ending_signals():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "goes on\n")
