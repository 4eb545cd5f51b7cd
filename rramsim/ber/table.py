"""The BER table: a confusion matrix per (cell, corner), one row for each way to misread a weight.

This module is plain data: it imports nothing that simulates, so that a network study can read a table anywhere.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import InputError, MissingResourceError, TableError
from rramsim.weights import ErrorType, Weight, WeightKind, error_type

# The stable format (README, "ber.csv"): do not reorder.
BER_COLUMNS = (
    "cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read", "error_type",
    "probability", "ci_low", "ci_high", "estimator", "simulations", "failed", "task_id",
)  # fmt: skip
_POINT = ("cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read")
_NUMBERS = ("vdd_v", "temperature_c", "t_sense_s", "probability", "ci_low", "ci_high")
_COUNTS = ("simulations", "failed")
_TYPES = dict.fromkeys(_NUMBERS, "float64") | dict.fromkeys(_COUNTS, "int64")
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
    rows: list[dict[str, Any]] = []
    points: set[tuple[Any, ...]] = set()
    for number, texts in read_texts(path, BER_COLUMNS, kind="BER table").items():
        where = f"{path}, row {number}"
        row = _row(where, texts)
        point = tuple(row[name] for name in _POINT)
        if point in points:
            raise TableError(f"{where}: {_named(row, _POINT)} is there twice; one row is allowed")
        points.add(point)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(BER_COLUMNS)).astype(_TYPES)


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
    rows = frame[
        (frame["cell"] == cell)
        & (frame["process"] == corner.process.value)
        & (frame["vdd_v"] == corner.vdd)
        & (frame["temperature_c"] == corner.temperature_c)
    ]
    if rows.empty:
        raise TableError(f"the BER table has no rows for cell {cell!r} at corner {corner.id}")
    return rows


def _row(where: str, texts: dict[str, str]) -> dict[str, Any]:
    """Values of one row, checked alone and against each other."""
    for column, known in _KNOWN.items():
        if texts[column] not in known:
            raise TableError(f"{where}, column {column}: {texts[column]!r} is not one of {', '.join(known)}")
    row: dict[str, Any] = {name: texts[name] for name in BER_COLUMNS}
    for column in _NUMBERS:
        if not _NUMBER.fullmatch(texts[column]) or not math.isfinite(float(texts[column])):
            raise TableError(f"{where}, column {column}: {texts[column]!r} is not a number that is finite")
        row[column] = float(texts[column])
    for column in _COUNTS:
        if not _COUNT.fullmatch(texts[column]):
            raise TableError(f"{where}, column {column}: {texts[column]!r} is not a whole number from 0 to 10^18")
        row[column] = int(texts[column])
    try:
        Corner(process=ProcessCorner(row["process"]), vdd=row["vdd_v"], temperature_c=row["temperature_c"])
    except InputError as error:
        raise TableError(f"{where}: {error}") from None
    kind = error_type(Weight(row["programmed"]), Weight(row["read"]))
    if kind is None or kind.value != row["error_type"]:
        allowed = f"for that read error_type must be {kind}" if kind else "a right read is not in the table"
        raise TableError(f"{where}: {_named(row, ('programmed', 'read', 'error_type'))}: {allowed}")
    if not 0 <= row["ci_low"] <= row["probability"] <= row["ci_high"] <= 1:
        found = _named(row, ("ci_low", "probability", "ci_high"))
        raise TableError(f"{where}: needs 0 <= ci_low <= probability <= ci_high <= 1, got {found}")
    if row["t_sense_s"] <= 0:
        raise TableError(f"{where}, column t_sense_s: {row['t_sense_s']!r} is not above 0")
    if row["failed"] > row["simulations"]:
        raise TableError(f"{where}: {_named(row, ('failed', 'simulations'))}: no more can have failed than were run")
    return row


def _named(row: dict[str, Any], columns: tuple[str, ...]) -> str:
    return ", ".join(f"{column} {row[column]}" for column in columns)
