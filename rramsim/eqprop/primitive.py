"""The primitive function Φ of a network whose weights are shared.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633.
"""

from __future__ import annotations

from collections.abc import Mapping

from rramsim.eqprop.network import Network
from rramsim.eqprop.wiring import wires
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


def primitive(
    network: Network,
    parameters: Mapping[str, torch.Tensor],
    inputs: torch.Tensor,
    rates: tuple[torch.Tensor, ...],
) -> torch.Tensor:
    r"""Φ, (batch,): for each link the product of the state behind with the drive that the one before gives it.

    Parameters
    ----------
    network
        The network.
    parameters
        Its parameters.
    inputs
        (batch, \*shape of an image).
    rates
        What connections see of each layer: its state, or in real time the activation of it.

    Raises
    ------
    NetworkError
        Weights of the two directions are separate: the drives are the derivatives of nothing.
    """
    if not network.reciprocal:
        raise NetworkError("there is no primitive function where forward and backward weights are separate")
    layers = (inputs, *rates)
    found = torch.zeros(len(inputs), dtype=inputs.dtype, device=inputs.device)
    for wire in wires(network, parameters):
        found = found + wire.forward.value(wire.forward.view(layers[wire.link.pre]), layers[wire.link.post])
    return found
