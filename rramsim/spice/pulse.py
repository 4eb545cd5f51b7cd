"""How workers tell that they get on inside a task: counters in memory that they share with the process that waits.

The memory has no name that could outlive a killed process: a worker opens it through the process that owns it. Where
the system has no such memory nothing is counted.
"""

from __future__ import annotations

import mmap
import os
import struct
from contextlib import suppress
from pathlib import Path

from rramsim.watchdog import counted_in

_COUNTER = struct.Struct("q")


class Pulse:
    """Counters of signs of life, one a worker.

    Parameters
    ----------
    workers
        How many.
    """

    def __init__(self, workers: int) -> None:
        self._counters: mmap.mmap | None = None
        self._handle = -1
        size = workers * _COUNTER.size
        if hasattr(os, "memfd_create"):
            self._handle = os.memfd_create("rramsim", os.MFD_CLOEXEC)
            with suppress(OSError):  # no memory of this kind, or a limit on the size of files
                os.ftruncate(self._handle, size)
                self._counters = mmap.mmap(self._handle, size)

    @property
    def path(self) -> str:
        """Where another process finds the counters; empty where there are none."""
        return f"/proc/{os.getpid()}/fd/{self._handle}" if self._counters is not None else ""

    @property
    def count(self) -> int:
        """Signs of life of all workers."""
        if self._counters is None:
            return 0
        return sum(value for (value,) in _COUNTER.iter_unpack(self._counters[:]))

    def close(self) -> None:
        """Let the memory go."""
        if self._counters is not None:
            self._counters.close()
            self._counters = None
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def beat_into(path: str, worker: int) -> None:
    """Count the signs of life of this process from now on.

    Parameters
    ----------
    path
        As :attr:`Pulse.path` of the process that waits.
    worker
        Which counter.
    """
    if not path:
        return
    try:
        with Path(path).open("r+b") as file:
            counters = mmap.mmap(file.fileno(), 0)
    except OSError:  # no /proc: nobody is told
        return
    counted_in(memoryview(counters).cast("q")[worker : worker + 1])
