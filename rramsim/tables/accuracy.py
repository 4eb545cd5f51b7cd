"""``accuracy.csv``: a network without errors, under those of a corner, or of one step of a ladder of rates.

``ci_low`` and ``ci_high`` hold the randomness of the chips and, where the study says so, the uncertainty of the rates;
``set_low`` and ``set_high`` that of the images, of which other ones would have been classified otherwise. ``chip_std``
is the standard deviation from chip to chip.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rramsim.corners import CORNER_COLUMNS, corner_of
from rramsim.tables.columns import Choice, Column, Count, Label, Number, Process, Text
from rramsim.tables.points import TASK
from rramsim.tables.table import Table, check_interval, named
from rramsim.weights import ErrorType, WeightKind

ALL_ERRORS = "all"  # error type of a row under all errors of a corner, or of a rule that makes several at a rate
NO_ERRORS = "none"  # of a row without errors
REAL = "real"  # weights that no array stores
UNKNOWN = math.nan  # in a table of before these columns


def _check_bounds(row: Mapping[str, Any]) -> None:
    check_interval(row, "accuracy")
    if row["set_low"] > row["accuracy"] or row["accuracy"] > row["set_high"]:  # not of a table that has neither
        found = named(row, ("set_low", "accuracy", "set_high"))
        raise ValueError(f"needs 0 <= set_low <= accuracy <= set_high <= 1, got {found}")
    for column in ("rate", "baseline", "chip_std", "set_low", "set_high"):
        if row[column] < 0 or row[column] > 1:
            raise ValueError(f"column {column}: {row[column]!r} is not in 0..1")


def _check_corner(row: Mapping[str, Any]) -> None:
    """A corner is whole, or wholly blank: then the row is of the ladder."""
    if row["cell"]:
        corner_of(row)
        if row["error_type"] != ALL_ERRORS:
            raise ValueError(f"column error_type: a row at a corner is under {ALL_ERRORS} errors")
    elif row["process"] or not all(math.isnan(row[name]) for name in CORNER_COLUMNS[1:]):
        raise ValueError("column cell: a row at a corner names the cell")


# What tells a measurement from every other.
CASE_COLUMNS = (
    Column(name="network", kind=Text()),
    Column(name="mode", kind=Text()),
    Column(name="cell", kind=Label(blank=True)),
    Column(name=CORNER_COLUMNS[0], kind=Process(blank=True)),
    *(Column(name=name, kind=Number(blank=True)) for name in CORNER_COLUMNS[1:]),
    Column(name="error_type", kind=Choice(allowed=(ALL_ERRORS, NO_ERRORS, *ErrorType))),
    Column(name="rate", kind=Number()),
)
CASE = tuple(column.name for column in CASE_COLUMNS)
_CASE = {column.name: column for column in CASE_COLUMNS}

ACCURACY = Table(
    kind="accuracy table",
    file="accuracy.csv",
    command="rramsim inject STUDY",
    columns=(
        _CASE["network"],
        *(Column(name=name, kind=Text()) for name in ("dataset", "split")),
        Column(name="weights", kind=Choice(allowed=(*WeightKind, REAL))),
        Column(name="activations", kind=Text()),
        *(_CASE[name] for name in CASE[2:]),
        Column(name="repeats", kind=Count()),
        *(Column(name=name, kind=Number()) for name in ("accuracy", "ci_low", "ci_high", "baseline")),
        TASK,
        _CASE["mode"],
        Column(name="images", kind=Count(), absent=0),
        *(Column(name=name, kind=Number(blank=True), absent=UNKNOWN) for name in ("chip_std", "set_low", "set_high")),
    ),
    key=CASE,
    checks=(_check_bounds, _check_corner),
)
