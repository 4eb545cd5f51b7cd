"""Discrete time, the nudge inside the activation.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class NudgeInside(AbstractDynamics):
    """s ← σ(∂Φ/∂s − β ∂L/∂s)."""

    name: ClassVar[str] = "nudge_inside"

    def move(
        self,
        activation: AbstractActivation,
        state: torch.Tensor,
        drive: torch.Tensor,
        pull: torch.Tensor | None,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Activation of drive and pull."""
        return activation(drive if pull is None else drive + pull, out)
