"""``energy.csv``: what the reads of an inference cost, for each network, cell and corner.

The mean energies of reads of each value (``reads.csv``), times how often an inference reads that value. ``reading`` is
``each_use`` where a weight is read whenever it is used, ``held`` where it is read once an inference. The interval is
that of the means; of a network whose weights are not known, from all of the cheapest value to all of the dearest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Choice, Column, Count, Flag, Number, Text
from rramsim.tables.points import CELL, CORNER, check_corner
from rramsim.tables.table import Table, named

# Header of the column of the mapping that counts its reads, by how weights are read.
READINGS = {"each_use": "reads", "held": "reads_held"}

_BOUNDS = ("ci_low_j", "energy_j", "ci_high_j")
_POINT = (Column(name="network", kind=Text()), CELL, *CORNER, Column(name="reading", kind=Choice(allowed=(*READINGS,))))


def _check_bounds(row: Mapping[str, Any]) -> None:
    low, energy, high = (row[name] for name in _BOUNDS)
    if low > energy or energy > high:  # not where they are blank
        raise ValueError(f"needs ci_low_j <= energy_j <= ci_high_j, got {named(row, _BOUNDS)}")


ENERGY = Table(
    kind="table of energies",
    file="energy.csv",
    command="rramsim map STUDY",
    columns=(
        *_POINT,
        Column(name="reads", kind=Count()),
        Column(name="energy_j", kind=Number()),
        *(Column(name=name, kind=Number(blank=True)) for name in ("ci_low_j", "ci_high_j")),
        Column(name="weights_known", kind=Flag()),
    ),
    key=tuple(column.name for column in _POINT),
    checks=(check_corner, _check_bounds),
)
