"""Cross-entropy of the softmax of output units, which are best linear."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.losses.loss import Parameters
from rramsim.eqprop.losses.output_units import AbstractOutputLoss
from rramsim.eqprop.losses.shares import check_shares
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class CrossEntropy(AbstractOutputLoss):
    """−Σ y ln softmax(s)."""

    name: ClassVar[str] = "cross_entropy"

    def check(self, target: torch.Tensor) -> None:
        """Refuse what is no shares of the classes."""
        check_shares(target)

    def values(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """Cross-entropies."""
        return -(target * torch.log_softmax(state, 1)).sum(1)

    def pull(
        self, state: torch.Tensor, target: torch.Tensor, beta: float | torch.Tensor, parameters: Parameters
    ) -> torch.Tensor:
        """β (y − softmax(s)), of targets that add up to 1."""
        return torch.sub(target, torch.softmax(state, 1)).mul_(beta)
