"""Layers of weights of a network that settles, as a mapping into arrays counts them.

An array that holds the weights of a link serves both directions: the transposed drive uses the same stored weights. An
inference uses a weight once where the input drives, since it does not move, and else once a step in each direction, at
each place of a kernel. That is what ``reads`` of ``mapping.csv`` counts; ``reads_held`` counts one read of each weight,
for a circuit that keeps what it read until the network has settled. Accuracies under errors take the latter: all steps
of a free phase see the same misreads.
"""

from __future__ import annotations

from collections.abc import Mapping

from rramsim.eqprop.connections.connection import Shape
from rramsim.eqprop.feedback.feedback import BACKWARD, WEIGHT
from rramsim.eqprop.network import Network
from rramsim.eqprop.stored import is_weight
from rramsim.nn.mapping.layers import WeightLayer
from rramsim.nn.ops.synapses import Weights
from rramsim.weights import Weight, WeightKind


def stored_names(network: Network) -> list[str]:
    """Names of the parameters that arrays store: weights of links, separate backward ones, those of a readout.

    Parameters
    ----------
    network
        The network.
    """
    found = []
    for link in network.links:
        found += [link.parameter(WEIGHT)] + ([link.parameter(BACKWARD)] if link.separate else [])
    return found + list(_readout(network))


def _readout(network: Network) -> dict[str, Shape]:
    """Weights of the loss itself, by name."""
    own = network.loss.shapes(network.shapes[-1])
    return {name: shape for name, shape in own.items() if is_weight(name)}


def link_layers(
    network: Network, kind: WeightKind | None, *, steps: int, weights: Mapping[str, Weights] | None = None
) -> list[WeightLayer]:
    """Layers of weights in the order of :func:`stored_names`.

    Parameters
    ----------
    network
        The network.
    kind
        The set of its weights; None for real ones.
    steps
        Of the free phase, at most.
    weights
        By the names of the parameters; None where they are not known yet.

    Raises
    ------
    NetworkError
        More weights, or uses of them, than can be counted.
    """
    found = []
    for link in network.links:
        pre = network.shapes[link.pre]
        backwards = steps if link.pre else 0
        forwards = steps if link.pre else 1
        uses = {WEIGHT: forwards + (0 if link.separate else backwards), BACKWARD: backwards}
        for part in (WEIGHT, BACKWARD) if link.separate else (WEIGHT,):
            found.append(
                WeightLayer(
                    called=link.connection.name, shape=link.connection.weight_shape(pre), kind=kind,
                    positions=link.connection.positions(pre) * uses[part],
                    counts=_counts(kind, weights, link.parameter(part)),
                )
            )  # fmt: skip
    found += [
        WeightLayer(called="dense", shape=shape, kind=kind, positions=1, counts=_counts(kind, weights, name))
        for name, shape in _readout(network).items()
    ]
    return found


def _counts(kind: WeightKind | None, weights: Mapping[str, Weights] | None, name: str) -> dict[Weight, int] | None:
    if kind is None or weights is None:
        return None
    return {one: int((weights[name] == one.number).sum()) for one in kind.programmed}
