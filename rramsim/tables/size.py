"""``size.csv``: the circuit as the study has it and as it was sized; ``size_steps.csv``: what the optimiser tried.

``value:NAME`` is the value of a variable; blank where the study leaves it to the netlist.
"""

from __future__ import annotations

import re

from rramsim.tables.columns import Choice, Column, Count, Family, Flag, Number, Text
from rramsim.tables.points import CELL, CORNER
from rramsim.tables.table import Table

VALUE = "value:"  # of the headers of variables, before their name
DESIGNS = ("as it is", "sized")
_COMMAND = "rramsim size STUDY"
_VALUES = Family(pattern=re.compile(re.escape(VALUE) + r".+"), kind=Number(blank=True))
_MARGIN = (
    # By how much the targets are met, in reliability indices, by the cell and corner that meets them least.
    Column(name="margin", kind=Number()),
    Column(name="ci_low", kind=Number()),
    Column(name="ci_high", kind=Number()),
    CELL,
    *CORNER,
    Column(name="limit", kind=Text()),
)

SIZE = Table(
    kind="table of sizes",
    file="size.csv",
    command=_COMMAND,
    columns=(
        Column(name="design", kind=Choice(allowed=DESIGNS)),
        Column(name="area_um2", kind=Number()),
        Column(name="cap_um2", kind=Number()),
        *_MARGIN,
        Column(name="target", kind=Text()),
        Column(name="simulations", kind=Count()),
    ),
    key=("design",),
    family=_VALUES,
)

SIZE_STEPS = Table(
    kind="table of sizes that were tried",
    file="size_steps.csv",
    command=_COMMAND,
    columns=(
        Column(name="step", kind=Count()),
        Column(name="area_um2", kind=Number()),
        Column(name="within_cap", kind=Flag()),
        *_MARGIN,
    ),
    key=("step",),
    family=_VALUES,
)
