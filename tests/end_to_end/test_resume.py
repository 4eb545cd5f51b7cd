"""A sweep that is killed, or finds no room to write, costs no finished point and no digit.

The killed runs are real commands. What resumes them is the same command in this process, on workers that are already
up: a command on its own spends most of its time on imports.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from rramsim.cli import stages
from rramsim.cli.main import main
from rramsim.spice import executors
from rramsim.spice.workers import local_workers

pytestmark = [pytest.mark.spice, pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")]

POINTS = {"counted": 16, "rare": 6}
TABLES = ("ber.csv", "reads.csv", "waveforms.csv", "window.csv")
COMMAND = "from rramsim.cli.main import main; main()"
SEED = 20
PARENT_KILLS = 4  # each of another run
REPEATED_KILLS = 2  # of a run of each study, resumed each time
WORKER_KILLS = 4  # in a run of each study

# As a write that was cut off leaves it.
CUT_OFF = ".0123.json-01234567.rramsim-tmp"


@pytest.fixture(scope="module")
def studies(tmp_path_factory, tiny_text, rare_text):
    root = tmp_path_factory.mktemp("studies")
    (root / "counted.toml").write_text(tiny_text.replace("temperature_c = [27]", "temperature_c = [27, 85]"))
    (root / "rare.toml").write_text(rare_text.replace('["TT", "SS"]', '["TT", "FF", "SS"]'))
    return {name: root / f"{name}.toml" for name in POINTS}


@pytest.fixture(scope="module")
def study(studies):
    return studies["counted"]


@pytest.fixture(scope="module")
def workers():
    """Worker processes that the commands run in this process share."""
    with local_workers(2) as executor, pytest.MonkeyPatch.context() as patch:
        patch.setattr(executors, "local_workers", lambda *_arguments, **_options: nullcontext(executor))
        list(executor.map(abs, range(4)))
        yield executor


@pytest.fixture
def sweep(study, workers, capsys):
    """Run the command in this process; exit code and standard error."""

    def run(folder):
        capsys.readouterr()
        return sweep_here(study, folder), capsys.readouterr().err

    return run


def sweep_here(study, folder):
    try:
        main(["sweep", str(study), "--out", str(folder)])
    except SystemExit as ended:
        return ended.code or 0
    return 0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, study, workers):
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert sweep_here(study, folder) == 0
    return folder


@pytest.fixture(scope="module")
def undisturbed_rare(tmp_path_factory, studies, workers):
    folder = tmp_path_factory.mktemp("undisturbed_rare") / "run"
    assert sweep_here(studies["rare"], folder) == 0
    assert "line_sampling" in (folder / "ber.csv").read_text()
    return folder


class Command:
    """``rramsim sweep`` as a process, leader of a session in which all that it starts stays."""

    def __init__(self, study, folder):
        self.folder = folder
        self.temporary = folder.parent / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self._errors = folder.parent / "stderr"
        with self._errors.open("w") as errors:  # a process that is left over could keep a pipe open
            self._process = subprocess.Popen(
                [sys.executable, "-c", COMMAND, "sweep", str(study), "--out", str(folder), "--workers", "1"],
                env=os.environ | {"TMPDIR": str(self.temporary)}, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self._process.wait()

    @property
    def finished(self):
        return len(tasks(self.folder))

    def processes(self, having=""):
        """Living processes of the session whose command line has a text."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                state, _, _, session = (path / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) == self._process.pid and state not in "ZX" and having in (path / "cmdline").read_text():
                    found.append(int(path.name))
            except (OSError, ValueError):  # ended meanwhile
                continue
        return found

    def wait_for(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not (reached := condition()):
            assert self._process.poll() is None, self._errors.read_text()
            assert time.monotonic() < end
            time.sleep(0.005)
        return reached

    def kill(self):
        """Kill the command itself."""
        assert self._process.poll() is None, "it ended before it could be killed"
        self._process.kill()
        self._process.wait()
        self._assert_nothing_left()

    def kill_worker(self, delay):
        (worker,) = self.wait_for(lambda: self.processes("spawn_main"))
        time.sleep(delay)
        os.kill(worker, signal.SIGKILL)

    def end(self):
        """Exit code and standard error, when it ended by itself."""
        code = self._process.wait(timeout=60)
        self._assert_nothing_left()
        return code, self._errors.read_text()

    def _assert_nothing_left(self):
        end = time.monotonic() + 5
        while left := self.processes():
            assert time.monotonic() < end, [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]
            time.sleep(0.02)


def tasks(folder):
    """Finished tasks: a file that was written again is another one."""
    found = sorted((folder / "tasks").glob("*.json"))
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


def left_over(folder):
    """Hidden files, temporary ones among them, and whatever is in the temporary folder."""
    return [*folder.rglob(".*"), *(folder.parent / "tmp").glob("*")]


def assert_same_tables(folder, undisturbed):
    for name in (path.name for path in undisturbed.glob("*.csv")):
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes(), name
    assert set(TABLES) <= {path.name for path in folder.glob("*.csv")}
    assert [path.name for path in tasks(folder)] == [path.name for path in tasks(undisturbed)]
    assert left_over(folder) == []


@dataclass(frozen=True)
class Killed:
    """A run folder after a kill and what was finished then."""

    folder: Path
    tasks: dict


def kill_parent(study, folder, draw, part):
    """Kill a run in one of equal parts of it: imports, start of the worker, points, and what follows them."""
    with Command(study, folder) as command:
        if part < 0.1:
            time.sleep(draw.uniform(0, 1))
        elif part < 0.3:
            command.wait_for((folder / "study.toml").exists)
            time.sleep(draw.uniform(0, 1))
        elif part < 0.85:
            points = 1 + int((part - 0.3) / 0.55 * (POINTS[study.stem] - 1))
            command.wait_for(lambda: command.finished >= points)
            time.sleep(draw.uniform(0, 0.1))
        else:
            command.wait_for((folder / "reads.csv").exists)
            time.sleep(draw.uniform(0, 0.5))
        command.kill()
    return Killed(folder, tasks(folder))


def kill_again_and_again(study, folder, draw):
    """Kill a run, its resumption, and so on; the last one ends."""
    seen = []
    for number in range(REPEATED_KILLS):
        seen.append(kill_parent(study, folder, draw, 0.3 + 0.6 * (number + draw.random()) / REPEATED_KILLS))
    with Command(study, folder) as command:
        code, err = command.end()
    return seen, code, err


def kill_workers(study, folder, draw):
    """Kill one worker after the other of a run that goes on; none twice in the same task, which would give it up."""
    with Command(study, folder) as command:
        command.kill_worker(draw.uniform(0, 1))
        for _ in range(WORKER_KILLS - 2):
            points = min(command.finished + draw.randint(1, 2), POINTS[study.stem])
            command.wait_for(lambda points=points: command.finished >= points)
            command.kill_worker(draw.uniform(0, 0.1))
        command.wait_for((folder / "reads.csv").exists)
        command.kill_worker(draw.uniform(0, 0.2))
        return command.end()


@pytest.fixture(scope="module")
def killed(tmp_path_factory, studies):
    """All killed runs, two at a time."""
    root = tmp_path_factory.mktemp("killed")

    def start(function, name, number, *arguments):
        folder = root / f"{function.__name__}_{name}_{number}" / "run"
        folder.parent.mkdir()
        return pool.submit(function, studies[name], folder, random.Random(f"{SEED} {folder.parent.name}"), *arguments)

    with ThreadPoolExecutor(2) as pool:
        futures = {("workers", name): start(kill_workers, name, 0) for name in POINTS}
        futures |= {("again", name): start(kill_again_and_again, name, 0) for name in POINTS}
        for number in range(PARENT_KILLS):
            futures["parent", number] = start(kill_parent, "counted", number, (number + 0.5) / PARENT_KILLS)
    return {"root": root} | futures


@pytest.mark.parametrize("number", range(PARENT_KILLS))
def test_a_killed_run_is_resumed_to_the_same_tables(number, killed, undisturbed, sweep, monkeypatch):
    run = killed["parent", number].result()
    if (run.folder / "tasks").exists():
        (run.folder / "tasks" / CUT_OFF).write_text('{"id":')
    assert sweep(run.folder)[0] == 0
    print(f"killed with {len(run.tasks)} points finished")
    assert run.tasks.items() <= tasks(run.folder).items()  # none was run again
    # The next command that starts workers there removes what the killed one's ngspice simulated in.
    monkeypatch.setattr(tempfile, "tempdir", str(run.folder.parent / "tmp"))
    with local_workers(1):
        pass
    assert_same_tables(run.folder, undisturbed)


@pytest.mark.parametrize("name", POINTS)
def test_a_run_killed_again_and_again_gets_on_each_time(name, killed, undisturbed, undisturbed_rare):
    seen, code, err = killed["again", name].result()
    assert code == 0, err
    final = tasks(seen[-1].folder)
    finished = [len(run.tasks) for run in seen]
    print(f"killed with {finished} points finished")
    assert finished == sorted(finished)
    assert 0 < finished[0] < POINTS[name]
    assert all(run.tasks.items() <= final.items() for run in seen)
    assert_same_tables(seen[-1].folder, undisturbed if name == "counted" else undisturbed_rare)


@pytest.mark.parametrize("name", POINTS)
def test_killed_workers_do_not_stop_a_run(name, killed, undisturbed, undisturbed_rare, studies):
    code, err = killed["workers", name].result()
    assert code == 0, err
    folder = killed["root"] / f"kill_workers_{name}_0" / "run"
    whole = undisturbed if name == "counted" else undisturbed_rare
    assert_same_tables(folder, whole)
    before = tasks(folder)
    assert sweep_here(studies[name], folder) == 0
    assert tasks(folder) == before
    assert_same_tables(folder, whole)


def test_a_damaged_guide_is_run_again_and_changes_nothing(tmp_path, studies, undisturbed_rare, workers):
    """Half of the points start from its result: they must not be run again, nor be lost."""
    folder = tmp_path / "run"
    shutil.copytree(undisturbed_rare, folder)
    ordered = list(tasks(folder))
    ordered[0].write_text(ordered[0].read_text()[:50])
    for path in ordered[1::2]:
        path.unlink()
    kept = {path: state for path, state in tasks(folder).items() if path != ordered[0]}
    assert sweep_here(studies["rare"], folder) == 0
    assert kept.items() <= tasks(folder).items()
    assert_same_tables(folder, undisturbed_rare)


@contextmanager
def full_disk(largest=0):
    """Let no file of this process grow beyond some bytes, as root or not: a disk that is full, but for its errno."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def assert_one_line(err, message):
    usual = ("sweep:", "waveforms:", "rramsim: expected: ")
    assert [line for line in err.splitlines() if not line.startswith(usual)] == [message]


# Files in the order in which they are written: the limit is too small for this one, and not for those before it.
TOO_LARGE = {"stamps.json": 100, "study.toml": 500, "provenance.json": 2000, "waveforms.csv": 100_000}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_full_disk_is_told_and_the_run_goes_on_when_there_is_room(name, tmp_path, undisturbed, sweep):
    folder = tmp_path / "run"
    with full_disk(TOO_LARGE[name]):
        code, err = sweep(folder)
    assert code == 1
    assert_one_line(err, f"rramsim: cannot write {folder / name}: File too large")
    assert not (folder / name).exists()
    assert left_over(folder) == []
    before = tasks(folder)
    assert len(before) == (POINTS["counted"] if name == "waveforms.csv" else 0)
    assert sweep(folder)[0] == 0
    assert before.items() <= tasks(folder).items()
    assert_same_tables(folder, undisturbed)


def test_a_disk_that_fills_up_while_points_are_run_keeps_the_finished_ones(tmp_path, undisturbed, sweep, monkeypatch):
    folder = tmp_path / "run"
    with full_disk(resource.RLIM_INFINITY), monkeypatch.context() as patch:

        @contextmanager
        def fills_up(_name, _unit):
            _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
            yield lambda done, _total, _inside=0: done < 3 or resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))

        patch.setattr(stages, "stage", fills_up)
        code, err = sweep(folder)
    assert code == 1
    last = err.splitlines()[-1]
    assert last.startswith(f"rramsim: cannot write {folder}/")
    assert_one_line(err, last)
    assert left_over(folder) == []
    before = tasks(folder)
    assert len(before) == 3
    assert all(path.read_bytes() == (undisturbed / "tasks" / path.name).read_bytes() for path in before)
    assert sweep(folder)[0] == 0
    assert before.items() <= tasks(folder).items()
    assert_same_tables(folder, undisturbed)


# Root writes anywhere, unless it gives up that right (CAP_DAC_OVERRIDE) before a program starts.
AS_ORDINARY_USER = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0); os.execv(sys.executable, sys.argv[1:])"
)


def as_ordinary_user(code, *arguments):
    command = [sys.executable, "-c", AS_ORDINARY_USER, sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@contextmanager
def read_only(folder):
    folder.chmod(0o555)
    try:
        if as_ordinary_user("import sys; open(sys.argv[1], 'x')", folder / "file").returncode == 0:
            pytest.skip("this user writes into folders that are read-only")
        yield
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("", "cannot make the output folder {}/run: Permission denied"),
        ("run", "cannot write into {}/run: Permission denied"),
        ("run/tasks", "cannot write into {}/run/tasks: Permission denied"),
    ],
)
def test_a_read_only_folder_is_told_before_any_work(place, message, tmp_path, study):
    folder = tmp_path / "run"
    if place:
        (folder / "tasks").mkdir(parents=True)
        (folder / "decks").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with read_only(tmp_path / place):
        done = as_ordinary_user(COMMAND, "sweep", study, "--out", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert_one_line(done.stderr, "rramsim: " + message.format(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before
