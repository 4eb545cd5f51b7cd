"""Discrete time, the nudge outside the activation.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633; code ernoult/updatesEPgradientsBPTT, 0362f9a.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class NudgeOutside(AbstractDynamics):
    """s ← σ(∂Φ/∂s) − β ∂L/∂s.

    The slope of σ at the output units is left out of the estimate, which is so the gradient of another loss: of one
    whose derivative by the drive of an output unit is ∂L/∂s itself. Of the squared error and σ logistic that is the
    cross-entropy of each unit.
    """

    name: ClassVar[str] = "nudge_outside"
    descends: ClassVar[bool] = False

    def move(
        self,
        activation: AbstractActivation,
        state: torch.Tensor,
        drive: torch.Tensor,
        pull: torch.Tensor | None,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Activation of the drive, and the pull."""
        moved = activation(drive, out)
        return moved if pull is None else torch.add(moved, pull, out=out)
