"""``accuracy.csv``: a network under the errors of a corner, or of one step of a ladder of rates (without a corner)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.corners import CORNER_COLUMNS, corner_of
from rramsim.tables.columns import Choice, Column, Count, Label, Number, Process, Text
from rramsim.tables.points import TASK
from rramsim.tables.table import Table, named
from rramsim.weights import ErrorType, WeightKind

ALL_ERRORS = "all"  # error type of a row under all errors of a corner


def _check_bounds(row: Mapping[str, Any]) -> None:
    if not 0 <= row["ci_low"] <= row["accuracy"] <= row["ci_high"] <= 1:
        found = named(row, ("ci_low", "accuracy", "ci_high"))
        raise ValueError(f"needs 0 <= ci_low <= accuracy <= ci_high <= 1, got {found}")
    for column in ("rate", "baseline"):
        if not 0 <= row[column] <= 1:
            raise ValueError(f"column {column}: {row[column]!r} is not in 0..1")


def _check_corner(row: Mapping[str, Any]) -> None:
    """A corner is whole, or wholly blank: then the row is of the ladder."""
    ladder = row["error_type"] != ALL_ERRORS
    if not ladder:
        corner_of(row)
    elif row["process"] or not all(row[name] != row[name] for name in CORNER_COLUMNS[1:]):
        raise ValueError(f"column error_type: a row at a corner is under {ALL_ERRORS} errors")


ACCURACY = Table(
    kind="accuracy table",
    file="accuracy.csv",
    command="rramsim inject STUDY",
    columns=(
        *(Column(name=name, kind=Text()) for name in ("network", "dataset", "split")),
        Column(name="weights", kind=Choice(allowed=tuple(WeightKind))),
        Column(name="activations", kind=Text()),
        Column(name="cell", kind=Label(blank=True)),
        Column(name=CORNER_COLUMNS[0], kind=Process(blank=True)),
        *(Column(name=name, kind=Number(blank=True)) for name in CORNER_COLUMNS[1:]),
        Column(name="error_type", kind=Choice(allowed=(ALL_ERRORS, *ErrorType))),
        Column(name="rate", kind=Number()),
        Column(name="repeats", kind=Count()),
        *(Column(name=name, kind=Number()) for name in ("accuracy", "ci_low", "ci_high", "baseline")),
        TASK,
        Column(name="mode", kind=Text()),
    ),
    key=("network", "mode", "cell", *CORNER_COLUMNS, "error_type", "rate"),
    checks=(_check_bounds, _check_corner),
)
