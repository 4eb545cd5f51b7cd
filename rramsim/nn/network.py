"""A network that is ready to run: operations, each of which takes what others gave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rramsim.errors import NetworkError
from rramsim.files import canonical_json
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.op import AbstractOp, Shape, require
from rramsim.nn.ops.synapses import AbstractSynapses, Weights
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    from rramsim.nn.engines.engine import AbstractEngine
    from rramsim.nn.mapping.layers import WeightLayer

INPUT = -1  # in place of a node's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An operation and the numbers of the nodes that it takes its values from, ``INPUT`` for the image."""

    op: AbstractOp
    inputs: tuple[int, ...]


def chain(ops: Iterator[AbstractOp] | list[AbstractOp]) -> tuple[Node, ...]:
    """Nodes that follow each other.

    Parameters
    ----------
    ops
        In the order in which they run.
    """
    return tuple(Node(op=op, inputs=(number - 1,)) for number, op in enumerate(ops))


@dataclass(frozen=True, kw_only=True, repr=False)
class StoredNetwork(AbstractNetwork):
    """A network whose values go from its input to its scores, once.

    Parameters
    ----------
    name, dataset, input_shape, recipe, history
        As for every network.
    nodes
        In an order in which they can run; the last one gives the class scores.

    Raises
    ------
    NetworkError
        Operations that do not fit together, no class scores at the end, or weights of two kinds: one network is stored
        in cells of one kind.
    """

    nodes: tuple[Node, ...]

    def __post_init__(self) -> None:
        shapes = self.shapes
        where = f"network {self.name!r}"
        require(len(shapes[-1]) == 1, f"{where} must end in one score a class, ends in shape {shapes[-1]}")
        kinds = {synapses.kind for synapses in self.synapses}
        require(len(kinds) <= 1, f"{where} has binary and ternary weights; one network has cells of one kind")

    def __repr__(self) -> str:
        counts = [f"{sum(weights.size for weights in self.weights):,} {self.kind.value} weights"] if self.kind else []
        about = ", ".join([f"{len(self.nodes)} operations", *counts, f"activations {self.activations}"])
        return f"<StoredNetwork {self.name!r}: {self.data_name} {self.input_shape} -> {self.classes} classes, {about}>"

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """Shape of what each node gives, without the batch.

        Raises
        ------
        NetworkError
            Operations do not fit together.
        """
        require(self.nodes, f"network {self.name!r} has no layers")
        found: list[Shape] = []
        for number, node in enumerate(self.nodes):
            where = f"network {self.name!r}, node {number} ({type(node.op).__name__})"
            if len(node.inputs) != node.op.arity or not all(INPUT <= other < number for other in node.inputs):
                raise NetworkError(f"{where} takes {list(node.inputs)}; needs {node.op.arity} of the nodes before it")
            given = [self.input_shape if other == INPUT else found[other] for other in node.inputs]
            try:
                found.append(node.op.shape(*given))
            except NetworkError as error:
                raise NetworkError(f"{where}: {error}") from None
        return tuple(found)

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return self.shapes[-1][0]

    @property
    def synapses(self) -> list[AbstractSynapses]:
        """Layers whose weights a memory array stores, in the order in which they run."""
        return [synapses for _, synapses in self.stored]

    @property
    def stored(self) -> list[tuple[int, AbstractSynapses]]:
        """The same, with the numbers of their nodes."""
        layers = ((number, node.op) for number, node in enumerate(self.nodes))
        return [(number, op) for number, op in layers if isinstance(op, AbstractSynapses) and op.kind is not None]

    @property
    def weights(self) -> list[Weights]:
        """Their weights."""
        return [synapses.weights for synapses in self.synapses]

    @property
    def kind(self) -> WeightKind | None:
        """The set of weights that its cells store; None where no array stores anything."""
        return next((synapses.kind for synapses in self.synapses), None)

    @property
    def activations(self) -> str:
        """What its layers give to each other: ``binary``, ``ternary``, ``real``, ``mixed``; ``none`` for one layer."""
        found = {node.op.to for node in self.nodes if isinstance(node.op, Activate)}
        return "mixed" if len(found) > 1 else next(iter(found), "none")

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that inference uses."""
        digest = hashlib.sha256(canonical_json([self.data_name, list(self.input_shape)]).encode("ascii"))
        for node in self.nodes:
            about = [type(node.op).__name__, list(node.inputs), node.op.settings]
            digest.update(canonical_json(about).encode("ascii"))
            for name, values in node.op.arrays.items():
                little = values.astype(values.dtype.newbyteorder("<"), order="C", copy=False)
                digest.update(f"{name}{values.dtype}{values.shape}".encode("ascii") + little.tobytes())
        return digest.hexdigest()

    def engine(self) -> AbstractEngine:
        """The one that is done first."""
        from rramsim.nn.engines.find import find_engine

        return find_engine(self)

    def weight_layers(self) -> list[WeightLayer]:
        """In the order in which they run."""
        from rramsim.nn.mapping.layers import stored_layers

        return stored_layers(self)

    def content(self) -> bytes:
        """As :func:`rramsim.nn.storage.network_bytes` writes it."""
        from rramsim.nn.storage import network_bytes

        return network_bytes(self)
