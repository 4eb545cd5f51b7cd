"""What names a point in every table: a cell at a corner, what it stores, and what was read in its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rramsim.alphabets import Alphabet
from rramsim.corners import CORNER_COLUMNS, Corner, corner_of
from rramsim.errors import TableError
from rramsim.tables.columns import Column, Flag, Label, Number, Process, Text, one_of
from rramsim.tables.table import Check, Table, named
from rramsim.weights import any_weights

if TYPE_CHECKING:
    import pandas as pd

CELL = Column(name="cell", kind=Label())
CORNER = tuple(
    Column(name=name, kind=kind) for name, kind in zip(CORNER_COLUMNS, (Process(), Number(), Number()), strict=True)
)
# Of a bench that does not judge at a time it is blank.
T_SENSE = Column(name="t_sense_s", kind=Number(blank=True))
PROGRAMMED = Column(name="programmed", kind=Text())
MISREAD = (Column(name="read", kind=Text()), Column(name="error_type", kind=Text()))
TASK = Column(name="task_id", kind=Text())
# Whether the row tells the simulation of its mirror image; a table of a user's own need not say.
MIRRORED = Column(name="mirrored", kind=Flag(), absent=False)

# Alphabets of the cells of a table, by name; cells that are not named store weights.
Alphabets = Mapping[str, Alphabet]


def check_corner(row: Mapping[str, Any]) -> None:
    """Refuse a corner that cannot be.

    Parameters
    ----------
    row
        Values by column.

    Raises
    ------
    ValueError
        Supply, temperature or sense time is impossible.
    """
    corner_of(row)
    if row.get("t_sense_s", 1.0) <= 0:  # a blank one is not
        raise ValueError(f"column t_sense_s: {row['t_sense_s']!r} is not above 0")


def alphabet_of(cell: str, alphabets: Alphabets) -> Alphabet:
    """Alphabet of a cell.

    Parameters
    ----------
    cell
        Name of the cell.
    alphabets
        Those that are known.
    """
    return alphabets.get(cell) or any_weights()


def read_points(table: Table, path: Path, alphabets: Alphabets | None = None, *checks: Check) -> pd.DataFrame:
    """Read a table of points, and check that what is programmed, and what is read, are symbols of the cell's alphabet.

    Parameters
    ----------
    table
        Such as :data:`rramsim.tables.ber.BER`.
    path
        The file.
    alphabets
        Of cells that store something else than weights.
    *checks
        What must hold for a row besides; asked in the order of the rows, before the symbols are looked at.

    Returns
    -------
    pandas.DataFrame
        Columns of the table; symbols and error types as texts, each point once.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        The file is not such a table, lacks a column, or holds a value that is not allowed: the message names its row.
    """
    return table.read(path, *checks, _check_symbols(alphabets or {}))


def _check_symbols(alphabets: Alphabets) -> Check:
    def check(row: Mapping[str, Any]) -> None:
        """Raise ValueError where a symbol is none of the cell's."""
        alphabet = alphabet_of(row["cell"], alphabets)
        _symbol(row, "programmed", alphabet.programmed)
        if "read" not in row:
            return
        _symbol(row, "read", alphabet.read)
        _symbol(row, "error_type", tuple(kind.symbol for kind in alphabet.classes))
        kind = alphabet.error(row["programmed"], row["read"])
        if kind is None or kind.symbol != row["error_type"]:
            allowed = f"for that read error_type must be {kind.symbol}" if kind else "a right read is not in the table"
            raise ValueError(f"{named(row, ('programmed', 'read', 'error_type'))}: {allowed}")

    return check


def _symbol(row: Mapping[str, Any], column: str, allowed: tuple[str, ...]) -> None:
    try:
        one_of(row[column], allowed)
    except ValueError as error:
        raise ValueError(f"column {column}: {error}") from None


def corner_rows(frame: pd.DataFrame, *, cell: str, corner: Corner) -> pd.DataFrame:
    """Rows of one cell at one corner.

    Parameters
    ----------
    frame
        A table of points.
    cell
        Name of the cell.
    corner
        The corner.

    Raises
    ------
    TableError
        The table has no such rows.
    """
    rows = rows_at(frame, cell=cell, corner=corner)
    if rows.empty:
        raise TableError(f"the BER table has no rows for cell {cell!r} at corner {corner.id}")
    return rows


def rows_at(frame: pd.DataFrame, *, cell: str, corner: Corner) -> pd.DataFrame:
    """Rows of one cell at one corner; none where the table has none.

    Parameters
    ----------
    frame, cell, corner
        As for :func:`corner_rows`.
    """
    wanted = {"cell": cell, **corner.labels}
    return frame[np.logical_and.reduce([frame[column] == value for column, value in wanted.items()])]
