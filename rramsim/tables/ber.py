"""``ber.csv``: a confusion matrix of each cell and corner, one row for each way to misread what it stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Column, Count, Number, Text
from rramsim.tables.points import (
    CELL,
    CORNER,
    MIRRORED,
    MISREAD,
    PROGRAMMED,
    T_SENSE,
    TASK,
    check_corner,
)
from rramsim.tables.table import Table, check_interval, named

_RATE = ("probability", "ci_low", "ci_high")
_COUNTS = ("simulations", "failed")


def _check_rate(row: Mapping[str, Any]) -> None:
    check_interval(row, "probability")
    if row["failed"] > row["simulations"]:
        raise ValueError(f"{named(row, ('failed', 'simulations'))}: no more can have failed than were run")


# What names a misread, in this table and in that of reliabilities; the error type follows from it.
MISREAD_COLUMNS = (CELL, *CORNER, T_SENSE, PROGRAMMED, *MISREAD)
MISREAD_KEY = tuple(column.name for column in MISREAD_COLUMNS[:-1])

BER = Table(
    kind="BER table",
    file="ber.csv",
    command="rramsim sweep STUDY",
    columns=(
        *MISREAD_COLUMNS,
        *(Column(name=name, kind=Number()) for name in _RATE),
        Column(name="estimator", kind=Text()),
        *(Column(name=name, kind=Count()) for name in _COUNTS),
        TASK,
        MIRRORED,
    ),
    key=MISREAD_KEY,
    checks=(check_corner, _check_rate),
)
