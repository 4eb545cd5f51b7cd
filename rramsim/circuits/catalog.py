"""The cells that a study can name: a circuit together with the weights that it stores.

Some are built in; others are read from a user's file (:mod:`rramsim.circuits.circuit_file`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from rramsim.circuits.circuit import Circuit, Geometry, Netlist, Part
from rramsim.circuits.flatten import Transistor
from rramsim.circuits.netlist import Subcircuit
from rramsim.errors import close_matches
from rramsim.resources import netlist_path
from rramsim.weights import WeightKind

_CELL = ("cells/half_cell_1t1r.cir", "cells/cell_2t2r.cir")
_NETS = ("q", "qb", "bl", "blb", "sl", "sen")
# Each circuit: its amplifier's netlist, sub-circuit and nets.
_PCSA = ("2t2r_pcsa", "sense/pcsa.cir", "pcsa", (*_NETS, "vdd", "0"))
_XNOR = ("2t2r_xnor_pcsa", "sense/xnor_pcsa.cir", "xnor_pcsa", (*_NETS, "x", "xb", "vdd", "0"))
_BUILT_IN = {
    "binary_2t2r": (WeightKind.BINARY, _PCSA),
    "ternary_2t2r": (WeightKind.TERNARY, _PCSA),
    "binary_xnor_2t2r": (WeightKind.BINARY, _XNOR),
    "ternary_xnor_2t2r": (WeightKind.TERNARY, _XNOR),
}

# Of a geometry's values, by their unit: sizes, capacitances, resistances.
_LARGEST = {"m": 1e-3, "F": 1e-3, "Ω": 1e12}

# Where the memory devices of netlists/cells/cell_2t2r.cir are: also what a user's file need not say.
R_BL, R_BLB = "xbl.rmem", "xblb.rmem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A circuit and its coding.

    Parameters
    ----------
    name
        Name in studies and tables.
    weights
        The set of weights it stores, which also says what an unresolved read means: 0 in a ternary cell, ``?`` in a
        binary one.
    circuit
        What is simulated.
    """

    name: str
    weights: WeightKind
    circuit: Circuit

    @property
    def library(self) -> dict[str, Subcircuit]:
        """The circuit's sub-circuits by name."""
        return self.circuit.library

    def transistors(self, geometry: Geometry = ()) -> tuple[Transistor, ...]:
        """The circuit's transistors, the sense amplifier's first.

        Parameters
        ----------
        geometry
            As for :meth:`rramsim.circuits.circuit.Circuit.transistors`.
        """
        return self.circuit.transistors(geometry)


def geometry_unit(parameter: str) -> str:
    """Unit of a sub-circuit's parameter, which follows from the first letter of its name.

    Parameters
    ----------
    parameter
        Its name: ``c…`` in F, ``r…`` in Ω, every other in m.

    Examples
    --------
    >>> geometry_unit("c_bl"), geometry_unit("r_bl"), geometry_unit("w_n")
    ('F', 'Ω', 'm')
    """
    return {"c": "F", "r": "Ω"}.get(parameter[:1], "m")


def geometry_problems(cells: Iterable[Cell], geometry: Geometry) -> list[tuple[tuple[str, ...], object, str]]:
    """Say what of a geometry none of the cells can use.

    Parameters
    ----------
    cells
        The cells that are read; each uses what names its sub-circuits.
    geometry
        Values that differ from the netlists' defaults.

    Returns
    -------
    list
        (keys down to it, value, message) of each problem.
    """
    found: list[tuple[tuple[str, ...], object, str]] = []
    # Two cells may have sub-circuits of one name, which are not the same: what is set must suit both.
    known = [(name, allowed) for cell in cells for name, allowed in cell.circuit.adjustable.items()]
    for name, values in geometry:
        accepted = [allowed for other, allowed in known if other == name]
        if not accepted:
            message = f"unknown sub-circuit; {close_matches(name, (other for other, _ in known))}"
            found.append(((name,), dict(values), message))
        for parameter, value in values if accepted else ():
            lacking = next((allowed for allowed in accepted if parameter not in allowed), None)
            if lacking is not None:
                found.append(((name, parameter), value, f"unknown parameter; {close_matches(parameter, lacking)}"))
            elif not 0 < value < _LARGEST[geometry_unit(parameter)]:
                unit = geometry_unit(parameter)
                message = f"must be above 0 and below {_LARGEST[unit]:g} {unit}"
                found.append(((name, parameter), value, message))
    return found


@cache
def _circuit_2t2r(name: str, netlist: str, subcircuit: str, nets: tuple[str, ...]) -> Circuit:
    texts = ((source, netlist_path(source).read_text(encoding="utf-8")) for source in (*_CELL, netlist))
    return Circuit(
        name=name,
        netlists=tuple(Netlist(source=source, text=text) for source, text in texts),
        amplifier=Part(instance="xsa", subcircuit=subcircuit, nets=nets),
        cell=Part(instance="xcell", subcircuit="cell_2t2r", nets=("bl", "blb", "wl", "sl", "0")),
        r_bl=R_BL,
        r_blb=R_BLB,
    )


class _BuiltIn(Mapping[str, Cell]):
    """The built-in cells; their netlists are read when one is asked for, not at import."""

    def __getitem__(self, name: str) -> Cell:
        weights, circuit = _BUILT_IN[name]
        return Cell(name=name, weights=weights, circuit=_circuit_2t2r(*circuit))

    def __iter__(self) -> Iterator[str]:
        return iter(_BUILT_IN)

    def __len__(self) -> int:
        return len(_BUILT_IN)


CELLS: Mapping[str, Cell] = _BuiltIn()
