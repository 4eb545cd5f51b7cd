"""The BER table that networks get their errors from: whole and without contradictions, or refused before any work.

It may be a table of the user's own: each check names the file and, where there is one, the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.corners import Corner, corner_of
from rramsim.errors import TableError, close_matches
from rramsim.rare.method import Method
from rramsim.tables.ber import BER
from rramsim.tables.points import Alphabets, read_points
from rramsim.tables.table import Check
from rramsim.weights import WeightKind

# Of probabilities that were rounded in their last digits.
_ROUNDED = 1e-9
_TOLD = 6  # of a long list
_APART = frozenset(Method) - {Method.MONTE_CARLO}


def read_confusions(
    path: Path, *, known: Alphabets, corners: Sequence[Corner], cells: Mapping[str, WeightKind], own: bool
) -> pd.DataFrame:
    """Read the BER table of a study.

    Parameters
    ----------
    path
        The file.
    known
        Alphabets of the cells of the study, by name.
    corners
        Of the study.
    cells
        Cells whose errors networks get, and the weights that they store; they may be others than the study's.
    own
        Whether it is a table of the user's own, and not as rramsim wrote it.

    Returns
    -------
    pandas.DataFrame
        Columns of ``BER``; each misread of each of ``cells`` is there once at every corner.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        It is no BER table; holds a cell or a corner that the study does not have, two sense times for one cell at one
        corner, or misreads of one symbol that add up to more than 1; or lacks a misread.
    """
    alphabets = dict(known) | {cell: kind.alphabet for cell, kind in cells.items()}
    checks = (_has_cell(alphabets), _has_corner(corners), *consistent(own=own))
    frame = read_points(BER, path, alphabets, *checks)
    if frame.empty:
        raise TableError(f"{path} has no rows; each misread of a cell needs one at every corner")
    missing = list(_missing(frame, corners, cells))
    if missing:
        lacking = _some(missing, "; ")
        raise TableError(f"{path} lacks {lacking}: a network needs each misread of its cells at every corner")
    return frame


def consistent(*, own: bool) -> tuple[Check, ...]:
    """What must hold between the rows of a BER table, whatever its study: for one reading of it.

    Parameters
    ----------
    own
        As for :func:`read_confusions`.
    """
    return _has_one_sense_time(), _adds_up(own=own)


def _has_cell(alphabets: Alphabets) -> Check:
    def check(row: Mapping[str, Any]) -> None:
        """Raise ValueError where a cell is unknown."""
        if row["cell"] not in alphabets:
            raise ValueError(
                f"column cell: {row['cell']!r} is no cell of the study, and no network names it in its cells; "
                f"{close_matches(row['cell'], alphabets)}"
            )

    return check


def _has_corner(corners: Sequence[Corner]) -> Check:
    def check(row: Mapping[str, Any]) -> None:
        """Raise ValueError where a corner is not the study's."""
        corner = corner_of(row)
        if corner not in corners:
            known = _some([known.id for known in corners])
            raise ValueError(f"the corner {corner.id} is none of the study's [corners]: {known}")

    return check


def _has_one_sense_time() -> Check:
    times: dict[tuple[str, Corner], float] = {}

    def check(row: Mapping[str, Any]) -> None:
        """Raise ValueError at a second sense time of a cell and corner."""
        corner, time = corner_of(row), row["t_sense_s"]
        first = times.setdefault((row["cell"], corner), time)
        if time != first and not (time != time and first != first):  # blank ones are not a number
            raise ValueError(
                f"column t_sense_s: {time!r}, but {first!r} in rows before it of cell {row['cell']} at {corner.id}; "
                "one sense time is allowed"
            )

    return check


def _adds_up(*, own: bool) -> Check:
    """Misreads of one symbol exclude each other.

    Rates that rramsim estimated apart from each other may add up to more than 1 by their uncertainty, as long as the
    lower ends of their intervals do not.
    """
    rows: dict[tuple[str, Corner, str], list[Mapping[str, Any]]] = defaultdict(list)

    def check(row: Mapping[str, Any]) -> None:
        """Raise ValueError where misreads add up to too much."""
        corner = corner_of(row)
        same = rows[row["cell"], corner, row["programmed"]]
        same.append(row)
        apart = not own and any(row["estimator"] in _APART for row in same)
        total, low = (sum(row[column] for row in same) for column in ("probability", "ci_low"))
        if (low if apart else total) > 1 + _ROUNDED:
            raise ValueError(
                f"column probability: with it the misreads of {row['programmed']} of cell {row['cell']} at {corner.id} "
                f"add up to {total:g}; no more than 1 is allowed"
            )

    return check


def _missing(frame: pd.DataFrame, corners: Iterable[Corner], cells: Mapping[str, WeightKind]) -> Iterator[str]:
    """Misreads that are not there, in words; of a cell or a corner that is not there at all only this."""
    found: dict[tuple[str, Corner], set[tuple[str, str]]] = defaultdict(set)
    for _, row in frame.iterrows():
        found[row["cell"], corner_of(row)].add((row["programmed"], row["read"]))
    there = {cell for cell, _ in found}
    for cell, kind in cells.items():
        if cell not in there:
            yield f"the cell {cell} (cells that it has: {_some(sorted(there))})"
            continue
        for corner in corners:
            if (cell, corner) not in found:
                yield f"{cell} at {corner.id}"
                continue
            wanted = [(p, r) for p, r, _ in kind.alphabet.confusions if (p, r) not in found[cell, corner]]
            yield from (f"{cell} at {corner.id}: {programmed} read as {read}" for programmed, read in wanted)


def _some(texts: Sequence[str], between: str = ", ") -> str:
    more = len(texts) - _TOLD
    return between.join(texts[:_TOLD]) + (f" and {more} more" if more > 0 else "")
