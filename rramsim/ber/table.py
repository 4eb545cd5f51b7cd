"""The BER table: a confusion matrix per (cell, corner), one row for each way to misread a weight.

This module is plain data: it imports nothing that simulates, so that a network study can read a table anywhere.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, Corner, ProcessCorner, corner_of
from rramsim.errors import InputError, MissingResourceError, TableError
from rramsim.weights import ErrorType, Weight, WeightKind, error_type

# The stable format (README, "ber.csv"): do not reorder.
POINT_COLUMNS = ("cell", *CORNER_COLUMNS, "t_sense_s", "programmed", "read", "error_type")
_RATE = ("probability", "ci_low", "ci_high")
_COUNTS = ("simulations", "failed")
BER_COLUMNS = (*POINT_COLUMNS, *_RATE, "estimator", *_COUNTS, "task_id")
# Written behind these: whether the row tells the simulation of its mirror image. A table of a user's own may lack it.
MIRRORED = "mirrored"
_MISREAD = POINT_COLUMNS[:-1]  # the error type follows from it
_TYPES = dict.fromkeys(("vdd_v", "temperature_c", "t_sense_s", *_RATE), "float64") | dict.fromkeys(_COUNTS, "int64")
_KNOWN: dict[str, tuple[str, ...]] = {
    "process": tuple(ProcessCorner),
    "programmed": WeightKind.TERNARY.programmed,
    "read": tuple(Weight),
    "error_type": tuple(ErrorType),
}
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COUNT = re.compile(r"[0-9]{1,18}")


def write_table(frame: pd.DataFrame) -> str:
    """CSV text of any result table: shortest exact floats, Unix line ends, the same bytes for the same values."""
    text = io.StringIO()
    frame.to_csv(text, index=False, lineterminator="\n", float_format=_shortest)
    return text.getvalue()


def _shortest(value: Any) -> str:
    return repr(float(value))  # a numpy float's own repr names its type


def read_ber_table(path: Path) -> pd.DataFrame:
    """Read a BER table.

    Returns
    -------
    pandas.DataFrame
        Columns as ``BER_COLUMNS``; weights and error types as texts, all numbers finite, each point once.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        The file is not a table, lacks a column, or holds a value that is not allowed: the message names its row.
    """
    texts = read_texts(path, BER_COLUMNS, kind="BER table")
    rows = {where: _row(where, row) for number, row in texts.items() if (where := f"{path}, row {number}")}
    check_once(rows)
    return pd.DataFrame(list(rows.values()), columns=list(BER_COLUMNS)).astype(_TYPES)


def read_texts(path: Path, columns: Sequence[str], *, kind: str) -> dict[int, dict[str, str]]:
    """Read a result table as it is spelled.

    Parameters
    ----------
    path
        A CSV file.
    columns
        What it must have; more are kept.
    kind
        What it is, for messages.

    Returns
    -------
    dict
        Text of each column, by row; the first row after the header is 2.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        The file is not a table, lacks a column, or has a row of another length.
    """
    if not path.is_file():
        raise MissingResourceError(f"no {kind} {path}; make one with: rramsim sweep STUDY --out {path.parent}")
    # Not by pandas: it guesses what a column holds, shifts rows that are too long and fills those that are too short.
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise TableError(f"{path} is not a {kind}: {error}") from None
    header = lines[0] if lines else []
    missing = [name for name in columns if header.count(name) != 1]
    if missing:
        raise TableError(f"{path} is not a {kind}: column {', '.join(missing)} missing or there twice")
    rows = {number: line for number, line in enumerate(lines[1:], start=2) if line}  # an editor leaves a blank one
    for number, line in rows.items():
        if len(line) != len(header):
            where = f"{path}, row {number}"
            raise TableError(f"{where}: has {len(line)} values, needs {len(header)}, one for each column")
    return {number: dict(zip(header, line, strict=True)) for number, line in rows.items()}


def corner_rows(frame: pd.DataFrame, *, cell: str, corner: Corner) -> pd.DataFrame:
    """Rows of one cell at one corner.

    Raises
    ------
    TableError
        The table has no such rows.
    """
    rows = frame[frame["cell"] == cell]
    for column, value in corner.labels.items():
        rows = rows[rows[column] == value]
    if rows.empty:
        raise TableError(f"the BER table has no rows for cell {cell!r} at corner {corner.id}")
    return rows


def checked_point(where: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of the columns that name a misread, ``POINT_COLUMNS``, checked alone and against each other.

    Parameters
    ----------
    where
        File and row, for messages.
    texts
        Texts of the row, by column.

    Raises
    ------
    TableError
        One of them is not allowed.
    """
    for column, known in _KNOWN.items():
        if texts[column] not in known:
            raise TableError(f"{where}, column {column}: {texts[column]!r} is not one of {', '.join(known)}")
    row: dict[str, Any] = {name: texts[name] for name in POINT_COLUMNS}
    for column in ("vdd_v", "temperature_c", "t_sense_s"):
        row[column] = checked_number(where, column, texts[column])
    try:
        corner_of(row)
    except InputError as error:
        raise TableError(f"{where}: {error}") from None
    kind = error_type(Weight(row["programmed"]), Weight(row["read"]))
    if kind is None or kind.value != row["error_type"]:
        allowed = f"for that read error_type must be {kind}" if kind else "a right read is not in the table"
        raise TableError(f"{where}: {_named(row, ('programmed', 'read', 'error_type'))}: {allowed}")
    if row["t_sense_s"] <= 0:
        raise TableError(f"{where}, column t_sense_s: {row['t_sense_s']!r} is not above 0")
    return row


def checked_number(where: str, column: str, text: str) -> float:
    """Finite number that a column holds.

    Raises
    ------
    TableError
        It holds something else.
    """
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise TableError(f"{where}, column {column}: {text!r} is not a number that is finite")
    return float(text)


def checked_count(where: str, column: str, text: str) -> int:
    """Whole number that a column holds.

    Raises
    ------
    TableError
        It holds something else.
    """
    if not _COUNT.fullmatch(text):
        raise TableError(f"{where}, column {column}: {text!r} is not a whole number from 0 to 10^18")
    return int(text)


def check_once(rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Find misreads that are in a table twice.

    Parameters
    ----------
    rows
        Values of each row, by file and row.

    Raises
    ------
    TableError
        One is.
    """
    seen: set[tuple[Any, ...]] = set()
    for where, row in rows.items():
        point = tuple(row[name] for name in _MISREAD)
        if point in seen:
            raise TableError(f"{where}: {_named(row, _MISREAD)} is there twice; one row is allowed")
        seen.add(point)


def _row(where: str, texts: Mapping[str, str]) -> dict[str, Any]:
    row = {name: texts[name] for name in BER_COLUMNS} | checked_point(where, texts)
    row |= {column: checked_number(where, column, texts[column]) for column in _RATE}
    row |= {column: checked_count(where, column, texts[column]) for column in _COUNTS}
    if not 0 <= row["ci_low"] <= row["probability"] <= row["ci_high"] <= 1:
        found = _named(row, ("ci_low", "probability", "ci_high"))
        raise TableError(f"{where}: needs 0 <= ci_low <= probability <= ci_high <= 1, got {found}")
    if row["failed"] > row["simulations"]:
        raise TableError(f"{where}: {_named(row, ('failed', 'simulations'))}: no more can have failed than were run")
    return row


def _named(row: Mapping[str, Any], columns: tuple[str, ...]) -> str:
    return ", ".join(f"{column} {row[column]}" for column in columns)
