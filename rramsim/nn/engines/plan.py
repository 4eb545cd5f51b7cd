"""What of a network runs on bit-planes, and which operations run as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from rramsim.nn.engines.thresholds import Thresholds, integer_thresholds, real_thresholds
from rramsim.nn.network import INPUT, StoredNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.pool import MaxPool
from rramsim.nn.ops.synapses import AbstractSynapses

_EXACT = 2**24  # sums up to it are exact as float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A binary or ternary activation with what comes just before it: it is pooled, scaled and shifted as a whole.

    Parameters
    ----------
    begin
        Node of the sums.
    end
        Node of the activation.
    thresholds
        On the sums: integer ones where packed synapses give them.
    pools
        Pools in their order, and whether each comes before the scale.
    """

    begin: int
    end: int
    thresholds: Thresholds
    pools: tuple[tuple[MaxPool, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a network runs.

    Parameters
    ----------
    packed
        Nodes of synapses that run on bit-planes.
    bits
        Nodes whose values are bit-planes.
    blocks
        By the node of their activation.
    within
        Nodes that run as a part of a block only.
    varying
        Nodes whose values change with what is misread.
    last
        Number of the last node with which each value is taken.
    """

    packed: frozenset[int]
    bits: frozenset[int]
    blocks: dict[int, Block]
    within: frozenset[int]
    varying: frozenset[int]
    last: dict[int, int]


def make_plan(network: StoredNetwork) -> Plan:
    """Plan a network.

    Parameters
    ----------
    network
        The network.
    """
    nodes = network.nodes
    uses = Counter(other for node in nodes for other in node.inputs)
    bits: set[int] = set()
    packed: set[int] = set()
    varying: set[int] = set()
    for number, node in enumerate(nodes):
        op, (first, *_) = node.op, node.inputs
        if isinstance(op, AbstractSynapses) and op.kind is not None:
            varying.add(number)
            if first in bits and op.fan_in <= _EXACT:
                packed.add(number)
        elif varying.intersection(node.inputs):
            varying.add(number)
        if (isinstance(op, Activate) and op.to != "real") or (isinstance(op, MaxPool | Flatten) and first in bits):
            bits.add(number)
    blocks = {
        number: _block(network, number, packed, uses)
        for number, node in enumerate(nodes)
        if isinstance(node.op, Activate) and node.op.to != "real"
    }
    stored = {number for number, _ in network.stored}
    runs = {number: number for number in range(len(nodes))}
    for block in blocks.values():
        number = nodes[block.end].inputs[0]
        while number != block.begin:
            runs[number] = block.end
            number = nodes[number].inputs[0]
        if uses[block.begin] == 1 and block.begin in stored:
            runs[block.begin] = block.end
    last: dict[int, int] = {}
    for number, node in enumerate(nodes):
        last |= {other: max(runs[number], last.get(other, 0)) for other in node.inputs}
    within = frozenset(number for number, run in runs.items() if run != number)
    return Plan(
        packed=frozenset(packed), bits=frozenset(bits), blocks=blocks, within=within, varying=frozenset(varying),
        last=last,
    )  # fmt: skip


def _block(network: StoredNetwork, end: int, packed: set[int], uses: Counter[int]) -> Block:
    """Go back from an activation over what nothing else takes: one scale and any pools."""
    affine: Affine | None = None
    pools: list[tuple[MaxPool, bool]] = []
    begin = network.nodes[end].inputs[0]
    while begin != INPUT and uses[begin] == 1:
        op = network.nodes[begin].op
        if isinstance(op, MaxPool):
            pools.insert(0, (op, affine is not None))
        elif isinstance(op, Affine) and affine is None:
            affine = op
        else:
            break
        begin = network.nodes[begin].inputs[0]
    channels = (network.input_shape if begin == INPUT else network.shapes[begin])[0]
    scale = np.ones(channels, np.float32) if affine is None else affine.scale
    shift = np.zeros(channels, np.float32) if affine is None else affine.shift
    op = network.nodes[end].op
    ternary = isinstance(op, Activate) and op.to == "ternary"
    if begin in packed and uses[begin] == 1:
        synapses = network.nodes[begin].op
        assert isinstance(synapses, AbstractSynapses)  # what is packed is
        thresholds = integer_thresholds(scale, shift, ternary=ternary, limit=synapses.fan_in)
    else:
        thresholds = real_thresholds(scale, shift, ternary=ternary)
    return Block(begin=begin, end=end, thresholds=thresholds, pools=tuple(pools))
