"""Rates that a figure of merit was found from: one row a cell, corner, value of the knob and kind of error."""

from __future__ import annotations

from rramsim.tables.columns import Column, Number, Text
from rramsim.tables.points import CELL, CORNER
from rramsim.tables.table import Table, check_interval


def rates_table(kind: str, file: str, command: str) -> Table:
    """The table of a figure of merit.

    Parameters
    ----------
    kind, file, command
        As for :class:`rramsim.tables.table.Table`.
    """
    return Table(
        kind=f"table of {kind}",
        file=file,
        command=command,
        columns=(
            CELL, *CORNER,
            Column(name="knob", kind=Text()),
            Column(name="value", kind=Number()),
            # A kind of error, or "programmed" and a symbol.
            Column(name="errors", kind=Text()),
            Column(name="rate", kind=Number()),
            Column(name="ci_low", kind=Number()),
            Column(name="ci_high", kind=Number()),
        ),
        key=("cell", "process", "vdd_v", "temperature_c", "value", "errors"),
        checks=(lambda row: check_interval(row, "rate"),),
    )  # fmt: skip
