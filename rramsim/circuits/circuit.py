"""A circuit that reads a pair of memory devices: a sense amplifier, a cell, and the nets between and around them.

The read drives and judges nets of fixed names (``NETS``); how the ports of a circuit's own sub-circuits connect to them
is the circuit's to say. Its coding (binary or ternary weights) is not part of it: see :mod:`rramsim.circuits.catalog`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from rramsim.circuits.flatten import FlatElement, Transistor, flatten, transistors_among
from rramsim.circuits.netlist import Subcircuit, instance_line, parse_subcircuit
from rramsim.units import format_number

# Overrides as ((sub-circuit, ((parameter, value), ...)), ...), sorted: hashable and the same for equal geometries.
Geometry = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]

# Outputs (precharged to vdd; q falls at the weight +1), bit lines, source line, word line, sense enable and its
# complement, supplies; then what only some circuits have, an input bit and its complement.
INPUTS = ("x", "xb")
NETS = ("q", "qb", "bl", "blb", "sl", "wl", "sen", "senb", "vdd", "0", *INPUTS)

_NOT_GEOMETRY = ("dvt", "r_bl", "r_blb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Netlist:
    """Text of a netlist file and where it comes from: plain values, so that a circuit can go to another process."""

    source: str
    text: str

    @property
    def subcircuit(self) -> Subcircuit:
        """The sub-circuit in it; raises as :func:`rramsim.circuits.netlist.parse_subcircuit`."""
        return _parsed(self)


@cache
def _parsed(netlist: Netlist) -> Subcircuit:
    return parse_subcircuit(netlist.text, source=netlist.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the two instances: its name in the deck, its sub-circuit, and the net of each port in port order."""

    instance: str
    subcircuit: str
    nets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A sense amplifier and a cell.

    Parameters
    ----------
    name
        What it is called.
    netlists
        Netlist files, used ones first.
    amplifier, cell
        The two instances.
    r_bl, r_blb
        The memory devices on ``bl`` and ``blb``: paths inside the cell, as ``xbl.rmem``.
    """

    name: str
    netlists: tuple[Netlist, ...]
    amplifier: Part
    cell: Part
    r_bl: str
    r_blb: str

    @property
    def library(self) -> dict[str, Subcircuit]:
        """The sub-circuits by name."""
        subcircuits = (netlist.subcircuit for netlist in self.netlists)
        return {subcircuit.name: subcircuit for subcircuit in subcircuits}

    @property
    def library_models(self) -> tuple[str, ...]:
        """Models of the technology's library that the netlists use themselves: those of diodes."""
        elements = (element for subcircuit in self.library.values() for element in subcircuit.elements)
        return tuple(sorted({element.model for element in elements if element.kind == "d"}))

    @property
    def nets(self) -> tuple[str, ...]:
        """The nets of the read that the circuit uses, in the order of ``NETS``."""
        used = {*self.amplifier.nets, *self.cell.nets}
        return tuple(net for net in NETS if net in used)

    @property
    def resistance_handles(self) -> tuple[str, str]:
        """What ngspice alters to set the resistances of the memory devices on ``bl`` and ``blb``."""
        return f"r.{self.cell.instance}.{self.r_bl}", f"r.{self.cell.instance}.{self.r_blb}"

    def elements(self, geometry: Geometry = ()) -> tuple[FlatElement, ...]:
        """Every element of the flattened circuit, the sense amplifier's first.

        Parameters
        ----------
        geometry
            Values that differ from the netlists' defaults.

        Raises
        ------
        InputError
            As :func:`rramsim.circuits.flatten.flatten`.
        """
        library, overrides = self.library, {name: dict(values) for name, values in geometry}
        found: list[FlatElement] = []
        for part in (self.amplifier, self.cell):
            values = overrides.get(part.subcircuit, {})
            found += flatten(
                library[part.subcircuit], path=part.instance, nodes=part.nets, values=values, library=library
            )
        return tuple(found)

    def transistors(self, geometry: Geometry = ()) -> tuple[Transistor, ...]:
        """Every transistor of the read path, the sense amplifier's first.

        Parameters
        ----------
        geometry
            Values that differ from the netlists' defaults; decides the gate sizes [m].

        Raises
        ------
        InputError
            As :func:`rramsim.circuits.flatten.flatten`.
        """
        return transistors_among(self.elements(geometry))

    def instance_lines(self, geometry: Geometry = ()) -> tuple[str, str]:
        """Deck lines of the two instances.

        Parameters
        ----------
        geometry
            Values to write out [SI]; those of sub-circuits other than the two are passed over.

        Returns
        -------
        tuple
            The sense amplifier's line and the cell's.
        """
        return part_line(self.amplifier, geometry), part_line(self.cell, geometry)

    @property
    def adjustable(self) -> Mapping[str, tuple[str, ...]]:
        """Parameters that a geometry may set, by sub-circuit: not what is drawn at random for each read."""
        library = self.library
        return {
            part.subcircuit: tuple(p for p in library[part.subcircuit].parameters if not p.startswith(_NOT_GEOMETRY))
            for part in (self.amplifier, self.cell)
        }


def part_line(part: Part, geometry: Geometry) -> str:
    """Deck line of an instance.

    Parameters
    ----------
    part
        The instance.
    geometry
        Values to write out [SI]; those of other sub-circuits are passed over.
    """
    given = {key: format_number(value) for key, value in dict(geometry).get(part.subcircuit, ())}
    return instance_line(part.instance, part.nets, part.subcircuit, given)
