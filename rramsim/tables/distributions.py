"""``distributions.csv``: how latency, energy and the like are distributed over the reads of each cell and corner.

One row for each point, quantity and quantile, with its 95 % interval; quantiles that so few reads do not bound from
both sides have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Column, Count, Number, Text
from rramsim.tables.points import CELL, CORNER, MIRRORED, PROGRAMMED, T_SENSE, TASK, check_corner
from rramsim.tables.table import Table, named

_POINT = (CELL, *CORNER, T_SENSE, PROGRAMMED)
_OF = (Column(name="quantity", kind=Text()), Column(name="quantile", kind=Number()))


def _check_quantile(row: Mapping[str, Any]) -> None:
    if not (0 < row["quantile"] < 1 and row["ci_low"] <= row["value"] <= row["ci_high"]):
        found = named(row, ("quantile", "ci_low", "value", "ci_high"))
        raise ValueError(f"needs 0 < quantile < 1 and ci_low <= value <= ci_high, got {found}")


DISTRIBUTIONS = Table(
    kind="table of distributions",
    file="distributions.csv",
    command="rramsim sweep STUDY",
    columns=(
        *_POINT,
        *_OF,
        *(Column(name=name, kind=Number()) for name in ("value", "ci_low", "ci_high")),
        Column(name="reads", kind=Count()),
        TASK,
        MIRRORED,
    ),
    key=tuple(column.name for column in (*_POINT, *_OF)),
    checks=(check_corner, _check_quantile),
)
