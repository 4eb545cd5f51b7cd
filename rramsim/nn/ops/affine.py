"""One multiplication and one addition a channel: a batch normalisation that is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.ops.op import AbstractOp, Shape, numbers, require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine(AbstractOp):
    """scale · x + shift, rounded after each of the two.

    Parameters
    ----------
    scale, shift
        float32, (channels,).

    Raises
    ------
    NetworkError
        Not as many of the one as of the other, or not finite.
    """

    scale: NDArray[np.float32]
    shift: NDArray[np.float32]

    def __post_init__(self) -> None:
        numbers(self.scale, "scale", ndim=1)
        numbers(self.shift, "shift", ndim=1)
        require(self.scale.shape == self.shift.shape, f"{self.scale.size} scales, but {self.shift.size} shifts")

    def shape(self, *inputs: Shape) -> Shape:
        """The same, of (channels, *positions)."""
        (values,) = inputs
        require(values[0] == self.scale.size, f"{self.scale.size} scales, but its input has shape {values}")
        return values

    def largest(self, *inputs: float) -> float:
        """The greatest channel's."""
        return inputs[0] * float(np.abs(self.scale).max()) + float(np.abs(self.shift).max())

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Scaled and shifted."""
        from rramsim.torch_backend import torch

        shape = (-1, *(1 for _ in values[0].shape[2:]))
        # Two steps: a fused one rounds once, and not every machine has it.
        scaled = values[0] * torch.from_numpy(self.scale).reshape(shape)
        return scaled + torch.from_numpy(self.shift).reshape(shape)
