"""Softmax pooling: smooth, and close to max-pooling where one unit of a window stands out.

References
----------
A. Laborieux, F. Zenke, Holomorphic equilibrium propagation computes exact gradients through finite size oscillations,
NeurIPS 2022, arXiv 2209.00530; code Laborieux-Axel/holomorphic_eqprop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.pooling.pool import AbstractPool, Context
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class SoftmaxPool(AbstractPool):
    """Mean of each window, weighted by softmax(sharpness · values).

    Parameters
    ----------
    window
        Units a side.
    sharpness
        0 is average pooling; large values come close to max-pooling.
    """

    name: ClassVar[str] = "softmax"
    contextual: ClassVar[bool] = True
    window: int = 2
    sharpness: float = 1.0

    def __call__(self, sums: torch.Tensor) -> tuple[torch.Tensor, Context]:
        """The means, and the derivative of each by the units of its window, (batch, channels, height, width, units)."""
        values = self._windows(sums)
        shares = torch.softmax(self.sharpness * values, -1)
        pooled = (shares * values).sum(-1)
        return pooled, (shares * (1 + self.sharpness * (values - pooled.unsqueeze(-1))),)

    def back(self, drive: torch.Tensor, context: Context) -> torch.Tensor:
        """Each value to the units of its window, times the derivative."""
        (slopes,) = context
        spread = drive.unsqueeze(-1) * slopes
        batch, channels, height, width, _ = spread.shape
        side = self.window
        whole = spread.view(batch, channels, height, width, side, side).transpose(3, 4)
        return whole.reshape(batch, channels, height * side, width * side)

    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """Sum over each window of the derivative times the change."""
        (slopes,) = context
        return (self._windows(change) * slopes).sum(-1)

    def _windows(self, sums: torch.Tensor) -> torch.Tensor:
        """(batch, channels, height / window, width / window, units of a window)."""
        batch, channels, height, width = sums.shape
        side = self.window
        cut = sums.reshape(batch, channels, height // side, side, width // side, side)
        return cut.transpose(3, 4).flatten(4)
