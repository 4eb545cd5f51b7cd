"""The accuracy table ``accuracy.csv``, as plain data: readable without torch."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rramsim.corners import CORNER_COLUMNS
from rramsim.errors import MissingResourceError, TableError

# The stable format (README, "accuracy.csv"): do not reorder.
ACCURACY_COLUMNS = (
    "network", "dataset", "split", "weights", "activations", "cell", *CORNER_COLUMNS,
    "error_type", "rate", "repeats", "accuracy", "ci_low", "ci_high", "baseline", "task_id", "mode",
)  # fmt: skip
ALL_ERRORS = "all"
_TEXT = ("network", "dataset", "split", "weights", "activations", "cell", "process", "error_type", "task_id", "mode")


def read_accuracy_table(path: Path) -> pd.DataFrame:
    """Read an accuracy table.

    Returns
    -------
    pandas.DataFrame
        Columns ``ACCURACY_COLUMNS``; texts stay texts, corners of ladder rows are empty or not a number.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        A column is missing or an accuracy lies outside its interval.
    """
    if not path.is_file():
        raise MissingResourceError(f"no accuracy table {path}; make one with: rramsim inject STUDY --out {path.parent}")
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(_TEXT, str)).fillna(dict.fromkeys(_TEXT, ""))
    except (ValueError, UnicodeDecodeError) as error:
        raise TableError(f"{path} is not an accuracy table: {error}") from None
    missing = [name for name in ACCURACY_COLUMNS if name not in frame.columns]
    if missing:
        raise TableError(f"{path} is not an accuracy table: column {', '.join(missing)} missing")
    try:
        numbers = frame[["ci_low", "accuracy", "ci_high"]].astype(float)
    except ValueError as error:
        raise TableError(f"{path}: {error}") from None
    ordered = (
        (numbers["ci_low"] >= 0)
        & (numbers["ci_low"] <= numbers["accuracy"])
        & (numbers["accuracy"] <= numbers["ci_high"])
        & (numbers["ci_high"] <= 1)
    )
    if not ordered.all():
        row = int(ordered.to_numpy().argmin())
        raise TableError(f"{path}, row {row + 2}: needs 0 <= ci_low <= accuracy <= ci_high <= 1")
    return frame
