"""Hyperbolic tangent: that of the checks of the theorems."""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.torch_backend import torch


class Tanh(AbstractActivation):
    """tanh(x)."""

    name: ClassVar[str] = "tanh"

    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values."""
        return torch.tanh(drive, out=out)

    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """1 − tanh²(x)."""
        return 1 - torch.tanh(drive).square()
