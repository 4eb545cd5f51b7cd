"""``directions.csv``: the direction from typical devices to each misread, signed, among the sources of spread.

Columns are the point, the misread, the number of the failure region (1 is the nearest), and the direction cosine of
each source of spread (``cosine:r_bl``, ``cosine:vth:xsa.xmn1``): positive where a source that is larger than typical
leads to the misread; the squares add up to 1. A source that the cell does not have is blank. Of correlated sources,
cosines are those of the independent coordinates that their values are made of: of each source what those before it do
not tell.

A misread that was settled by counting has the direction in which it begins nearest to typical devices; one that was not
met, or whose bench has no signal, has none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rramsim.tables.ber import MISREAD_COLUMNS, MISREAD_KEY
from rramsim.tables.columns import Column, Count, Family, Number
from rramsim.tables.points import MIRRORED, TASK, check_corner
from rramsim.tables.table import Table, named

if TYPE_CHECKING:
    import pandas as pd

# Of the headers of direction cosines, before the name of the source of spread.
COSINE = "cosine:"

_REGION = Column(name="region", kind=Count())
_TOLERANCE = 1e-6  # of the sum of the squares


def _check_direction(row: Mapping[str, Any]) -> None:
    if row[_REGION.name] < 1:
        raise ValueError(f"{named(row, [_REGION.name])}: regions are counted from 1")
    squares = [value**2 for name, value in row.items() if name.startswith(COSINE) and not math.isnan(value)]
    if abs(math.fsum(squares) - 1) > _TOLERANCE:
        raise ValueError(f"the squares of the columns {COSINE}… add up to {math.fsum(squares):.9g}, not to 1")


DIRECTIONS = Table(
    kind="table of directions",
    file="directions.csv",
    command="rramsim sweep STUDY",
    columns=(*MISREAD_COLUMNS, _REGION, TASK, MIRRORED),
    key=(*MISREAD_KEY, _REGION.name),
    checks=(check_corner, _check_direction),
    family=Family(pattern=re.compile(re.escape(COSINE) + ".+"), kind=Number(blank=True), before=TASK.name),
)


def cosine_columns(frame: pd.DataFrame) -> list[str]:
    """Headers of the direction cosines.

    Parameters
    ----------
    frame
        A table of directions.
    """
    return [str(name) for name in frame.columns if str(name).startswith(COSINE)]
