"""``reads.csv``: what reads of each cell and corner were like, as latency and energy."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from rramsim.tables.columns import Column, Count, Family, Number
from rramsim.tables.points import (
    CELL,
    CORNER,
    MIRRORED,
    PROGRAMMED,
    T_SENSE,
    TASK,
    Alphabets,
    check_corner,
    check_symbols,
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


def read_reads(path: Path, alphabets: Alphabets | None = None) -> pd.DataFrame:
    """Read a table of reads; parameters and errors as for :func:`rramsim.tables.ber.read_ber`.

    Parameters
    ----------
    path
        The file.
    alphabets
        Of cells that store something else than weights.
    """
    return READS.read(path, check_symbols(alphabets))
