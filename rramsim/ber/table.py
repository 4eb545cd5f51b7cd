"""The BER table: a confusion matrix per (cell, corner), one row for each way to misread a weight.

This module is plain data: it imports nothing that simulates, so that a network study can read a table anywhere.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.corners import Corner
from rramsim.errors import MissingResourceError, TableError
from rramsim.weights import ErrorType, Weight

# The stable format (README, "ber.csv"): do not reorder.
BER_COLUMNS = (
    "cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read", "error_type",
    "probability", "ci_low", "ci_high", "estimator", "simulations", "failed", "task_id",
)  # fmt: skip
_TEXT_COLUMNS = ("cell", "process", "programmed", "read", "error_type", "estimator", "task_id")


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
        Columns as ``BER_COLUMNS``; weights and error types as texts.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        A column is missing, a weight is unknown, or a probability lies outside its interval or outside 0..1.
    """
    if not path.is_file():
        raise MissingResourceError(f"no BER table {path}; make one with: rramsim sweep STUDY --out {path.parent}")
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(_TEXT_COLUMNS, str), keep_default_na=False)
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"{path} is not a BER table: {error}") from None
    missing = [name for name in BER_COLUMNS if name not in frame.columns]
    if missing:
        raise TableError(f"{path} is not a BER table: column {', '.join(missing)} missing")
    _check_values(path, frame)
    return frame


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


def _check_values(path: Path, frame: pd.DataFrame) -> None:
    for column, known in (("programmed", Weight), ("read", Weight), ("error_type", ErrorType)):
        unknown = sorted(set(frame[column]) - set(known))
        if unknown:
            raise TableError(f"{path}, column {column}: {unknown[0]!r} is not one of {', '.join(known)}")
    numbers = frame[["probability", "ci_low", "ci_high"]]
    for name in numbers.columns:
        if not pd.api.types.is_numeric_dtype(numbers[name]):
            raise TableError(f"{path}, column {name}: holds a value that is not a number")
    ordered = (
        (numbers["ci_low"] >= 0)
        & (numbers["ci_low"] <= numbers["probability"])
        & (numbers["probability"] <= numbers["ci_high"])
        & (numbers["ci_high"] <= 1)
    )
    if not ordered.all():
        row = int(ordered.to_numpy().argmin())
        raise TableError(
            f"{path}, row {row + 2}: needs 0 <= ci_low <= probability <= ci_high <= 1, got "
            f"{numbers['ci_low'].iloc[row]!r}, {numbers['probability'].iloc[row]!r}, {numbers['ci_high'].iloc[row]!r}"
        )
