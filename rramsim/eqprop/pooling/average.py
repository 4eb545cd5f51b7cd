"""Average pooling: linear, so that the bias of an estimate falls as theory says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.pooling.pool import AbstractPool, Context
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class AveragePool(AbstractPool):
    """Mean of each window.

    Parameters
    ----------
    window
        Units a side.
    """

    name: ClassVar[str] = "average"
    window: int = 2

    def __call__(self, sums: torch.Tensor) -> tuple[torch.Tensor, Context]:
        """The means."""
        return torch.nn.functional.avg_pool2d(sums, self.window), ()

    def back(self, drive: torch.Tensor, context: Context) -> torch.Tensor:
        """Each value to all units of its window, in equal shares."""
        shares = drive / self.window**2
        return shares.repeat_interleave(self.window, 3).repeat_interleave(self.window, 2)  # whole rows last: faster

    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """The means of the change."""
        return torch.nn.functional.avg_pool2d(change, self.window)
