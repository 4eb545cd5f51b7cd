"""Bit-planes wherever weights and activations are binary or ternary, torch elsewhere: the same scores, sooner."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.engines.bitplanes import BitPlanes
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.engines.plan import Block, Plan, make_plan
from rramsim.nn.engines.products import activated, conv2d, max_pool, packed
from rramsim.nn.engines.synapses import RealSynapses
from rramsim.nn.engines.weights import PackedWeights
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.network import INPUT, StoredNetwork
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.op import Shape
from rramsim.nn.ops.pool import MaxPool
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.torch_backend import torch

Value: TypeAlias = "torch.Tensor | BitPlanes"


class PackedEngine(AbstractEngine):
    """Runs a network on bit-planes.

    Where a layer of stored weights sees binary or ternary activations, its sums are population counts of words, and
    what follows, up to the next such activation, is a threshold on them. All else runs in torch.

    Parameters
    ----------
    network
        The network.
    threads
        How many share the work; each of them has torch's own besides, which are best one.
    """

    def __init__(self, network: StoredNetwork, *, threads: int = 1) -> None:
        self._network, self._threads = network, threads
        self._plan: Plan = make_plan(network)
        self._stored: dict[int, PackedWeights | RealSynapses] = {
            number: self._pack(number, op) if number in self._plan.packed else RealSynapses(op, threads)
            for number, op in network.stored
        }
        self._misread: list[Misreads] = []
        self._before: list[NDArray[np.int8]] = []

    def scores(self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None) -> NDArray[np.float32]:
        """Class scores."""
        self._read(misreads or [])
        return self._scores(self._run({INPUT: torch.from_numpy(images)}, range(len(self._network.nodes))))

    def scores_of_each(
        self, images: NDArray[np.float32], maps: Sequence[Sequence[Misreads]]
    ) -> Iterator[NDArray[np.float32]]:
        """Class scores of the same images under several fault maps; what does not differ is worked out once.

        That is all before the first stored weights, and the sums that these give: of real values, misreads add to
        them what they change.
        """
        plan, numbers = self._plan, range(len(self._network.nodes))
        self._read([])
        values: dict[int, Value] = {INPUT: torch.from_numpy(images)}
        values = self._run(values, [number for number in numbers if number not in plan.varying], keep=True)
        first = {
            number: stored.clean_sums(self._real(values, self._network.nodes[number].inputs[0]))
            for number, stored in self._stored.items()
            if isinstance(stored, RealSynapses) and self._network.nodes[number].inputs[0] not in plan.varying
        }
        order = list(self._stored)
        for misreads in maps:
            self._read(misreads)
            for number, sums in first.items():
                seen = self._real(values, self._network.nodes[number].inputs[0])
                values[number] = self._real_synapses(number).sums_from(sums, seen, misreads[order.index(number)])
            rest = [number for number in numbers if number in plan.varying and number not in first]
            yield self._scores(self._run(dict(values), rest, keep=True))

    def _pack(self, number: int, op: AbstractSynapses) -> PackedWeights:
        """Weights for bit-planes: a fully connected layer on what was flattened is a convolution of one place."""
        assert op.kind is not None  # what is packed is stored
        if isinstance(op, Convolution):
            return PackedWeights(op.weights, op.kind, op.groups)
        return PackedWeights(
            op.weights.reshape(op.outputs, *self._unflattened(self._network.nodes[number].inputs[0])), op.kind
        )

    def _unflattened(self, number: int) -> Shape:
        """Shape of a value before it was flattened."""
        while isinstance(self._network.nodes[number].op, Flatten):
            number = self._network.nodes[number].inputs[0]
        return self._network.shapes[number]

    def _real_synapses(self, number: int) -> RealSynapses:
        stored = self._stored[number]
        assert isinstance(stored, RealSynapses)
        return stored

    def _read(self, misreads: Sequence[Misreads]) -> None:
        """Put misreads in place of those that were there; the same ones stay."""
        if len(misreads) == len(self._misread) and all(map(operator.is_, misreads, self._misread)):
            return
        for stored, found, before in zip(self._stored.values(), self._misread, self._before, strict=False):
            stored.misread(found.positions, before)
        self._misread, self._before = [], []
        for stored, found in zip(self._stored.values(), misreads, strict=bool(misreads)):
            self._before.append(stored.misread(found.positions, found.values))
            self._misread.append(found)

    def _run(self, values: dict[int, Value], numbers: Sequence[int], *, keep: bool = False) -> dict[int, Value]:
        """Work out the values of some nodes; those that no later one takes are dropped unless all are kept."""
        plan, nodes = self._plan, self._network.nodes
        for number in numbers:
            if number in plan.within:
                continue
            block = plan.blocks.get(number)
            taken = nodes[block.begin].inputs if block and block.begin in plan.within else nodes[number].inputs
            with torch.no_grad():
                values[number] = self._block(values, block) if block else self._value(values, number)
            for other in {*taken, *([block.begin] if block else [])}:
                if not keep and plan.last[other] <= number:
                    values.pop(other, None)
        return values

    def _value(self, values: dict[int, Value], number: int) -> Value:
        """Value of a node that is no activation."""
        node = self._network.nodes[number]
        given = values[node.inputs[0]]
        if isinstance(given, BitPlanes):
            stored = self._stored.get(number)
            if isinstance(stored, PackedWeights):
                stride, padding = _steps(node.op)
                sums = conv2d(
                    given.regrouped(stored.groups), stored, stride=stride, padding=padding, threads=self._threads
                )
                real = np.ascontiguousarray(sums, np.float32)
                return torch.from_numpy(real.reshape(len(real), *self._network.shapes[number]))
            if isinstance(node.op, MaxPool):
                return self._pool(given, node.op, None)
            if isinstance(node.op, Flatten):
                return given
        real_given = [self._real(values, other) for other in node.inputs]
        stored = self._stored.get(number)
        return stored.sums(real_given[0]) if isinstance(stored, RealSynapses) else node.op.run(*real_given)

    def _block(self, values: dict[int, Value], block: Block) -> BitPlanes:
        """Activations, from sums or from what gives them."""
        thresholds, threads = block.thresholds, self._threads
        node = self._network.nodes[block.begin] if block.begin in self._plan.within else None
        stored = self._stored.get(block.begin)
        sums = values.get(block.begin)
        if node is None or sums is not None:
            real = sums if isinstance(sums, torch.Tensor) else self._real(values, block.begin)
            made = packed(real.numpy(), thresholds, threads=threads)
        elif isinstance(stored, PackedWeights):
            given = values[node.inputs[0]]
            assert isinstance(given, BitPlanes)  # by the plan
            stride, padding = _steps(node.op)
            given = given.regrouped(stored.groups)
            made = activated(given, stored, thresholds, stride=stride, padding=padding, threads=threads)
        else:
            assert isinstance(stored, RealSynapses)  # by the plan
            made = stored.activations(self._real(values, node.inputs[0]), thresholds)
        for pool, before in block.pools:
            made = self._pool(made, pool, block.thresholds.falling if before else None)
        return made

    def _pool(self, given: BitPlanes, pool: MaxPool, least: NDArray[np.bool_] | None) -> BitPlanes:
        size, stride = _two(pool.size, 1), _two(pool.stride, 1)
        return max_pool(given, size, stride, least=least, threads=self._threads)

    def _real(self, values: dict[int, Value], number: int) -> torch.Tensor:
        """A value as float32."""
        value = values[number]
        if isinstance(value, torch.Tensor):
            return value.contiguous()  # as torch alone has it: real sums depend on their order
        return torch.from_numpy(value.values()).reshape(-1, *self._network.shapes[number])

    def _scores(self, values: dict[int, Value]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = self._real(values, len(self._network.nodes) - 1).numpy()
        return scores


def _two(sizes: tuple[int, ...], filler: int) -> tuple[int, int]:
    """Along both axes of bit-planes, the first of which a signal does not have."""
    return (filler, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


def _steps(op: object) -> tuple[tuple[int, int], tuple[int, int]]:
    """Stride and padding."""
    return (_two(op.stride, 1), _two(op.padding, 0)) if isinstance(op, Convolution) else ((1, 1), (0, 0))
