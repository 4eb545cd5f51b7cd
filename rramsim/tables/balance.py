"""``balance.csv``: the value of a knob at which two rates are the same, one row a cell and corner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.columns import Choice, Column, Count, Number, Text
from rramsim.tables.points import CELL, CORNER
from rramsim.tables.rates import rates_table
from rramsim.tables.table import Table, named

_COMMAND = "rramsim balance STUDY"
VERDICTS = (
    "balanced", "the first is more frequent everywhere", "the second is more frequent everywhere", "undecided"
)  # fmt: skip
_VALUE = ("ci_low", "value", "ci_high")
_RATE = ("rate_ci_low", "rate", "rate_ci_high")


def _check(row: Mapping[str, Any]) -> None:
    for names in (_VALUE, _RATE):
        low, at, high = (row[name] for name in names)
        if at == at and not low <= at <= high:  # not for a blank one
            raise ValueError(f"needs {' <= '.join(names)}, got {named(row, names)}")


BALANCE = Table(
    kind="table of balances",
    file="balance.csv",
    command=_COMMAND,
    columns=(
        CELL, *CORNER,
        Column(name="knob", kind=Text()),
        Column(name="first", kind=Text()),
        Column(name="second", kind=Text()),
        Column(name="verdict", kind=Choice(allowed=VERDICTS)),
        Column(name="looked_from", kind=Number()),
        Column(name="looked_to", kind=Number()),
        *(Column(name=name, kind=Number(blank=True)) for name in ("value", "ci_low", "ci_high", *sorted(_RATE))),
        Column(name="simulations", kind=Count()),
    ),
    key=("cell", "process", "vdd_v", "temperature_c"),
    checks=(_check,),
)  # fmt: skip

BALANCE_RATES = rates_table("rates on the way to a balance", "balance_rates.csv", _COMMAND)
