"""Fill: netlist elements of columns of cells, their wires and their amplifiers.

Bit lines and source line of a column begin at its amplifier, whose foot all its cells share; word lines begin at their
drivers, at column 0. Each cell is the circuit's own, and its parameters ``c_bl`` and ``c_sl`` are those of one cell's
wires here, not of a whole column. Word lines of unselected rows are grounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rramsim.circuits.circuit import Circuit, Geometry, Part, part_line
from rramsim.circuits.crossbar.column import Site, lumped_column, whole_column
from rramsim.circuits.crossbar.lines import GROUND, ladder, several
from rramsim.circuits.crossbar.pattern import Pattern
from rramsim.circuits.crossbar.wires import Wires
from rramsim.circuits.flatten import flatten
from rramsim.units import format_number

# Parameters of a cell's sub-circuit that an array sets: by the wires, and by what is stored.
WIRE_PARAMETERS = ("c_bl", "c_sl")
_DEVICE_PARAMETERS = ("r_bl", "r_blb")

_LINES = ("bl", "blb", "sl")
_OUTPUTS = ("q", "qb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """What an array is filled with.

    Parameters
    ----------
    circuit
        Amplifier of a column and cell.
    geometry
        Values that differ from the netlists' defaults [SI].
    wires
        Resistance and capacitance of each cell's wires.
    pattern
        What cells store; what the selected one does is altered.
    row, column
        The selected cell.
    r_lrs, r_hrs
        Resistances of the devices of all others [Ω].
    """

    circuit: Circuit
    geometry: Geometry
    wires: Wires
    pattern: Pattern
    row: int
    column: int
    r_lrs: float
    r_hrs: float

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.pattern)

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self.pattern[0])

    @property
    def weights(self) -> tuple[int, ...]:
        """Weights of the selected column, shape (rows,)."""
        return tuple(row[self.column] for row in self.pattern)

    def cell(self, instance: str, nets: Mapping[str, str]) -> Part:
        """An instance of the cell.

        Parameters
        ----------
        instance
            Its name.
        nets
            What its own nets are called here.
        """
        part = self.circuit.cell
        return replace(part, instance=instance, nets=tuple(nets.get(net, net) for net in part.nets))

    def values(self, weight: int | None) -> Geometry:
        """Geometry of a cell: wires of one, and its devices.

        Parameters
        ----------
        weight
            What it stores; None for the selected cell, whose devices are altered.
        """
        own = dict(dict(self.geometry).get(self.circuit.cell.subcircuit, ()))
        own |= {"c_bl": self.wires.c_bl_f, "c_sl": self.wires.c_sl_f}
        if weight is not None:
            own |= {"r_bl": self.r_lrs if weight > 0 else self.r_hrs, "r_blb": self.r_lrs if weight < 0 else self.r_hrs}
        return ((self.circuit.cell.subcircuit, tuple(sorted(own.items()))),)


def cell_problem(circuit: Circuit) -> str:
    """Why a circuit's cell cannot be put beside others; empty if it can.

    Parameters
    ----------
    circuit
        The circuit.
    """
    part = circuit.cell
    subcircuit, wanted = circuit.library[part.subcircuit], (*WIRE_PARAMETERS, *_DEVICE_PARAMETERS)
    missing = [name for name in wanted if name not in subcircuit.parameters]
    if missing:
        return f"its cell {part.subcircuit} lacks the parameters {', '.join(missing)}, which an array sets"
    if set(_LINES) - set(part.nets):
        return f"its cell has nothing on {', '.join(sorted(set(_LINES) - set(part.nets)))}"
    tried = {"r_bl": 1.25e3, "r_blb": 2.5e3}
    elements = flatten(subcircuit, path=part.instance, nodes=part.nets, values=tried, library=circuit.library)
    values = {element.path: element.value for element in elements}
    for name, path in (("r_bl", circuit.r_bl), ("r_blb", circuit.r_blb)):
        if values[f"{part.instance}.{path}"] != tried[name]:
            return f"the parameter {name} of its cell is not the resistance of {path}"
    return ""


def column_nets(column: int | None) -> dict[str, str]:
    """Nets of a column by their names in the circuit.

    Parameters
    ----------
    column
        Its number; None for the selected one, which has the circuit's own.
    """
    return {} if column is None else {net: f"{net}_c{column}" for net in (*_OUTPUTS, *_LINES, "vdd")}


def lumped_lines(fill: Fill) -> Iterator[str]:
    """Deck lines of the selected column alone: its unselected cells put together, and the load of the word line.

    The other columns of the row are one cell on each side, whose bit and source lines follow those of the column.

    Parameters
    ----------
    fill
        The array.
    """
    place, load = fill.column + 1.0, (fill.column, fill.columns - fill.column - 1)
    middles = ((1 + fill.column) / 2, (place + 1 + fill.columns) / 2)
    places = [place, *(middles[side] for side in (0, 1) if load[side])]
    lines, wordline = ladder("wl", "wl", places, fill.wires.r_wl_ohm)
    yield from lines
    yield f"cwl {wordline[place]} {GROUND} {format_number(fill.wires.c_wl_f)}"
    sites = lumped_column(fill.weights, fill.row)
    rest, nets = _column(fill, None, sites, {fill.row: wordline[place]})
    yield from rest
    followers = {net: f"{net}_f" for net in _LINES}
    if any(load):
        yield from (f"e{net}_f {net}_f {GROUND} {nets[net]} {GROUND} 1" for net in _LINES)
    for side in (0, 1):
        if load[side]:
            net = wordline[middles[side]]
            yield f"cwl_l{side} {net} {GROUND} {format_number(fill.wires.c_wl_f * load[side])}"
            part = fill.cell(f"xload{side}", {**followers, "wl": net})
            yield from several(part, fill.values(0), load[side], (net,))


def array_lines(fill: Fill, vdd: float) -> Iterator[str]:
    """Deck lines of the whole array: every cell, every wire, an amplifier a column.

    Parameters
    ----------
    fill
        The array.
    vdd
        Supply of the other columns' amplifiers [V]; each has a source of its own, so that its energy is told.
    """
    places = [column + 1.0 for column in range(fill.columns)]
    wordlines: dict[int, dict[float, str]] = {}
    for row in range(fill.rows):
        start = "wl" if row == fill.row else GROUND
        lines, wordlines[row] = ladder(start, f"wl_w{row}", places, fill.wires.r_wl_ohm)
        yield from lines
        if lines or row == fill.row:
            capacitance = format_number(fill.wires.c_wl_f)
            yield from (
                f"cwl_w{row}_c{number} {wordlines[row][place]} {GROUND} {capacitance}"
                for number, place in enumerate(places)
            )
    for column in range(fill.columns):
        number = None if column == fill.column else column
        if number is not None:
            yield f"vdd_c{column} vdd_c{column} {GROUND} dc {format_number(vdd)}"
        sites = whole_column([row[column] for row in fill.pattern])
        of_rows: dict[int | None, str] = {row: wordlines[row][column + 1.0] for row in range(fill.rows)}
        lines, _ = _column(fill, number, sites, of_rows)
        yield from lines


def _column(
    fill: Fill, column: int | None, sites: Sequence[Site], wordlines: Mapping[int | None, str]
) -> tuple[list[str], dict[str, str]]:
    """Amplifier, wires and sites of a column, and the nets of its lines at the selected row."""
    names = column_nets(column)
    tail = "" if column is None else f"_c{column}"
    places = [site.distance for site in sites]
    nets: dict[str, dict[float, str]] = {}
    amplifier = fill.circuit.amplifier
    renamed = tuple(names.get(net, net) for net in amplifier.nets)
    lines = [part_line(replace(amplifier, instance=f"{amplifier.instance}{tail}", nets=renamed), fill.geometry)]
    for net in _LINES:
        resistance = fill.wires.r_sl_ohm if net == "sl" else fill.wires.r_bl_ohm
        found, nets[net] = ladder(names.get(net, net), f"{names.get(net, net)}_w", places, resistance)
        lines += found
    for number, site in enumerate(sites):
        here = {net: nets[net][site.distance] for net in _LINES} | {"wl": wordlines.get(site.row, GROUND)}
        selected = column is None and site.row == fill.row
        part = fill.cell(fill.circuit.cell.instance if selected else f"xc{number}{tail}", here)
        shared = tuple(here[net] for net in _LINES)
        lines += several(part, fill.values(None if selected else site.weight), site.count, shared)
    return lines, {net: nets[net][fill.row + 1.0] for net in _LINES}
