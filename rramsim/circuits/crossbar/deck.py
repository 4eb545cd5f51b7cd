"""Deck of one read of a row in an array, or of one of its columns: as that of one cell, with what is around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from rramsim.circuits.benches.pair.deck import EDGE_TIME, ReadDeck
from rramsim.circuits.crossbar.fill import Fill, array_lines, column_nets, lumped_lines
from rramsim.circuits.crossbar.pattern import Pattern
from rramsim.circuits.crossbar.wires import Wires
from rramsim.units import format_number

Model = Literal["lumped", "array"]
Solver = Literal["sparse", "klu"]

_OWN = ("q", "qb", "bl", "blb", "sl")  # nets of each column that have initial voltages


@dataclass(frozen=True, kw_only=True)
class ArrayDeck(ReadDeck):
    """One deck a (cell, corner, pattern, position).

    Parameters
    ----------
    pattern
        What the cells store, rows of columns; what the selected one does is altered.
    row, column
        The selected cell.
    wires
        Resistance and capacitance of each cell's wires.
    r_lrs, r_hrs
        Resistances of the devices of all other cells [Ω].
    t_word_line
        When the driver of the row rises, before sense enable does [s], at most the precharge.
    model
        ``lumped``: the column of the selected cell, its other cells put together; ``array``: every cell.
    solver
        Solver of ngspice's matrices. ``klu`` needs an ngspice that was built with it, 42 or newer.
    """

    pattern: Pattern
    row: int
    column: int
    wires: Wires
    r_lrs: float
    r_hrs: float
    t_word_line: float
    model: Model = "lumped"
    solver: Solver = "sparse"

    @cached_property
    def fill(self) -> Fill:
        """What the array is filled with."""
        return Fill(
            circuit=self.cell.circuit,
            geometry=self.conditions.geometry,
            wires=self.wires,
            pattern=self.pattern,
            row=self.row,
            column=self.column,
            r_lrs=self.r_lrs,
            r_hrs=self.r_hrs,
        )

    @property
    def others(self) -> tuple[int, ...]:
        """The other columns that are simulated."""
        return tuple(n for n in range(self.fill.columns) if n != self.column) if self.model == "array" else ()

    @property
    def word_line(self) -> str:
        """Driver of the selected row, which rises before sense enable does."""
        start = format_number(max(self.conditions.t_precharge - self.t_word_line, 0.0))
        edge, high = format_number(EDGE_TIME), format_number(self.conditions.v_word_line)
        return f"vwl wl 0 dc 0 pulse(0 {high} {start} {edge} {edge} 1 2)"

    @property
    def circuit_lines(self) -> tuple[str, ...]:
        """Cells, wires and amplifiers."""
        return tuple(array_lines(self.fill, self.corner.vdd) if self.model == "array" else lumped_lines(self.fill))

    @property
    def options(self) -> tuple[str, ...]:
        """Options of ngspice, the solver among them."""
        return (*super().options, *(["klu"] if self.solver == "klu" else []))

    @property
    def vectors(self) -> tuple[str, ...]:
        """Those of the selected column, then those of the others."""
        more = (vector for column in self.others for vector in column_vectors(column))
        return (*super().vectors, *more)

    @property
    def initial(self) -> dict[str, str]:
        """Voltages that the read starts from, of every column."""
        own = super().initial
        of_others = {
            column_nets(column)[net]: value for column in self.others for net, value in own.items() if net in _OWN
        }
        return {**own, **of_others}


def column_vectors(column: int) -> tuple[str, str, str]:
    """Outputs and supply current of another column than the selected one.

    Parameters
    ----------
    column
        Which.
    """
    nets = column_nets(column)
    return nets["q"], nets["qb"], f"i({nets['vdd']})"
