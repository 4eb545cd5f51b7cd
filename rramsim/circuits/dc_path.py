"""Nets of a flattened circuit that nothing holds: without a path for direct current their voltage is undefined.

ngspice gives such a net some voltage, and another one when it simulates again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rramsim.circuits.flatten import FlatElement

# Terminals between which direct current flows, by kind of element; a transistor's gate is none.
_CONDUCTING = {"r": (0, 1), "l": (0, 1), "v": (0, 1), "d": (0, 1), "e": (0, 1), "x": (0, 2, 3)}


def floating_nets(elements: Sequence[FlatElement], held: Collection[str]) -> tuple[str, ...]:
    """Nets without a path to one that is held, in the order of the elements.

    Parameters
    ----------
    elements
        As :func:`rramsim.circuits.flatten.flatten` returns them.
    held
        Nets whose voltage is given.
    """
    reached, before = set(held), -1
    while len(reached) > before:
        before = len(reached)
        for element in elements:
            nodes = {element.nodes[index] for index in _CONDUCTING.get(element.kind, ())}
            if nodes & reached:
                reached |= nodes
    return tuple(dict.fromkeys(node for element in elements for node in element.nodes if node not in reached))
