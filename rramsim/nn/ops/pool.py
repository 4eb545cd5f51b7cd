"""Pooling: what several neighbouring positions have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.nn.ops.op import AbstractOp, Shape, require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool(AbstractOp):
    """A window that moves.

    Parameters
    ----------
    size, stride
        Along each axis, from 1.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]

    def shape(self, *inputs: Shape) -> Shape:
        """(channels, *positions); positions for which the window is not whole are left out."""
        channels, *positions = inputs[0]
        axes = len(self.size)
        given = f"a window of {list(self.size)} in steps of {list(self.stride)}"
        require(axes in {1, 2} and axes == len(self.stride), f"{given} is none over 1 or 2 axes")
        require(min(*self.size, *self.stride) > 0, f"{given} must be from 1")
        fits = len(positions) == axes and all(size <= there for size, there in zip(self.size, positions, strict=True))
        require(fits, f"{given} does not fit into {inputs[0]}")
        found = zip(positions, self.size, self.stride, strict=True)
        return (channels, *((there - size) // step + 1 for there, size, step in found))

    def largest(self, *inputs: float) -> float:
        """The same."""
        return inputs[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPool(_Pool):
    """The greatest value in each window."""

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Pooled."""
        from rramsim.torch_backend import torch

        pool = torch.nn.functional.max_pool1d if len(self.size) == 1 else torch.nn.functional.max_pool2d
        pooled: torch.Tensor = pool(values[0], self.size, self.stride)
        return pooled


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragePool(_Pool):
    """The mean of each window."""

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Pooled."""
        from rramsim.torch_backend import torch

        pool = torch.nn.functional.avg_pool1d if len(self.size) == 1 else torch.nn.functional.avg_pool2d
        pooled: torch.Tensor = pool(values[0], self.size, self.stride)
        return pooled
