"""What the clipped activations have in common: straight between two values."""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.torch_backend import torch


class AbstractClipped(AbstractActivation):
    """clip(slope · x, lowest, highest).

    Attributes
    ----------
    lowest, highest
        Where it is flat.
    slope
        Of the straight part.
    """

    lowest: ClassVar[float]
    highest: ClassVar[float]
    slope: ClassVar[float] = 1.0

    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values."""
        steep = drive if self.slope == 1 else torch.mul(drive, self.slope, out=out)
        return torch.clamp(steep, self.lowest, self.highest, out=out)

    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """The slope where it is straight, its two ends included as autograd has them; 0 elsewhere."""
        steep = drive * self.slope
        return ((steep >= self.lowest) & (steep <= self.highest)).to(drive.dtype) * self.slope
