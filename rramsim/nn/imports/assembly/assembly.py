"""Put a stored network together from what a file or a module computes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError, close_matches
from rramsim.nn.imports.assembly.alphabet import split_scale
from rramsim.nn.imports.assembly.nodes import needed, of_one_kind
from rramsim.nn.imports.assembly.values import Value, of_node, scaled
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import INPUT, Node, StoredNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.add import Add
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.op import AbstractOp, Shape, require
from rramsim.nn.ops.pool import AveragePool, MaxPool
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.weights import WeightKind

_LARGEST = 2**28  # features; no data set has half of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """How a window moves: its stride, and the zeros around, along each axis."""

    stride: tuple[int, ...]
    padding: tuple[int, ...] = ()
    groups: int = 1


class Assembly:
    """Nodes of a network, added one after the other.

    Parameters
    ----------
    wanted
        What is asked of the network.
    """

    def __init__(self, wanted: Wanted) -> None:
        require(math.prod(wanted.input_shape) <= _LARGEST, f"images of shape {wanted.input_shape} are too large")
        require(
            wanted.input_shape and min(wanted.input_shape) > 0, f"images of shape {wanted.input_shape} hold nothing"
        )
        self._wanted = wanted
        self._nodes: list[Node] = []
        self._shapes: list[Shape] = []
        self._emitted: dict[tuple[int, bytes, bytes], int] = {}
        self._layers: list[str] = []
        # Bounds of nodes whose values are integers.
        self._integers: dict[int, int] = {}

    @property
    def image(self) -> Value:
        """What goes in."""
        return of_node(INPUT)

    def shape(self, value: Value) -> Shape:
        """Shape of a value, without the batch.

        Parameters
        ----------
        value
            The value.
        """
        return self._wanted.input_shape if value.node == INPUT else self._shapes[value.node]

    def integers(self, value: Value) -> int | None:
        """Bound of the integers that the node of a value gives; None where it may give others.

        Parameters
        ----------
        value
            The value.
        """
        return self._integers.get(value.node)

    def node(self, value: Value) -> int:
        """Number of a node that gives a value.

        Parameters
        ----------
        value
            The value.

        Raises
        ------
        NetworkError
            Single precision does not hold its factors.
        """
        if value.plain:
            return value.node
        channels = self.shape(value)[0]
        scale, shift = (np.broadcast_to(numbers, (channels,)) for numbers in (value.factor, value.shift))
        key = (value.node, scale.tobytes(), shift.tobytes())
        if key not in self._emitted:
            with np.errstate(over="ignore"):
                op = Affine(scale=scale.astype(np.float32), shift=shift.astype(np.float32))
            require(((op.scale != 0) == (scale != 0)).all(), "a scale in it is too small for single precision")
            self._emitted[key] = self._append(op, value.node)
        return self._emitted[key]

    def dense(self, value: Value, weights: NDArray[Any], layer: str) -> Value:
        """Fully connected layer.

        Parameters
        ----------
        value
            Of shape (inputs,).
        weights
            (outputs, inputs).
        layer
            Its name.

        Raises
        ------
        NetworkError
            Its weights cannot be stored, or do not fit.
        """
        require(weights.ndim == 2, f"its weights have shape {weights.shape}, need (outputs, inputs)")
        return self._weighted(value, weights, layer, lambda **found: Dense(**found), full=True)

    def convolution(self, value: Value, weights: NDArray[Any], layer: str, steps: Steps) -> Value:
        """Convolution.

        Parameters
        ----------
        value
            Of shape (channels, *positions).
        weights
            (outputs, channels of a group, *kernel).
        layer
            Its name.
        steps
            Stride, padding and groups.

        Raises
        ------
        NetworkError
            Its weights cannot be stored, or do not fit.
        """
        require(weights.ndim in (3, 4), f"its weights have shape {weights.shape}: only 1 or 2 axes of positions")

        def build(**found: Any) -> AbstractSynapses:
            return Convolution(**found, stride=steps.stride, padding=steps.padding, groups=steps.groups)

        return self._weighted(value, weights, layer, build, full=False)

    def _weighted(
        self, value: Value, weights: NDArray[Any], layer: str, build: Callable[..., AbstractSynapses], *, full: bool
    ) -> Value:
        """Sums; a factor that all inputs share follows them, as does the scale of the weights."""
        require(weights.size > 0 and weights.dtype.kind == "f", f"its weights are {weights.dtype}, {weights.shape}")
        common = value.common_factor
        node = self.node(value) if common is None else value.node
        factor = np.array([1.0 if common is None else common])
        name = layer if layer not in self._layers else f"{layer}#{self._layers.count(layer) + 1}"
        self._layers.append(layer)
        if any(self._wanted.keeps_real(one, full=full) for one in {layer, name}):
            sums = self._append(build(weights=np.ascontiguousarray(weights, np.float32), kind=None), node)
            return scaled(of_node(sums), factor, np.zeros(1))
        kind = self._wanted.weights if isinstance(self._wanted.weights, WeightKind) else None
        stored, scales = split_scale(weights, kind, name)
        op = build(weights=np.ascontiguousarray(stored), kind=kind or WeightKind.TERNARY)
        sums = self._append(op, node)
        if node in self._integers:
            self._integers[sums] = self._integers[node] * op.fan_in
        return scaled(of_node(sums), factor * scales, np.zeros(1))

    def activation(self, value: Value, to: str) -> Value:
        """Activation of a value.

        Parameters
        ----------
        value
            The value.
        to
            ``binary``, ``ternary`` or ``real``, as of :class:`rramsim.nn.ops.activate.Activate`.
        """
        number = self._append(Activate(to=to), self.node(value))
        if to != "real":
            self._integers[number] = 1
        return of_node(number)

    def max_pool(self, value: Value, size: tuple[int, ...], stride: tuple[int, ...]) -> Value:
        """The greatest value in each window.

        Parameters
        ----------
        value
            Of shape (channels, *positions).
        size, stride
            Of the window, along each axis.
        """
        rises = bool((value.factor > 0).all())  # then the order is that of the node
        node = value.node if rises else self.node(value)
        number = self._append(MaxPool(size=size, stride=stride), node)
        if node in self._integers:
            self._integers[number] = self._integers[node]
        return replace(value, node=number) if rises else of_node(number)

    def average_pool(self, value: Value, size: tuple[int, ...], stride: tuple[int, ...]) -> Value:
        """The mean of each window.

        Parameters
        ----------
        value
            Of shape (channels, *positions).
        size, stride
            Of the window, along each axis.
        """
        return replace(value, node=self._append(AveragePool(size=size, stride=stride), value.node), truth=False)

    def flatten(self, value: Value) -> Value:
        """All channels and positions in one row.

        Parameters
        ----------
        value
            The value.
        """
        shape = self.shape(value)
        if len(shape) == 1:
            return value
        number = self._append(Flatten(), value.node)
        if value.node in self._integers:
            self._integers[number] = self._integers[value.node]
        positions = math.prod(shape[1:])
        factor, shift = (
            numbers if numbers.size == 1 else np.repeat(numbers, positions) for numbers in (value.factor, value.shift)
        )
        return replace(value, node=number, factor=factor, shift=shift)

    def add(self, first: Value, second: Value) -> Value:
        """Sum of two values of one shape.

        Parameters
        ----------
        first, second
            The values.
        """
        return of_node(self._append(Add(), self.node(first), self.node(second)))

    def network(self, value: Value) -> StoredNetwork:
        """The network, with a value as its class scores.

        Parameters
        ----------
        value
            The scores.

        Raises
        ------
        NetworkError
            They are none, or a layer is to be real that is not there.
        """
        wanted = self._wanted
        for name in wanted.real_layers:
            if name.partition("#")[0] not in self._layers:
                raise NetworkError(f"real_layers: no layer {name!r}; {close_matches(name, self._layers)}")
        last = self.node(value)
        require(last != INPUT, "it computes nothing")
        nodes = needed(self._nodes, last)
        if wanted.weights is None:
            nodes = of_one_kind(nodes)
        return StoredNetwork(
            name=wanted.name, dataset=wanted.dataset, input_shape=wanted.input_shape, nodes=tuple(nodes)
        )

    def _append(self, op: AbstractOp, *inputs: int) -> int:
        given = [self._wanted.input_shape if number == INPUT else self._shapes[number] for number in inputs]
        self._shapes.append(op.shape(*given))
        self._nodes.append(Node(op=op, inputs=inputs))
        return len(self._nodes) - 1
