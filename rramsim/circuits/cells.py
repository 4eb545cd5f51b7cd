"""The memory cells that can be read, each with the netlists it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rramsim.circuits.netlist import Subcircuit, Transistor, load_subcircuit, transistors
from rramsim.errors import close_matches
from rramsim.weights import WeightKind

# Overrides as ((sub-circuit, ((parameter, value), ...)), ...), sorted: hashable and the same for equal geometries.
Geometry = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]

_NOT_GEOMETRY = ("dvt", "r_bl", "r_blb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A 2T2R cell with its sense amplifier.

    Parameters
    ----------
    name
        Name in studies and tables.
    weights
        The set of weights it stores, which also says what an unresolved read means: 0 in a ternary cell, ``?`` in a
        binary one.
    netlists
        Netlist files, used ones first; the deck instantiates ``cell_2t2r`` and ``pcsa``.
    """

    name: str
    weights: WeightKind
    netlists: tuple[str, ...]

    @property
    def library(self) -> dict[str, Subcircuit]:
        """The sub-circuits by name."""
        subcircuits = (load_subcircuit(name) for name in self.netlists)
        return {subcircuit.name: subcircuit for subcircuit in subcircuits}

    def transistors(self, geometry: Geometry) -> tuple[Transistor, ...]:
        """Every transistor of the read path, the sense amplifier's first."""
        library = self.library
        overrides = {name: dict(values) for name, values in geometry}
        found: list[Transistor] = []
        for path, name in (("xsa", "pcsa"), ("xcell", "cell_2t2r")):
            found += transistors(library[name], path=path, values=overrides.get(name, {}), library=library)
        return tuple(found)

    def geometry_problems(self, geometry: Geometry) -> list[tuple[tuple[str, ...], object, str]]:
        """Say what of ``geometry`` cannot be used: (keys down to it, value, message) each."""
        found: list[tuple[tuple[str, ...], object, str]] = []
        known = {name: self.library[name] for name in ("pcsa", "cell_2t2r")}
        for name, values in geometry:
            if name not in known:
                found.append(((name,), dict(values), f"unknown sub-circuit; {close_matches(name, known)}"))
                continue
            allowed = [p for p in known[name].parameters if not p.startswith(_NOT_GEOMETRY)]
            for parameter, value in values:
                key = (name, parameter)
                if parameter not in allowed:
                    found.append((key, value, f"unknown parameter; {close_matches(parameter, allowed)}"))
                elif not 0 < value < 1e-3:
                    found.append((key, value, "must be above 0 and below 1e-3 (sizes in m, capacitances in F)"))
        return found


_NETLISTS_2T2R = ("cells/half_cell_1t1r.cir", "cells/cell_2t2r.cir", "sense/pcsa.cir")

CELLS: Mapping[str, Cell] = MappingProxyType(
    {
        cell.name: cell
        for cell in (
            Cell(name="binary_2t2r", weights=WeightKind.BINARY, netlists=_NETLISTS_2T2R),
            Cell(name="ternary_2t2r", weights=WeightKind.TERNARY, netlists=_NETLISTS_2T2R),
        )
    }
)
