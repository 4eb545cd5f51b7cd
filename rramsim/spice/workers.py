"""Local worker processes, each with an ngspice of its own.

Always processes, also for one worker: an ngspice that crashes must not take the caller with it, and its shared library
has global state. A process that dies or hangs costs the task it ran a second try, and the other tasks nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, ParamSpec, TypeVar

from rramsim.abstract_workers import AbstractWorkers
from rramsim.errors import InputError
from rramsim.spice.pulse import Pulse
from rramsim.spice.worker_process import WorkerSlot

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_TIMEOUT = 300.0  # [s]; a large foundry library takes some ten seconds to load
DEFAULT_MAX_TASKS = 500
_MOST = 10_000  # workers: each has a thread and a counter here


@contextmanager
def local_workers(
    count: int | None = None, *, timeout: float | None = DEFAULT_TIMEOUT, max_tasks: int = DEFAULT_MAX_TASKS
) -> Iterator[LocalWorkers]:
    """Worker processes on this machine, ended when the block ends, whatever they are doing.

    Parameters
    ----------
    count
        How many; None for one on each core that this process may use.
    timeout
        How long a task may go on without finishing anything [s]; None for as long as it takes.
    max_tasks
        Tasks after which a process makes way for a fresh one, whatever ngspice may leak.

    Raises
    ------
    ValueError
        One of them is not above 0.
    InputError
        There are more workers than can be kept an eye on.
    """
    executor = LocalWorkers(usable_cores() if count is None else count, timeout=timeout, max_tasks=max_tasks)
    try:
        yield executor
    finally:
        executor.stop()


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class LocalWorkers(AbstractWorkers):
    """Executor of local processes, in which a task that hangs or takes its process down is tried once more.

    A second failure ends its future with :class:`~rramsim.errors.NgspiceTimeoutError` or
    :class:`~rramsim.errors.NgspiceCrashError`. Get it with :func:`local_workers`, which ends the processes.

    Parameters
    ----------
    count
        Processes at most; they are started when there is a task for them.
    timeout
        How long a task may go on without finishing anything [s]; None for as long as it takes.
    max_tasks
        Tasks after which a process makes way for a fresh one.

    Raises
    ------
    ValueError
        One of them is not above 0.
    InputError
        There are more workers than can be kept an eye on.
    """

    def __init__(self, count: int, *, timeout: float | None, max_tasks: int) -> None:
        for name, value in (("count", count), ("timeout", timeout), ("max_tasks", max_tasks)):
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0 (got {value!r})")
        if count > _MOST:
            raise InputError(f"{count} workers are too many; up to {_MOST} are allowed")
        self._count = count
        self._timeout = timeout
        self._max_tasks = max_tasks
        self._stopping = threading.Event()
        self._pulse = Pulse(count)
        self._folder = _temporary_folder()
        self._closing = threading.Lock()
        self._futures: set[Future[Any]] = set()
        self._slots: list[WorkerSlot] = []
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="rramsim-worker", initializer=self._add_slot)

    @property
    def count(self) -> int:
        """How many tasks can run at once."""
        return self._count

    @property
    def signs(self) -> int:
        """Signs of life of all workers until now, as simulations."""
        return self._pulse.count

    def everywhere(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> dict[str, T]:
        """Call a function in one worker: all are of this machine."""
        return {platform.node(): self.submit(fn, *args, **kwargs).result()}

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a worker.

        Parameters
        ----------
        fn
            The function; it, its arguments and its result must be pickleable, and of modules that can be imported: a
            worker does not run the caller's main module.
        *args, **kwargs
            What it is called with.

        Returns
        -------
        concurrent.futures.Future
            Its result, or what it raised; see the class for a worker that dies or hangs.

        Raises
        ------
        RuntimeError
            After :meth:`shutdown`.
        """
        future = self._threads.submit(self._run, fn, args, kwargs)
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, and end the processes when those that were submitted are done.

        Parameters
        ----------
        wait
            Return only then.
        cancel_futures
            Cancel what has not begun.
        """
        if cancel_futures:
            # Not by the threads' own shutdown, which wakes nobody who waits for the futures.
            for future in tuple(self._futures):
                future.cancel()
        self._threads.shutdown(wait=wait)
        if wait:
            self._close()
        else:
            threading.Thread(target=self.shutdown, daemon=True).start()

    def stop(self) -> None:
        """End now: what has not begun is cancelled, and what runs is killed and ends with ``CancelledError``."""
        self._stopping.set()
        self.shutdown(cancel_futures=True)

    def _add_slot(self) -> None:
        with self._closing:
            number = len(self._slots)
            folder = str(Path(self._folder.name, str(number)).absolute()) if self._folder else ""
            self._own.slot = WorkerSlot(
                self._timeout, self._max_tasks, self._stopping, (self._pulse.path, number), folder
            )
            self._slots.append(self._own.slot)

    def _run(self, function: Callable[..., T], args: tuple[object, ...], kwargs: Mapping[str, object]) -> T:
        slot: WorkerSlot = self._own.slot
        answer: T = slot.run(function, args, kwargs)
        return answer

    def _close(self) -> None:
        with self._closing:
            for slot in self._slots:  # all at once: ending one takes a few tenths of a second
                slot.stop()
            for slot in self._slots:
                slot.close()
            self._pulse.close()
            if self._folder:
                self._folder.cleanup()


def _temporary_folder() -> TemporaryDirectory[str] | None:
    """A folder for what ngspice writes beside its results; None where there is no place for it.

    What killed processes of this machine have left is removed.
    """
    own = f"rramsim-{platform.node()}-"
    try:
        for path in Path(gettempdir()).glob(f"{own}[0-9]*-*"):
            pid = path.name.removeprefix(own).partition("-")[0]
            if pid.isdecimal() and not _lives(int(pid)):
                shutil.rmtree(path, ignore_errors=True)
        return TemporaryDirectory(prefix=f"{own}{os.getpid()}-", ignore_cleanup_errors=True)
    except OSError:
        return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True
