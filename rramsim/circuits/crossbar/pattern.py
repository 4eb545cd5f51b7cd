"""What the cells of an array store: a weight for each row and column.

A named pattern, one of the user's as a file of comma-separated values, or one that
:mod:`rramsim.circuits.crossbar.search` has found.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rramsim.errors import InputError, close_matches
from rramsim.streams import stream
from rramsim.weights import WeightKind

# Weights, rows of columns: -1, 0 or +1.
Pattern = tuple[tuple[int, ...], ...]

_RANDOM = "random"
_SPELLED = {"+1": 1, "1": 1, "0": 0, "-1": -1}
_NAMED: dict[str, Callable[[int, int], int]] = {
    "zeros": lambda row, column: 0,
    "plus": lambda row, column: 1,
    "minus": lambda row, column: -1,
    "checkerboard": lambda row, column: 1 if (row + column) % 2 == 0 else -1,
}
#: Names of patterns.
PATTERNS = (*_NAMED, _RANDOM)


def named_pattern(name: str, shape: tuple[int, int], *, kind: WeightKind, seed: int) -> Pattern:
    """A pattern by its name.

    Parameters
    ----------
    name
        ``zeros`` (all devices HRS), ``plus``, ``minus``, ``checkerboard`` (+1 and -1 in turn), or ``random``.
    shape
        (rows, columns).
    kind
        Weights that a random pattern draws from, each with the same probability.
    seed
        Of a random pattern.

    Raises
    ------
    InputError
        There is none of that name.

    Examples
    --------
    >>> named_pattern("checkerboard", (2, 3), kind=WeightKind.BINARY, seed=0)
    ((1, -1, 1), (-1, 1, -1))
    """
    rows, columns = shape
    if name == _RANDOM:
        # Of the seed alone: a pattern belongs to no task.
        drawn = stream(seed, "0").choice([weight.number for weight in kind.programmed], size=shape)
        return tuple(tuple(row) for row in drawn.tolist())
    if name not in _NAMED:
        raise InputError(f"unknown pattern {name!r}; {close_matches(name, PATTERNS)}, or a file that ends in .csv")
    return tuple(tuple(_NAMED[name](row, column) for column in range(columns)) for row in range(rows))


def read_pattern(path: Path) -> Pattern:
    """Pattern of a file: a line for each row, the nearest to the amplifiers first; ``+1``, ``0`` or ``-1`` a column.

    Parameters
    ----------
    path
        The file, comma-separated, without a header.

    Raises
    ------
    InputError
        It cannot be read, holds another value, or lines of different lengths.
    """
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    found: list[tuple[int, ...]] = []
    for number, line in enumerate(lines, start=1):
        words = [word.strip() for word in line]
        wrong = next((word for word in words if word not in _SPELLED), None)
        if wrong is not None or not words:
            raise InputError(f"{path}, line {number}: {wrong or ''!r} is no weight; allowed are +1, 0, -1")
        found.append(tuple(_SPELLED[word] for word in words))
    return check_pattern(found, told=str(path))


def check_pattern(rows: Sequence[Sequence[int]], *, told: str) -> Pattern:
    """Refuse what is no pattern.

    Parameters
    ----------
    rows
        Weights.
    told
        What messages call it.

    Raises
    ------
    InputError
        It is empty, its rows are of different lengths, or hold something else than -1, 0, +1.
    """
    lengths = {len(row) for row in rows}
    if len(lengths) != 1 or 0 in lengths:
        raise InputError(f"{told}: every row must have as many columns, at least one; got {sorted(lengths)}")
    for number, row in enumerate(rows):
        for value in row:
            if isinstance(value, bool) or value not in (-1, 0, 1):
                raise InputError(f"{told}, row {number}: {value!r} is no weight; allowed are +1, 0, -1")
    return tuple(tuple(int(value) for value in row) for row in rows)


def write_pattern(pattern: Pattern, path: Path) -> None:
    """Write a pattern as :func:`read_pattern` reads it.

    Parameters
    ----------
    pattern
        The pattern.
    path
        Of the file.
    """
    lines = (",".join("0" if value == 0 else f"{value:+d}" for value in row) for row in np.asarray(pattern).tolist())
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
