"""``waveforms.csv``: nominal waveforms of each stimulus, a row a time point and a column a signal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rramsim.tables.columns import Column, Family, Number
from rramsim.tables.points import CELL, CORNER, PROGRAMMED, check_corner
from rramsim.tables.table import Table

if TYPE_CHECKING:
    import pandas as pd

_VOLTAGE = "_v"

WAVEFORMS = Table(
    kind="table of waveforms",
    file="waveforms.csv",
    command="rramsim sweep STUDY",
    columns=(CELL, *CORNER, PROGRAMMED, Column(name="time_s", kind=Number())),
    checks=(check_corner,),
    # Voltages of nets and currents of sources; blank where a bench does not have them.
    family=Family(pattern=re.compile(r"\w+_[va]"), kind=Number(blank=True)),
)


def voltages(frame: pd.DataFrame) -> dict[str, str]:
    """Header of each net's voltage, by the net.

    Parameters
    ----------
    frame
        A table of waveforms; nets whose voltage is blank in all of its rows are left out.
    """
    fixed = {column.name for column in WAVEFORMS.columns}
    names = [str(name) for name in frame.columns if str(name).endswith(_VOLTAGE) and name not in fixed]
    return {name.removesuffix(_VOLTAGE): name for name in names if frame[name].notna().any()}
