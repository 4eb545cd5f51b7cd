"""``levels.csv``: how long the value of each source of spread stays as it is.

One row for each point and source, with the parts of the variance of its standard-normal value that belong to the chip,
to a column's amplifier, to the cell and to one programming or read; they add up to 1. They are blank where sources are
correlated whose parts differ: nobody says which parts of them are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Column, Number, Text
from rramsim.tables.points import CELL, CORNER, MIRRORED, PROGRAMMED, T_SENSE, TASK, check_corner
from rramsim.tables.table import Table, named

# Of the headers of the parts, before the name of the level.
SHARE = "share_"

_POINT = (CELL, *CORNER, T_SENSE, PROGRAMMED, Column(name="source", kind=Text()))
_SHARES = tuple(Column(name=SHARE + level, kind=Number(blank=True)) for level in ("chip", "column", "cell", "read"))
_TOLERANCE = 1e-6  # of the sum of the parts


def _check_shares(row: Mapping[str, Any]) -> None:
    parts = [row[column.name] for column in _SHARES]
    if all(map(math.isnan, parts)):
        return
    if not (min(parts) >= 0 and abs(math.fsum(parts) - 1) <= _TOLERANCE):
        found = named(row, (column.name for column in _SHARES))
        raise ValueError(f"the shares must not be negative and add up to 1, or all be blank; got {found}")


LEVELS = Table(
    kind="table of levels",
    file="levels.csv",
    command="rramsim sweep STUDY",
    columns=(*_POINT, *_SHARES, TASK, MIRRORED),
    key=tuple(column.name for column in _POINT),
    checks=(check_corner, _check_shares),
)
