"""Worker processes: what a crash, a hang or the end of their parent costs, and what it does not.

Tasks are builtins and ``exec`` or ``eval`` of a line: a worker has no way to import this file.
"""

import multiprocessing
import operator
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import CancelledError, Executor, Future, as_completed, wait

import pytest

from rramsim.errors import NgspiceCrashError, NgspiceTimeoutError, SimulationError
from rramsim.spice.workers import local_workers

# Writes down that it was tried, then does what it is told, the first time or each time.
TRIED = """
import ctypes, os, signal, time
with open({path!r}, "a") as file:
    tries = file.write("x") and file.tell()
if tries <= {times}:
    {action}
"""
HANG = "time.sleep(1000)"
SEGFAULT = "ctypes.string_at(0)"


def tried(path, action, times=1000):
    return TRIED.format(path=str(path), action=action, times=times)


@pytest.fixture(scope="module")
def workers():
    with local_workers(2) as executor:
        yield executor


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tries"


def test_results_and_errors_come_back(workers):
    assert isinstance(workers, Executor)
    futures = {workers.submit(pow, base, exp=2): base for base in range(20)}
    assert all(isinstance(future, Future) for future in futures)
    assert sorted(future.result() for future in as_completed(futures)) == [base**2 for base in range(20)]
    with pytest.raises(ZeroDivisionError, match="zero") as caught:
        workers.submit(operator.truediv, 1, 0).result()
    assert "In the worker" in caught.value.__notes__[0]


def test_an_error_of_ours_comes_back_whole(workers):
    code = "from rramsim.errors import *\nraise DeckError('no', log_tail='a\\nb', state='exit status 1')"
    with pytest.raises(SimulationError) as caught:
        workers.submit(exec, code).result()
    assert (caught.value.message, caught.value.log_tail, caught.value.state) == ("no", "a\nb", "exit status 1")


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        pytest.param(lambda: None, None, "lambda", id="task"),
        pytest.param(eval, "lambda: None", "lambda", id="result"),
        pytest.param(exec, "class Own(Exception): pass\nraise Own('gone')", "Own: gone", id="error"),
    ],
)
def test_what_cannot_be_pickled_is_an_error_and_costs_no_worker(function, argument, message):
    with local_workers(1) as executor:
        before = executor.submit(os.getpid).result()
        with pytest.raises(Exception, match=message):
            executor.submit(function, argument).result()
        assert executor.submit(os.getpid).result() == before


def test_a_worker_is_spawned_with_one_thread_for_ngspice_and_ignores_ctrl_c(workers):
    assert workers.submit(os.getpid).result() != os.getpid()
    assert workers.submit(eval, "'pytest' in __import__('sys').modules").result() is False
    assert workers.submit(os.getenv, "OMP_THREAD_LIMIT").result() == "1"
    assert workers.submit(os.getenv, "OMP_NUM_THREADS").result() == "1"
    assert workers.submit(signal.getsignal, signal.SIGINT).result() is signal.SIG_IGN


ODD = """* BSIM4 writes a file about these parameters
.include odd.inc
vd d 0 1
m1 d d 0 0 odd w=1u l=1u
.op
.save i(vd)
.end
"""
RUN_ODD = """
from rramsim.spice.analyses import Op
from rramsim.spice.engine import engine
engine().load({deck!r})
assert engine().run(Op(), ("i(vd)",))["i(vd)"][0] < 0
"""


def test_what_models_write_is_not_in_the_users_folder_where_includes_start(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    (here / "odd.inc").write_text(".model odd nmos level=54 version=4.8 toxe=3e-9 nfactor=-1 cdsc=-1\n")
    with local_workers(1) as executor:
        executor.submit(exec, RUN_ODD.format(deck=ODD)).result()
        assert [path.name for path in tmp_path.rglob("*.out")] == ["bsim4.out"]
        assert executor.submit(os.getcwd).result() == str(here)
    assert [path.name for path in tmp_path.rglob("*")] == ["here", "odd.inc"]


DEATHS = {
    "exit": ("os._exit(3)", "exit status 3"),
    "exit that looks well": ("os._exit(0)", "exit status 0"),
    "abort": ("os.abort()", "SIGABRT"),
    "segmentation fault": (SEGFAULT, "SIGSEGV"),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
}


@pytest.mark.parametrize("name", DEATHS)
def test_a_dead_worker_costs_its_task_only_after_a_second_try(workers, path, name):
    action, state = DEATHS[name]
    before = [workers.submit(pow, 2, n) for n in range(5)]
    dying = workers.submit(exec, tried(path, action))
    after = [workers.submit(pow, 2, n) for n in range(5)]
    with pytest.raises(NgspiceCrashError, match="a worker process died") as caught:
        dying.result()
    assert caught.value.state == state
    assert path.read_text() == "xx"
    assert [future.result() for future in before + after] == 2 * [2**n for n in range(5)]


def test_a_task_whose_worker_died_once_succeeds(workers, path):
    assert workers.submit(exec, tried(path, SEGFAULT, times=1)).result() is None
    assert path.read_text() == "xx"


def test_a_worker_that_is_killed_from_outside_is_replaced(path):
    with local_workers(1) as executor:
        first = executor.submit(os.getpid).result()
        os.kill(first, signal.SIGKILL)  # while it has nothing to do
        second = executor.submit(os.getpid).result()
        assert second != first
        running = executor.submit(exec, tried(path, HANG, times=1))
        wait_for(path.exists)
        os.kill(second, signal.SIGKILL)
        assert running.result() is None
    assert path.read_text() == "xx"


def test_a_worker_whose_ngspice_gave_up_is_replaced(workers, path):
    gave_up = "exec('from rramsim.errors import *; raise NgspiceCrashError(str(os.getpid()))')"
    assert workers.submit(exec, tried(path, gave_up, times=1)).result() is None
    with pytest.raises(NgspiceCrashError):
        workers.submit(exec, tried(path, gave_up)).result()
    assert path.read_text() == "xxxx"


def test_a_hung_task_is_killed_tried_again_and_given_up(path):
    with local_workers(2, timeout=1) as executor:
        hung = executor.submit(exec, tried(path, HANG))
        others = [executor.submit(pow, 2, n) for n in range(10)]
        with pytest.raises(NgspiceTimeoutError, match="nothing within 1 s; the task was tried twice") as caught:
            hung.result()
        assert caught.value.state == "killed after 1 s"
        assert path.read_text() == "xx"
        assert [future.result() for future in others] == [2**n for n in range(10)]
        path.unlink()
        assert executor.submit(exec, tried(path, HANG, times=1)).result() is None
        assert path.read_text() == "xx"


def test_a_task_may_take_longer_than_the_limit_as_long_as_it_gets_on():
    gets_on = "import time\nfrom rramsim.watchdog import sign_of_life\n"
    gets_on += "for _ in range(6):\n    time.sleep(0.3)\n    sign_of_life()"
    with local_workers(1, timeout=1) as executor:
        before = executor.submit(os.getpid).result()
        assert executor.submit(exec, gets_on).result() is None
        time.sleep(1.5)  # nobody watches an idle worker
        assert executor.submit(os.getpid).result() == before


def test_an_ngspice_that_never_comes_back_is_ended(path):
    """The signal must end what runs in the library, too, where Python's handlers are not called."""
    with local_workers(1, timeout=2) as executor:
        endless = "v1 1 0 1\nr1 1 0 1\n.tran 1f 1 0 1f\n.end\n"
        code = f"from rramsim.spice.engine import engine\nengine().load('* endless\\n' + {endless!r})\n"
        code += "from rramsim.spice.analyses import Tran\nengine().run(Tran(step=1e-3, stop=1.0), ['1'])"
        with pytest.raises(NgspiceTimeoutError, match="nothing within 2 s"):
            executor.submit(exec, code).result()


def test_a_worker_makes_way_after_its_tasks():
    with local_workers(1, max_tasks=3) as executor:
        pids = [executor.submit(os.getpid).result() for _ in range(7)]
    assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4] == pids[5] != pids[6]


def test_workers_are_started_only_when_there_is_no_idle_one():
    with local_workers(8) as executor:
        pids = set()
        for _ in range(3):
            pids.add(executor.submit(os.getpid).result())
            time.sleep(0.1)  # a worker is idle a moment after its result is there
    assert len(pids) == 1


def test_queued_tasks_can_be_cancelled(path):
    with local_workers(1) as executor:
        running = executor.submit(exec, tried(path, HANG))
        queued = [executor.submit(pow, 2, n) for n in range(3)]
        wait_for(path.exists)
        assert not running.cancel()
        assert queued[0].cancel()
        executor.shutdown(wait=False, cancel_futures=True)
        assert all(future.cancelled() for future in queued)
        with pytest.raises(RuntimeError, match="shutdown"):
            executor.submit(pow, 2, 3)


@pytest.mark.parametrize("waiting", [True, False])
def test_shutdown_lets_what_was_submitted_finish(waiting):
    with local_workers(1) as executor:
        pid = executor.submit(os.getpid).result()
        futures = [executor.submit(time.sleep, 0.1) for _ in range(3)]
        executor.shutdown(wait=waiting)
        assert all(future.done() for future in futures) is waiting
        assert [future.result() for future in futures] == [None] * 3
        wait_for(lambda: ended(pid))


def test_leaving_with_a_hung_task_takes_no_time_and_leaves_nothing_to_wait_for(path):
    others = set(multiprocessing.active_children())
    with local_workers(2) as executor:
        hung = [executor.submit(exec, tried(path, HANG)) for _ in range(2)]
        queued = [executor.submit(pow, 2, n) for n in range(5)]
        wait_for(lambda: path.exists() and path.read_text() == "xx")
        processes = set(multiprocessing.active_children()) - others
        start = time.monotonic()
    assert time.monotonic() - start < 3
    assert wait(hung + queued, timeout=1).not_done == set()
    assert all(future.cancelled() for future in queued)
    for future in hung:
        with pytest.raises(CancelledError):
            future.result()
    assert len(processes) == 2
    assert not any(process.is_alive() for process in processes)


def test_one_waiting_in_another_thread_is_woken():
    seen = []
    with local_workers(1) as executor:
        futures = [executor.submit(time.sleep, 1000) for _ in range(3)]
        waiting = threading.Thread(target=lambda: seen.extend(as_completed(futures)))
        waiting.start()
    waiting.join(timeout=5)
    assert set(seen) == set(futures)


@pytest.mark.parametrize("wrong", [{"count": -1}, {"count": 0}, {"timeout": 0}, {"max_tasks": 0}])
def test_limits_must_be_above_0(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be above 0"), local_workers(**wrong):
        pass


HELD = """
import ctypes
from pathlib import Path

def run(path, hang, *args):
    Path(path).touch()
    hang(*args)

def keep_the_lock():
    ctypes.PyDLL(None).sleep(1000)
"""
ORPHANS = """
import sys, time
from pathlib import Path
from held import keep_the_lock, run
from rramsim.spice.workers import local_workers

with local_workers(3) as executor:
    executor.submit(run, sys.argv[1] + "/asleep", time.sleep, 1000)
    executor.submit(run, sys.argv[1] + "/locked", keep_the_lock)
    executor.submit(pow, 2, 2).result()
    Path(sys.argv[1] + "/idle").touch()
    time.sleep(1000)
"""


def test_a_killed_parent_leaves_no_process(tmp_path):
    script = tmp_path / "orphans.py"
    script.write_text(ORPHANS)
    (tmp_path / "held.py").write_text(HELD)
    parent = subprocess.Popen([sys.executable, script, tmp_path], stderr=subprocess.DEVNULL)
    wait_for(lambda: all((tmp_path / name).exists() for name in ("asleep", "locked", "idle")))
    children = [int(pid) for pid in ps("--ppid", parent.pid, "-o", "pid=").split()]
    assert len(children) == 3
    parent.kill()
    parent.wait()
    wait_for(lambda: all(ended(pid) for pid in children), seconds=3)


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ended(pid):
    """Whether a process is gone, or dead and only not yet reaped by a parent that is not ours."""
    return ps("-p", pid, "-o", "stat=").strip()[:1] in ("", "Z")


def ps(*arguments):
    return subprocess.run(["ps", *map(str, arguments)], capture_output=True, text=True, check=False).stdout
