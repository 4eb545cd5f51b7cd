"""Nodes of a network when all of them are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from rramsim.errors import NetworkError
from rramsim.nn.network import INPUT, Node
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.weights import WeightKind


def needed(nodes: Sequence[Node], last: int) -> list[Node]:
    """Nodes that a node comes from, itself the last of them.

    Parameters
    ----------
    nodes
        All that there are.
    last
        Its number.
    """
    found = {last}
    for number in range(last, -1, -1):
        if number in found:
            found.update(nodes[number].inputs)
    order = sorted(found - {INPUT})
    place = {INPUT: INPUT} | {number: new for new, number in enumerate(order)}
    return [Node(op=nodes[number].op, inputs=tuple(place[other] for other in nodes[number].inputs)) for number in order]


def of_one_kind(nodes: Sequence[Node]) -> list[Node]:
    """The same with the smallest set of weights that holds all that are stored.

    Parameters
    ----------
    nodes
        With ternary weights where they are stored.
    """
    stored = {
        number: node.op
        for number, node in enumerate(nodes)
        if isinstance(node.op, AbstractSynapses) and node.op.kind is not None
    }
    if not all(op.weights.all() for op in stored.values()):
        return list(nodes)
    binary = {number: replace(op, kind=WeightKind.BINARY) for number, op in stored.items()}
    return [Node(op=binary.get(number, node.op), inputs=node.inputs) for number, node in enumerate(nodes)]


@contextmanager
def told_by(where: str) -> Iterator[None]:
    """Put in front of what is wrong where it is.

    Parameters
    ----------
    where
        What messages call the place.

    Raises
    ------
    NetworkError
        As it was raised within, with the place.
    """
    try:
        yield
    except NetworkError as error:
        raise NetworkError(f"{where}: {error}") from None
