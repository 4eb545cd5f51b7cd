"""``reliability.csv``: how far away each misread is, and which source of spread causes it.

Columns are the point, the estimator that was used, the reliability index Φ⁻¹(1 - rate), whether the rate lies below
the study's floor, the distance of the nearest design point (both in standard deviations), the number of failure
regions, notes, and the importance factor of each source of spread (``importance:r_bl``, ``importance:vth:xsa.xmn1``;
they add up to 1). Where no failure was met at all, the index is a lower bound, and distance and factors are blank.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rramsim.tables.ber import MISREAD_COLUMNS, MISREAD_KEY
from rramsim.tables.columns import Column, Count, Family, Flag, Number, Text
from rramsim.tables.points import MIRRORED, TASK, check_corner
from rramsim.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

# Of the headers of importance factors, before the name of the source of spread.
IMPORTANCE = "importance:"

RELIABILITY = Table(
    kind="reliability table",
    file="reliability.csv",
    command="rramsim sweep STUDY",
    columns=(
        *MISREAD_COLUMNS,
        Column(name="estimator", kind=Text()),
        Column(name="reliability_index", kind=Number()),
        Column(name="below_floor", kind=Flag()),
        Column(name="design_point_distance", kind=Number(blank=True)),
        Column(name="failure_regions", kind=Count()),
        Column(name="notes", kind=Text()),
        TASK,
        MIRRORED,
    ),
    key=MISREAD_KEY,
    checks=(check_corner,),
    family=Family(pattern=re.compile(re.escape(IMPORTANCE) + ".+"), kind=Number(blank=True), before=TASK.name),
)


def importance_columns(frame: pd.DataFrame) -> list[str]:
    """Headers of the importance factors.

    Parameters
    ----------
    frame
        A reliability table.
    """
    return [str(name) for name in frame.columns if str(name).startswith(IMPORTANCE)]
