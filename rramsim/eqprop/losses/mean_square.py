"""Squared error of output units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.losses.loss import Parameters
from rramsim.eqprop.losses.output_units import AbstractOutputLoss
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class MeanSquare(AbstractOutputLoss):
    """‖s − y‖² / 2."""

    name: ClassVar[str] = "mse"

    def values(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """Half of the summed squares."""
        return (state - target).square().sum(1) / 2

    def pull(
        self, state: torch.Tensor, target: torch.Tensor, beta: float | torch.Tensor, parameters: Parameters
    ) -> torch.Tensor:
        """β (y − s)."""
        return torch.sub(target, state).mul_(beta)
