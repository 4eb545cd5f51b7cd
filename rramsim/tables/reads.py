"""``reads.csv``: what reads of each cell and corner were like, as latency and energy."""

from __future__ import annotations

import re

from rramsim.tables.columns import Column, Count, Family, Number
from rramsim.tables.points import (
    CELL,
    CORNER,
    MIRRORED,
    PROGRAMMED,
    T_SENSE,
    TASK,
    check_corner,
)
from rramsim.tables.table import Table

_POINT = (CELL, *CORNER, T_SENSE, PROGRAMMED)

READS = Table(
    kind="table of reads",
    file="reads.csv",
    command="rramsim sweep STUDY",
    columns=(*_POINT, Column(name="reads", kind=Count()), TASK, MIRRORED),
    key=tuple(column.name for column in _POINT),
    checks=(check_corner,),
    # Summaries of what the bench measures; blank where it has none.
    family=Family(pattern=re.compile(r"[a-z]\w*"), kind=Number(blank=True), before=TASK.name),
)
