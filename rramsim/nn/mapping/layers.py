"""Layers of weights as far as memory goes: shape, kind, how often each weight is used, how many have which value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rramsim.nn.models.layers import AbstractWeighted, Choice
from rramsim.nn.models.model import Layers, shapes
from rramsim.nn.network import StoredNetwork
from rramsim.nn.ops.op import Shape, require
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.weights import Weight, WeightKind

_MOST = 10**15  # reads an inference: counts of tables have 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightLayer:
    """A layer of weights.

    Parameters
    ----------
    called
        ``dense`` or ``convolution``.
    shape
        (outputs, inputs of a group, *kernel).
    kind
        The set of its weights; None for real ones, which no array stores.
    positions
        Of one map of outputs: how often an inference uses each weight. Those where the kernel reaches beyond the image
        are among them.
    counts
        Weights of each value; None where they are real, or not known before a training.

    Raises
    ------
    NetworkError
        More weights, or uses of them, than can be counted.
    """

    called: str
    shape: Shape
    kind: WeightKind | None
    positions: int
    counts: Mapping[Weight, int] | None = None

    def __post_init__(self) -> None:
        uses = self.weights * self.positions
        require(uses <= _MOST, f"weights of shape {self.shape} are used {uses} times an inference, at most {_MOST}")

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return math.prod(self.shape)

    @property
    def outputs(self) -> int:
        """How many sums, or maps of sums, it has: columns of its matrix."""
        return self.shape[0]

    @property
    def inputs(self) -> int:
        """How many weights a sum has: rows of its matrix. Of a convolution in groups, those of its own group."""
        return math.prod(self.shape[1:])


def stored_layers(network: StoredNetwork) -> list[WeightLayer]:
    """Layers of weights of a network, in the order in which they run.

    Parameters
    ----------
    network
        Its weights are counted.
    """
    found = []
    for node, shape in zip(network.nodes, network.shapes, strict=True):
        op = node.op
        if isinstance(op, AbstractSynapses):
            counts = (
                {} if op.kind is None else {one: int((op.weights == one.number).sum()) for one in op.kind.programmed}
            )
            found.append(
                WeightLayer(
                    called=type(op).__name__.lower(), shape=tuple(map(int, op.weights.shape)), kind=op.kind,
                    positions=math.prod(shape[1:]), counts=counts or None,
                )
            )  # fmt: skip
    return found


def model_layers(layers: Layers, inputs: Shape, chosen: Sequence[Choice]) -> list[WeightLayer]:
    """Layers of weights of a model that is not trained.

    Parameters
    ----------
    layers
        Of the model.
    inputs
        Shape of one image.
    chosen
        What is chosen for each layer.

    Raises
    ------
    NetworkError
        A layer does not take what comes from the one before it.
    """
    around = shapes(layers, inputs)
    return [
        WeightLayer(
            called=layer.called, shape=layer.matrix(given), kind=choice.kind, positions=math.prod(result[1:])
        )
        for layer, given, result, choice in zip(layers, around, around[1:], chosen, strict=False)
        if isinstance(layer, AbstractWeighted)
    ]  # fmt: skip
