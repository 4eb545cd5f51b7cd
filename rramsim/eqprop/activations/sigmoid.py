"""The logistic function."""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.torch_backend import torch


class Sigmoid(AbstractActivation):
    """1 / (1 + exp(−x))."""

    name: ClassVar[str] = "sigmoid"

    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values."""
        return torch.sigmoid(drive, out=out)

    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """σ (1 − σ)."""
        value = torch.sigmoid(drive)
        return value * (1 - value)
