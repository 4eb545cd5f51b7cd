"""How rows or columns of a matrix are cut into arrays: the one place that decides it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tiles(length: int, size: int) -> int:
    """How many arrays so many rows or columns take.

    Parameters
    ----------
    length
        Of the matrix.
    size
        Of an array, above 0.

    Examples
    --------
    >>> tiles(64, 32), tiles(65, 32)
    (2, 3)
    """
    return -(-length // size)


def cut(length: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tile of each row or column of a matrix, and its place in the tile.

    Parameters
    ----------
    length, size
        As for :func:`tiles`.

    Examples
    --------
    >>> [found.tolist() for found in cut(5, 3)]
    [[0, 0, 0, 1, 1], [0, 1, 2, 0, 1]]
    """
    tile, place = np.divmod(np.arange(length, dtype=np.int64), size)
    return tile, place
