"""The energy E of a network, and how it and the primitive function Φ become each other.

The two ways in which equilibrium propagation is written are one. *Discrete*: a state goes to the derivative of a
primitive function, s ← ∂Φ/∂s (and an activation is put around it). *Real time*: a state goes down an energy,
ds/dt = −∂E/∂s. One step of length δ down E is s − δ ∂E/∂s, which is the derivative of

    Φ(s) = ‖s‖² / 2 − δ E(s),    so    E(s) = (‖s‖² / 2 − Φ(s)) / δ.

The rest states are the same: ∂Φ/∂s = s where ∂E/∂s = 0. So are estimates: a nudge adds β L to E and takes δ β L from
Φ, and ∂E/∂θ = −(1/δ) ∂Φ/∂θ. With δ = 1 the quadratic term of E is gone from Φ, and what is left are the products of
states and drives that :mod:`rramsim.eqprop.primitive` adds up.

References
----------
B. Scellier, Y. Bengio, Equilibrium propagation: bridging the gap between energy-based models and backpropagation,
Frontiers in Computational Neuroscience 11, 24, 2017, doi 10.3389/fncom.2017.00024.

A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674; the relation is the authors' answer to issue 1 of their repository.
"""

from __future__ import annotations

from collections.abc import Mapping

from rramsim.eqprop.network import Network
from rramsim.eqprop.primitive import primitive
from rramsim.torch_backend import torch


def energy(
    network: Network,
    parameters: Mapping[str, torch.Tensor],
    inputs: torch.Tensor,
    state: tuple[torch.Tensor, ...],
) -> torch.Tensor:
    r"""E = ‖s‖² / 2 − Φ, (batch,): of the rates ρ(s) in real time, of the states themselves in discrete time.

    Parameters
    ----------
    network
        The network.
    parameters
        Its parameters.
    inputs
        (batch, \*shape of an image).
    state
        Of each layer, without the input.

    Raises
    ------
    NetworkError
        Weights of the two directions are separate: there is no energy.
    """
    rates = state
    if network.dynamics.activated:
        rates = tuple(function(layer) for function, layer in zip(network.functions, state, strict=True))
    return energy_of(primitive(network, parameters, inputs, rates), state)


def energy_of(phi: torch.Tensor, state: tuple[torch.Tensor, ...], step: float = 1.0) -> torch.Tensor:
    """Energy whose steps a primitive function makes, (batch,).

    Parameters
    ----------
    phi
        Values of the primitive function, (batch,).
    state
        Of each layer.
    step
        Length δ of a step.
    """
    return (_half_square(state) - phi) / step


def primitive_of(found: torch.Tensor, state: tuple[torch.Tensor, ...], step: float = 1.0) -> torch.Tensor:
    """Primitive function whose derivative is a step down an energy, (batch,).

    Parameters
    ----------
    found
        Values of the energy, (batch,).
    state
        Of each layer.
    step
        Length δ of the step.
    """
    return _half_square(state) - step * found


def _half_square(state: tuple[torch.Tensor, ...]) -> torch.Tensor:
    squares: list[torch.Tensor] = [layer.flatten(1).square().sum(1) for layer in state]
    return torch.stack(squares).sum(0) / 2
