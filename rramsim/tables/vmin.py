"""``vmin.csv``: the supplies within which a cell meets its targets, one row a cell, process, temperature and time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Choice, Column, Count, Flag, Number, Text
from rramsim.tables.points import CELL, CORNER, T_SENSE
from rramsim.tables.rates import rates_table
from rramsim.tables.table import Table, named

_COMMAND = "rramsim vmin STUDY"
_ENDS = ("vmin", "vmax")
VERDICTS = ("met", "nowhere met", "undecided")


def _check(row: Mapping[str, Any]) -> None:
    for end in _ENDS:
        low, at, high = (row[f"{end}_{part}"] for part in ("ci_low_v", "v", "ci_high_v"))
        if at == at and not low <= at <= high:  # not for a blank one
            told = named(row, (f"{end}_ci_low_v", f"{end}_v", f"{end}_ci_high_v"))
            raise ValueError(f"needs {end}_ci_low_v <= {end}_v <= {end}_ci_high_v, got {told}")


VMIN = Table(
    kind="table of minimum supplies",
    file="vmin.csv",
    command=_COMMAND,
    columns=(
        CELL, CORNER[0], CORNER[2], T_SENSE,
        Column(name="target", kind=Text()),
        Column(name="verdict", kind=Choice(allowed=VERDICTS)),
        Column(name="looked_from_v", kind=Number()),
        Column(name="looked_to_v", kind=Number()),
        *(
            column
            for end in _ENDS
            for column in (
                Column(name=f"{end}_v", kind=Number(blank=True)),
                Column(name=f"{end}_ci_low_v", kind=Number(blank=True)),
                Column(name=f"{end}_ci_high_v", kind=Number(blank=True)),
                # Met at the very end of what was looked at: the bound lies farther out.
                Column(name=f"{end}_beyond", kind=Flag()),
                Column(name=f"{end}_limit", kind=Text()),
            )
        ),
        # Of those that were looked at, the one with the largest margin.
        Column(name="best_v", kind=Number()),
        Column(name="best_limit", kind=Text()),
        Column(name="windows", kind=Count()),
        Column(name="simulations", kind=Count()),
    ),
    key=("cell", "process", "temperature_c", "t_sense_s"),
    checks=(_check,),
)  # fmt: skip

VMIN_RATES = rates_table("supplies that were looked at", "vmin_rates.csv", _COMMAND)
