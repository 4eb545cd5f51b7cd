"""A network with its weights: each link as the maps that it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.feedback.feedback import BACKWARD, BIAS, WEIGHT, Ends, Tensors
from rramsim.eqprop.feedback.shared import Shared
from rramsim.eqprop.network import Link, Network
from rramsim.torch_backend import torch

_SHARED = Shared()


@dataclass(frozen=True, slots=True)
class Wire:
    """A link with its weights.

    Parameters
    ----------
    link
        The link.
    forward, backward
        What drives the layer behind, and the one before; one and the same object where weights are shared.
    """

    link: Link
    forward: AbstractMap
    backward: AbstractMap


def wires(network: Network, parameters: Mapping[str, torch.Tensor]) -> tuple[Wire, ...]:
    """Every link with its weights, which are seen where they are: they may change in place.

    Parameters
    ----------
    network
        The network.
    parameters
        Its parameters.
    """
    found = []
    for link in network.links:
        weight, bias, pre = (
            parameters[link.parameter(WEIGHT)],
            parameters[link.parameter(BIAS)],
            network.shapes[link.pre],
        )
        forward = link.connection.bind(pre, weight, bias)
        separate = link.connection.bind(pre, parameters[link.parameter(BACKWARD)], None) if link.separate else forward
        found.append(Wire(link, forward, separate))
    return tuple(found)


def contrasts(
    wired: tuple[Wire, ...],
    first: tuple[torch.Tensor, ...],
    second: tuple[torch.Tensor, ...],
    at: tuple[torch.Tensor, ...],
) -> Tensors:
    """What two states differ by for each parameter of the links, summed over the batch.

    With shared weights: derivatives of the primitive function at the second state, less those at the first.

    Parameters
    ----------
    wired
        The links with their weights.
    first, second
        Rates of all layers, the input first; the same input in both.
    at
        Those that they are compared at, where weights are separate.
    """
    found: Tensors = {}
    for wire in wired:
        link, view = wire.link, wire.forward.view
        before, after, here = (Ends(view(rates[link.pre]), rates[link.post]) for rates in (first, second, at))
        if link.pre == 0:  # one object, by which a feedback sees that it did not move
            after = Ends(before.pre, after.post)
        feedback = link.feedback if link.separate else _SHARED
        parts = feedback.contrast(wire.forward, wire.backward, before, after, here)
        found |= {link.parameter(part): value for part, value in parts.items()}
    return found
