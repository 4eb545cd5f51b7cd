"""``offset.csv``: what each source of spread moves a read by, one row a bench, corner, programmed symbol and source."""

from __future__ import annotations

from rramsim.tables.columns import Column, Number, Text
from rramsim.tables.points import CELL, CORNER, PROGRAMMED
from rramsim.tables.table import Table

OFFSET = Table(
    kind="offset budget",
    file="offset.csv",
    command="rramsim offset STUDY",
    columns=(
        CELL, *CORNER, PROGRAMMED,
        Column(name="source", kind=Text()),
        # Of the bench's response for one standard deviation of the source, at typical devices.
        Column(name="change", kind=Number()),
        # Of the variance of the response that all sources make together.
        Column(name="share", kind=Number()),
    ),
    key=("cell", "process", "vdd_v", "temperature_c", "programmed", "source"),
)  # fmt: skip
