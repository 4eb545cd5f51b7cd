"""Ends the process of a task that hangs: one in which nothing was finished for too long.

By the alarm signal, whose default action ends a process whatever it is doing, be it in ngspice or with Python's lock. A
task may take as long as it likes as long as its reads, epochs or repeats go on: how many it takes is not known
beforehand.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_seconds = 0.0  # 0 for no watchdog
_counter: memoryview | None = None


@contextmanager
def watched(seconds: float | None) -> Iterator[None]:
    """Run a block in which :func:`sign_of_life` must be heard at least every so often.

    Only for a process that may end: a worker.

    Parameters
    ----------
    seconds
        How long may pass without a sign [s]; None for as long as it takes.
    """
    global _seconds
    _seconds = seconds or 0.0
    sign_of_life()
    try:
        yield
    finally:
        _seconds = 0.0
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def counted_in(counter: memoryview) -> None:
    """Count signs of life, for a process that waits.

    Parameters
    ----------
    counter
        One number, which this process alone changes.
    """
    global _counter
    _counter = counter


def sign_of_life() -> None:
    """Tell that something was finished; nothing happens where nobody watches."""
    if _counter is not None:
        _counter[0] += 1
    if _seconds:
        signal.setitimer(signal.ITIMER_REAL, _seconds)
