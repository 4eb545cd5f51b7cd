"""One local worker: the process, how it is started and watched, and what its end means.

A process that dies or hangs costs the task it ran a second try, in a fresh one.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, CancelledError, wait
from typing import Any

from pebble import ProcessExpired, ProcessPool

from rramsim.errors import NgspiceCrashError, NgspiceTimeoutError
from rramsim.spice.folder import simulate_in
from rramsim.spice.pulse import beat_into
from rramsim.spice.spawning import EXIT_STATUS_0, WorkerContext
from rramsim.watchdog import watched

_TRIES = 2
_POLL_SECONDS = 0.2
_START_SECONDS = 120.0  # a process that has not taken its task by then never will
_ORPHAN_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1


def limit_threads() -> None:
    """Keep ngspice to one thread in this process, which must not have loaded it yet.

    Its OpenMP would otherwise spin on every core, in every worker.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.environ["OMP_NUM_THREADS"] = "1"


class WorkerSlot:
    """One worker at a time and the thread that feeds it.

    A pebble pool for each worker, not one for all: the workers of a pool share a pipe and its lock, so that one which
    dies at the wrong moment stalls the others, and one which dies idle ends the pool.

    Parameters
    ----------
    timeout
        How long a task may go on without finishing anything [s]; None for as long as it takes.
    max_tasks
        Tasks after which the process makes way for a fresh one.
    stopping
        Set when no result is waited for any more.
    beat
        Where the worker counts its signs of life, as for :func:`rramsim.spice.pulse.beat_into`.
    folder
        Where its ngspice simulates, as for :func:`rramsim.spice.folder.simulate_in`.
    """

    def __init__(
        self,
        timeout: float | None,
        max_tasks: int,
        stopping: threading.Event,
        beat: tuple[str, int] = ("", 0),
        folder: str = "",
    ) -> None:
        self._start = (*beat, folder)
        self._timeout = timeout
        self._max_tasks = max_tasks
        self._stopping = stopping
        self._context = WorkerContext()
        self._pool: ProcessPool | None = None

    def run(self, function: Callable[..., Any], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:
        """Result of a task, tried once more in a fresh process if the first one is lost.

        Parameters
        ----------
        function, args, kwargs
            What to call; pickleable, as is its result.

        Raises
        ------
        NgspiceTimeoutError, NgspiceCrashError
            Both processes hung or were lost.
        CancelledError
            ``stopping`` was set.
        """
        payload = pickle.dumps((self._timeout, function, args, kwargs))
        failure: BaseException | None = None
        for _ in range(_TRIES):
            try:
                answer = self._ask(payload)
            except (OSError, RuntimeError) as error:
                code = error.exitcode if isinstance(error, ProcessExpired) else self._context.exitcode
                failure = _timed_out(self._timeout) if code == -signal.SIGALRM else _crashed(code)
                failure.__cause__ = error
            else:
                value, failure, trace = pickle.loads(answer)
                if failure is None:
                    return value
                failure.add_note(f"In the worker:\n{trace}")
                if not isinstance(failure, NgspiceCrashError):
                    break
                # The ngspice of that process can run nothing any more, maybe since the task before.
            self.close()
        assert failure is not None
        raise failure

    def stop(self) -> None:
        """Begin to end the worker."""
        if self._pool is not None:
            self._pool.stop()

    def close(self) -> None:
        """End the worker."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None

    def _ask(self, payload: bytes) -> bytes:
        if self._pool is None or not self._pool.active:  # it was killed while it had nothing to do
            self.close()
            self._pool = ProcessPool(
                max_workers=1,
                max_tasks=self._max_tasks,
                initializer=_start_worker,
                initargs=self._start,
                context=self._context,
            )
        future = self._pool.schedule(_call, args=(payload,))
        begun = time.monotonic()
        while not wait([future], timeout=_POLL_SECONDS).done:
            if self._stopping.is_set():
                raise CancelledError
            if not self._pool.active:
                raise BrokenExecutor("the worker was lost")
            if not future.running() and time.monotonic() - begun > _START_SECONDS:
                raise BrokenExecutor(f"the worker did not start within {_START_SECONDS:g} s")
        return future.result()


def _timed_out(timeout: float | None) -> NgspiceTimeoutError:
    return NgspiceTimeoutError(
        f"a worker finished nothing within {timeout:g} s; the task was tried twice, each time in a fresh process",
        state=f"killed after {timeout:g} s",
    )


def _crashed(code: int | None) -> NgspiceCrashError:
    if code is None:
        state = "process ended without a result"
    elif code < 0:
        state = {item.value: item.name for item in signal.Signals}.get(-code, f"signal {-code}")
    else:
        state = f"exit status {code % EXIT_STATUS_0}"
    return NgspiceCrashError(
        "a worker process died (killed, out of memory, or ngspice crashed); its task was tried twice, each time in a "
        "fresh process",
        state=state,
    )


def _call(payload: bytes) -> bytes:
    """Run a task in the worker: its pickled result, or error and traceback.

    Pickled here, because what pebble itself cannot pickle or unpickle ends its worker or its pool.
    """
    try:
        timeout, function, args, kwargs = pickle.loads(payload)
        with watched(timeout):
            return pickle.dumps((function(*args, **kwargs), None, ""))
    except BaseException as error:
        trace = traceback.format_exc()
        try:
            answer = pickle.dumps((None, error, trace))
            pickle.loads(answer)
        except Exception:
            return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}"), trace))
        return answer


def _start_worker(path: str, number: int, folder: str) -> None:
    limit_threads()
    beat_into(path, number)
    simulate_in(folder)
    # Ctrl-C reaches the whole group: the parent decides what happens, a worker just ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # pebble's handler would wait for ngspice to come back to Python.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        # Also ends what holds Python's lock. It is sent when the thread that started this process ends: here the
        # slot's or its pool's, which both outlive the tasks.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    while parent is not None and os.getppid() == parent.pid:
        time.sleep(_ORPHAN_SECONDS)
    os._exit(1)
