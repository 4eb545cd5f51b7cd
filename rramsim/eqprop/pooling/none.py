"""No pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.pooling.pool import AbstractPool, Context
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class NoPool(AbstractPool):
    """Every unit is its own window."""

    name: ClassVar[str] = "none"
    window: int = 1

    def __call__(self, sums: torch.Tensor) -> tuple[torch.Tensor, Context]:
        """The map itself."""
        return sums, ()

    def back(self, drive: torch.Tensor, context: Context) -> torch.Tensor:
        """The drive itself."""
        return drive

    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """The change itself."""
        return change
