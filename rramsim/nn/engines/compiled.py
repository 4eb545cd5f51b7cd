"""How loops are compiled, and how several threads share them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rramsim.errors import MissingExtraError

try:
    from numba import njit
except ModuleNotFoundError as error:
    raise MissingExtraError(error.name or "numba", "nn") from error

_PIECES = 4  # of the work of each thread: one that is held up leaves some of its own to the others


def compiled(function: Callable[..., Any]) -> Any:
    """Compile at the first call, to run without Python's lock, and keep the code where a cache can be written.

    Numba keeps it beside the source or, where that is read-only, in the user's cache folder or in ``NUMBA_CACHE_DIR``.

    Parameters
    ----------
    function
        Plain loops over arrays.

    Returns
    -------
    Callable
        The same, compiled for the types of its first call.
    """
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder can be written: each process compiles for itself
        return njit(nogil=True)(function)


def share(threads: int, count: int, multiple: int, work: Callable[[int, int], object]) -> None:
    """Do pieces of some work at once.

    Threads of its own in place of numba's: those may not be used from two threads at a time, nor after a fork.

    Parameters
    ----------
    threads
        How many work, from 1.
    count
        Items of the work.
    multiple
        Pieces are of so many items, or multiples.
    work
        Does the items from its first argument to before its second one; compiled, so that it does not hold the lock.
    """
    pieces = min(threads * _PIECES, -(-count // multiple))
    if threads == 1 or pieces <= 1:
        work(0, count)
        return
    step = -(-count // (pieces * multiple)) * multiple
    left = deque(range(0, count, step))

    def take() -> None:
        while left:
            try:
                at = left.popleft()
            except IndexError:  # another thread was first
                return
            work(at, min(at + step, count))

    # This thread works too: if the others start late, it does not wait for them.
    with ThreadPoolExecutor(threads - 1) as pool:
        others = [pool.submit(take) for _ in range(threads - 1)]
        take()
        for other in others:
            other.result()
