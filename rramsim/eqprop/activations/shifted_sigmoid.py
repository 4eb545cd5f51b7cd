"""The logistic function with slope 1 at its middle, x = 1/2.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633; ``sigm`` of its code, ``mysig`` of
Laborieux-Axel/Equilibrium-Propagation.
"""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.torch_backend import torch

_SHIFT = torch.tensor(-2.0)  # without a dimension it takes type and device of what it is added to: one call, not two


class ShiftedSigmoid(AbstractActivation):
    """1 / (1 + exp(−4 (x − 1/2)))."""

    name: ClassVar[str] = "shifted_sigmoid"

    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values."""
        return torch.sigmoid(torch.add(_SHIFT, drive, alpha=4.0, out=out), out=out)

    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """4 σ (1 − σ)."""
        value = self(drive)
        return 4 * value * (1 - value)
