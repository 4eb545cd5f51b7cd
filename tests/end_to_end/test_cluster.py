"""A sweep on a real Dask cluster: a scheduler and worker processes on this machine, by the commands a user types."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from distributed import Client

from rramsim import __version__
from rramsim.ber.machine import probe
from rramsim.ber.sweep import sweep
from rramsim.cli.stages import run_sweep
from rramsim.errors import ClusterError, InputError, MissingExtraError, NgspiceCrashError
from rramsim.runs.folder import RunFolder
from rramsim.spice.cluster import cluster_workers
from rramsim.spice.workers import local_workers
from rramsim.study import load_study

pytestmark = pytest.mark.spice

POINTS = 8  # corners, each with +1 and its mirror image
TABLES = ("ber.csv", "reads.csv")


class Cluster:
    """A scheduler in a process of its own, and the workers that are started."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes = []
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
        self._wait_for(self.file.is_file)
        self.address = json.loads(self.file.read_text())["address"]

    def add_workers(self, count=1, *, threads=1, nanny=False, **environment):
        """Start worker processes; without a nanny, they are those that run the tasks."""
        first = len(self.processes)
        for _ in range(count):
            self._start(
                "worker", "--nanny" if nanny else "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                "--nworkers", "1", "--nthreads", str(threads), "--local-directory", self.folder, **environment,
            )  # fmt: skip
        logs = [self.folder / f"{number}.log" for number in range(first, len(self.processes))]
        self._wait_for(lambda: all("Registered to" in log.read_text() for log in logs))
        return self.processes[-1]

    def end(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _start(self, command, *arguments, **environment):
        with (self.folder / f"{len(self.processes)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", command, "--scheduler-file", self.file, *arguments],
                stdout=log, stderr=log, cwd=self.folder,
                env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"} | environment,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def _wait_for(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert self.processes[-1].poll() is None, self._logs()
            assert time.monotonic() < end, self._logs()
            time.sleep(0.05)

    def _logs(self):
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))


@contextmanager
def running_cluster(folder, workers):
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        cluster.add_workers(workers)
        yield cluster
    finally:
        cluster.end()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("dask") / "cluster", workers=2) as running:
        yield running


@pytest.fixture
def mortal(tmp_path):
    """A cluster of which the test may kill something."""
    with running_cluster(tmp_path / "cluster", workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def tiny_text(tiny_text):
    """One cell is enough here, and points that last: signals are sent after the first one."""
    for found, other in (
        ('"ternary_2t2r", ', ""), ("temperature_c = [27]", "temperature_c = [27, 85]"), ("= 20", "= 200"),
    ):  # fmt: skip
        assert found in tiny_text
        tiny_text = tiny_text.replace(found, other)
    return tiny_text


@pytest.fixture(scope="module")
def local(tmp_path_factory, tiny_text):
    """Run folder of the tiny study, made once by local workers."""
    root = tmp_path_factory.mktemp("local")
    (root / "study.toml").write_text(tiny_text)
    folder = RunFolder(root / "run")
    folder.prepare()
    with local_workers(2) as executor:
        sweep(load_study(root / "study.toml").sweep, folder, executor)
    return folder.path


def same_tables(one, other):
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in TABLES)


# As at a prompt: what a shell starts in the background ignores the signal, and so do its children.
SWEEP = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from rramsim.cli.main import main
main()
"""


@contextmanager
def sweep_process(tiny, out, address):
    """A sweep that has finished a point; the sweep's process."""
    process = subprocess.Popen(
        [sys.executable, "-c", SWEEP, "sweep", tiny, "--out", out, "--scheduler", address],
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 60
        while not any((out / "tasks").glob("*.json")):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_cluster_gives_the_same_bytes_as_local_workers_and_outlives_the_sweep(
    rramsim, tiny, tmp_path, cluster, local
):
    done = rramsim("sweep", tiny, "--out", tmp_path / "run", "--scheduler", cluster.address)
    assert done.code == 0, done.err
    assert same_tables(tmp_path / "run", local)
    assert len(list((tmp_path / "run" / "tasks").glob("*.json"))) == POINTS
    with cluster_workers(cluster.address) as executor:
        pids = {executor.submit(os.getpid).result() for _ in range(20)}
    assert pids <= {process.pid for process in cluster.processes[1:]}


def test_estimated_rates_are_the_same_bytes_too(rare_text, tmp_path, cluster):
    (tmp_path / "rare.toml").write_text(rare_text)
    study, folders = load_study(tmp_path / "rare.toml"), {}
    for name, workers in (("dask", cluster_workers(cluster.address)), ("local", local_workers(1))):
        folders[name] = RunFolder(tmp_path / name)
        folders[name].prepare()
        with workers as executor:
            sweep(study.sweep, folders[name], executor)
    for name in (*TABLES, "reliability.csv"):
        assert (folders["dask"].path / name).read_bytes() == (folders["local"].path / name).read_bytes()


def test_a_killed_worker_costs_nothing(tiny, tmp_path, mortal, local):
    with sweep_process(tiny, tmp_path / "run", mortal.address) as process:
        mortal.processes[1].kill()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert same_tables(tmp_path / "run", local)


def test_a_lost_scheduler_ends_the_sweep_and_keeps_what_was_finished(rramsim, tiny, tmp_path, mortal, local):
    with sweep_process(tiny, tmp_path / "run", mortal.address) as process:
        mortal.scheduler.kill()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert f"the Dask scheduler at {mortal.address} was lost" in err
    assert "finished ones are kept" in err
    assert "Traceback" not in err
    assert "distributed" not in err
    assert 1 <= len(list((tmp_path / "run" / "tasks").glob("*.json"))) < POINTS
    assert rramsim("sweep", tiny, "--out", tmp_path / "run", "--workers", "2").code == 0
    assert same_tables(tmp_path / "run", local)


def test_ctrl_c_ends_the_sweep_and_not_the_cluster(tiny, tmp_path, cluster):
    with sweep_process(tiny, tmp_path / "run", cluster.address) as process:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "distributed" not in err
    assert all(process.poll() is None for process in cluster.processes)


def test_a_task_that_kills_its_workers_is_a_crash_and_one_with_threads_cannot_replace_them(mortal):
    with cluster_workers(mortal.address) as executor:
        with pytest.raises(NgspiceCrashError, match="one after the other"):
            executor.submit(os._exit, 1).result()
        mortal.add_workers(threads=2)
        with pytest.raises(ClusterError, match="runs 2 threads"):
            executor.submit(probe).result()


def test_a_worker_whose_ngspice_gave_up_is_replaced_by_its_nanny(tmp_path):
    """Pretended in the worker, since no deck is known to do it for sure in every version of ngspice."""
    give_up = (
        "setattr(__import__('sys').modules['rramsim.spice.cluster_worker'], 'gave_up', lambda: True)"
        " or __import__('os').getpid()"
    )
    with running_cluster(tmp_path / "cluster", workers=0) as cluster:
        cluster.add_workers(nanny=True)
        with cluster_workers(cluster.address) as executor:
            before = executor.submit(eval, give_up).result()
            assert executor.submit(os.getpid).result() != before


def test_a_worker_whose_task_hangs_ends_itself_and_its_nanny_starts_another(tmp_path):
    with running_cluster(tmp_path / "cluster", workers=0) as cluster:
        cluster.add_workers(nanny=True)
        with cluster_workers(cluster.address, timeout=1.0) as executor:
            before = executor.submit(os.getpid).result()
            with pytest.raises(NgspiceCrashError, match="finished nothing within 1 s"):
                executor.submit(time.sleep, 600).result()
            assert executor.submit(os.getpid).result() != before
            time.sleep(1.5)  # nothing is left that would end an idle worker
            assert executor.submit(int, "1").result() == 1
        assert "most recent call first" in (tmp_path / "cluster" / "1.log").read_text()  # where it hung


def test_workers_have_one_thread_for_ngspice_and_the_version_found_here(cluster):
    with cluster_workers(cluster.address) as executor:
        assert executor.submit(probe).result()["ngspice"]
        for name in ("OMP_THREAD_LIMIT", "OMP_NUM_THREADS"):
            assert executor.submit(os.getenv, name).result() == "1"


def test_errors_of_a_task_arrive_as_they_are(cluster):
    with cluster_workers(cluster.address) as executor:
        assert isinstance(executor.submit(int, "x").exception(), ValueError)


def test_a_cancelled_task_is_cancelled_and_the_others_are_not(cluster):
    with cluster_workers(cluster.address) as executor:
        futures = [executor.submit(time.sleep, 0.3) for _ in range(6)]
        assert futures[-1].cancel()
        executor.shutdown()
        assert [future.cancelled() for future in futures] == [False] * 5 + [True]
        with pytest.raises(RuntimeError, match="after shutdown"):
            executor.submit(int)


def test_results_that_have_arrived_are_let_go(cluster):
    """Otherwise Dask computes them again when it loses the worker that has them."""
    with cluster_workers(cluster.address) as executor, Client(cluster.address, set_as_default=False) as onlooker:
        futures = [executor.submit(int, index) for index in range(5)]
        assert [future.result() for future in futures] == list(range(5))
        end = time.monotonic() + 10
        while onlooker.who_has():  # what any worker keeps for anyone
            assert time.monotonic() < end
            time.sleep(0.02)


@pytest.mark.parametrize(
    "address",
    ["", "node1", "node1:8786", "nonsense://node1:8786", "tcp://:8786", "tcp://127.0.0.1", "tcp://127.0.0.1:port",
     "tcp://127.0.0.1:0", "tcp://127.0.0.1:99999", "tcp://127.0.0.1:8786/path"],
)  # fmt: skip
def test_what_is_not_an_address_is_refused(address):
    with pytest.raises(InputError, match=re.escape(f"{address!r} is not the address")), cluster_workers(address):
        pass


def test_workers_of_both_kinds_are_refused_before_anything_is_written(rramsim, tiny, tmp_path):
    done = rramsim("run", tiny, "--out", tmp_path / "run", "--scheduler", "tcp://127.0.0.1:8786", "--workers", "2")
    assert done.code == 2
    assert "--workers and --scheduler exclude each other" in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("listening", [False, True])
def test_a_scheduler_that_does_not_answer_is_named(tiny, tmp_path, monkeypatch, capfd, listening):
    monkeypatch.setattr("rramsim.spice.cluster_connection.CONNECT_SECONDS", 0.5)
    before = threading.active_count()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if listening:
            listener.listen()
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(InputError, match=f"no Dask scheduler can be reached at {address}: .*0.5 s"):
            run_sweep(tiny, tmp_path / "run", workers=None, scheduler=address, fresh=False)
    assert not (tmp_path / "run").exists()
    assert threading.active_count() == before
    assert capfd.readouterr() == ("", "")


def test_the_address_of_a_worker_is_refused(cluster):
    with cluster_workers(cluster.address) as executor:
        address = executor.submit(eval, "__import__('distributed').get_worker().address").result()
    with pytest.raises(InputError, match=f"at {address}: it is the address of a Worker"), cluster_workers(address):
        pass


def test_nothing_stays_behind_in_this_process(cluster):
    before = set(threading.enumerate())
    with cluster_workers(cluster.address) as executor:
        executor.submit(int).result()
    # Dask keeps one thread for callbacks, for all clients of the process.
    names = [thread.name for thread in set(threading.enumerate()) - before]
    assert [name for name in names if not name.startswith("Dask-Callback-Thread")] == []
    assert logging.getLogger("distributed").level == logging.INFO


def test_clusters_that_cannot_be_used_are_refused(tmp_path):
    with running_cluster(tmp_path / "cluster", workers=0) as cluster:

        def refused(message):
            with pytest.raises(InputError, match=message), cluster_workers(cluster.address):
                pass

        refused("has no workers; start some with: dask worker --nthreads 1")
        two = cluster.add_workers(threads=2)
        refused("runs 2 threads.*dask worker --nthreads 1")
        two.kill()
        two.wait()
        old = tmp_path / "old" / "rramsim"
        old.mkdir(parents=True)
        (old / "__init__.py").write_text('__version__ = "0.0.1"\n')
        cluster.add_workers(PYTHONPATH=str(old.parent))
        refused(f"runs rramsim 0.0.1, this is {__version__}")
        (old / "__init__.py").write_text("raise ImportError('damaged')\n")
        cluster.processes[-1].kill()
        cluster.processes[-1].wait()
        cluster.add_workers(PYTHONPATH=str(old.parent))
        refused("has no rramsim that can be used: damaged")
        cluster.processes[-1].kill()
        cluster.processes[-1].wait()
        cluster.add_workers()
        cluster.add_workers(NGSPICE_LIBRARY_PATH="/nowhere/libngspice.so")
        refused(r"the Dask worker tcp://127.0.0.1:\d+ cannot be used: .*/nowhere/libngspice.so")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"rramsim\[dask\]"), cluster_workers("tcp://127.0.0.1:8786"):
        pass
