"""``codes.csv``: rates of wrong bits behind an error-correcting code, one row a cell, corner and code."""

from __future__ import annotations

from rramsim.tables.columns import Column, Count, Number, Text
from rramsim.tables.points import CELL, CORNER
from rramsim.tables.table import Table, check_interval

NO_CODE = "none"

CODES = Table(
    kind="table of codes",
    file="codes.csv",
    command="rramsim codes STUDY",
    columns=(
        CELL, *CORNER,
        Column(name="code", kind=Text()),
        Column(name="data_bits", kind=Count()),
        Column(name="word_bits", kind=Count()),
        Column(name="rate", kind=Number()),
        Column(name="ci_low", kind=Number()),
        Column(name="ci_high", kind=Number()),
    ),
    key=("cell", "process", "vdd_v", "temperature_c", "code"),
    checks=(lambda row: check_interval(row, "rate"),),
)  # fmt: skip
