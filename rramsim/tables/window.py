"""``window.csv``: latching time of pairs of resistances against the supply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Column, Number
from rramsim.tables.points import CORNER, check_corner
from rramsim.tables.table import Table

_PROCESS, _VDD, _TEMPERATURE = CORNER
_PAIR = ("r_bl_ohm", "r_blb_ohm")


def _check_positive(row: Mapping[str, Any]) -> None:
    for column in (*_PAIR, "latching_time_s"):
        if not row[column] > 0 and not (column == "latching_time_s" and row[column] == 0):
            raise ValueError(f"column {column}: {row[column]!r} is not above 0")


WINDOW = Table(
    kind="table of the sense window",
    file="window.csv",
    command="rramsim sweep STUDY",
    columns=(
        _VDD,
        _PROCESS,
        _TEMPERATURE,
        *(Column(name=name, kind=Number()) for name in _PAIR),
        # Infinite where the pair did not latch within the time that was waited for.
        Column(name="latching_time_s", kind=Number(infinite=True)),
        Column(name="energy_j", kind=Number()),
    ),
    key=(_VDD.name, _PROCESS.name, _TEMPERATURE.name, *_PAIR),
    checks=(check_corner, _check_positive),
)
