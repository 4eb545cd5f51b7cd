"""Local worker processes, each with an ngspice of its own.

Always processes, also for one worker: an ngspice that crashes must not take the caller with it, and its shared library
has global state.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager


@contextmanager
def local_workers(count: int | None = None) -> Iterator[Executor]:
    """Worker processes on this machine, ended when the block ends.

    Parameters
    ----------
    count
        How many; None for one on each core that this process may use.
    """
    # Spawned, not forked: a fork would copy whatever threads and libraries the caller has loaded.
    executor = ProcessPoolExecutor(
        max_workers=count or usable_cores(),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
    )
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _start_worker() -> None:
    # Before ngspice's OpenMP starts: it would otherwise spin on every core, in every worker.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    os.environ["OMP_NUM_THREADS"] = "1"
    # Ctrl-C reaches the whole group: the parent decides what happens, a worker just ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
