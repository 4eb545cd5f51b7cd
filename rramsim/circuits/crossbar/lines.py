"""Deck text of wires: a ladder of resistors along a line, and instances that stand for several like ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rramsim.circuits.circuit import Geometry, Part, part_line
from rramsim.units import format_number

GROUND = "0"


def ladder(start: str, name: str, distances: Iterable[float], r_cell: float) -> tuple[list[str], dict[float, str]]:
    """Resistors of a line, from place to place.

    Parameters
    ----------
    start
        Net at its driven end.
    name
        Of the line: a prefix of its nodes and elements.
    distances
        Places where something is connected [cells], above 0.
    r_cell
        Series resistance that each cell adds [Ω]; with 0 all of the line is one net.

    Returns
    -------
    list of str, dict
        Deck lines, and the net at each place.
    """
    lines: list[str] = []
    nets: dict[float, str] = {}
    before, net = 0.0, start
    for number, distance in enumerate(sorted(set(distances)), start=1):
        if r_cell > 0:
            further = f"{name}_{number}"
            lines.append(f"r{further} {net} {further} {format_number(r_cell * (distance - before))}")
            before, net = distance, further
        nets[distance] = net
    return lines, nets


def several(part: Part, geometry: Geometry, count: int, shared: Sequence[str]) -> list[str]:
    """An instance whose currents count as those of so many like ones in parallel.

    A multiplier of an instance is not used: ngspice does not hand it down to the sub-circuits in it, where the
    transistors are. Instead an ammeter is put before each terminal, and a source draws what the other ones would.

    Parameters
    ----------
    part
        The instance.
    geometry
        Values to write out [SI].
    count
        How many it stands for, at least 1.
    shared
        Nets whose currents count; those held by sources need not.
    """
    if count == 1:
        return [part_line(part, geometry)]
    lines: list[str] = []
    inner: list[str] = []
    for number, net in enumerate(part.nets):
        if net not in shared:
            inner.append(net)
            continue
        terminal, ammeter = f"{part.instance}_t{number}", f"v{part.instance}_t{number}"
        lines.append(f"{ammeter} {net} {terminal} dc 0")
        lines.append(f"f{part.instance}_t{number} {net} {GROUND} {ammeter} {count - 1}")
        inner.append(terminal)
    return [part_line(replace(part, nets=tuple(inner)), geometry), *lines]
