"""``shmoo.csv``: whether a cell meets its targets at each pair of values of two knobs."""

from __future__ import annotations

from rramsim.tables.columns import Choice, Column, Count, Number, Text
from rramsim.tables.points import CELL, CORNER
from rramsim.tables.table import Table

VERDICTS = ("pass", "fail", "undecided")

SHMOO = Table(
    kind="shmoo table",
    file="shmoo.csv",
    command="rramsim shmoo STUDY",
    columns=(
        CELL, *CORNER,
        Column(name="x_knob", kind=Text()),
        Column(name="x", kind=Number()),
        Column(name="y_knob", kind=Text()),
        Column(name="y", kind=Number()),
        Column(name="target", kind=Text()),
        Column(name="verdict", kind=Choice(allowed=VERDICTS)),
        # The kind of error that is nearest to its target, or farthest above it.
        Column(name="limit", kind=Text()),
        # By how much it is met, in reliability indices; below 0 it is not.
        Column(name="margin", kind=Number()),
        Column(name="ci_low", kind=Number()),
        Column(name="ci_high", kind=Number()),
        Column(name="simulations", kind=Count()),
    ),
    key=("cell", "process", "vdd_v", "temperature_c", "x", "y"),
)  # fmt: skip
