"""How loops are compiled, and how several threads share them."""

import threading

import numba
import pytest

from rramsim.nn.engines import compiled as module
from rramsim.nn.engines.compiled import compiled, share


def double(number):
    return 2 * number


def test_what_cannot_be_kept_is_compiled_all_the_same(monkeypatch):
    """Numba refuses to keep code if it may write nowhere, as in a container that runs read-only."""
    asked = []

    def njit(**options):
        asked.append(options.get("cache", False))
        if options.get("cache"):
            raise RuntimeError("cannot cache function 'double': no locator available")
        return numba.njit(**options)

    monkeypatch.setattr(module, "njit", njit)
    assert compiled(double)(21) == 42
    assert asked == [True, False]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_all_work_is_done_once_in_whole_pieces(threads, count):
    done, lock = [], threading.Lock()

    def work(first, last):
        with lock:
            done.append((first, last))

    share(threads, count, 64, work)
    items = [item for first, last in sorted(done) for item in range(first, last)]
    assert items == list(range(count))
    assert all(first % 64 == 0 for first, _ in done)


def test_what_a_piece_raises_is_not_lost():
    def work(first, _last):
        if first:
            raise ValueError("a piece")

    with pytest.raises(ValueError, match="a piece"):
        share(2, 1000, 1, work)
