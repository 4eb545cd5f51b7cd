"""What every pooling is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

Context: TypeAlias = tuple[torch.Tensor, ...]


class AbstractPool(ABC):
    """Windows that do not overlap become one value each.

    Its derivative at a map is a linear function of maps, given by a *context*: which unit of a window counts how much.
    ``back`` applies it from pooled to whole maps (for a drive that comes back), ``tangent`` from whole to pooled ones.

    Attributes
    ----------
    name
        As settings have it.
    contextual
        Whether the derivative depends on the map; if not, its context is ().
    """

    name: ClassVar[str]
    contextual: ClassVar[bool] = False
    window: int

    def size(self, size: int) -> int:
        """Height or width of the pooled map.

        Parameters
        ----------
        size
            Of the map.

        Raises
        ------
        NetworkError
            Windows do not cover it: units at the edge would drive nothing, in silence.
        """
        if size < self.window or size % self.window:
            raise NetworkError(
                f"{self.name} pooling of {self.window} × {self.window} does not divide a map of {size} units a side; "
                f"choose a padding or a kernel that makes it a multiple of {self.window}"
            )
        return size // self.window

    @abstractmethod
    def __call__(self, sums: torch.Tensor) -> tuple[torch.Tensor, Context]:
        """The pooled map, and the context of its derivative.

        Parameters
        ----------
        sums
            (batch, channels, height, width).
        """

    @abstractmethod
    def back(self, drive: torch.Tensor, context: Context) -> torch.Tensor:
        """Transpose of the derivative: a map of the size of the sums.

        Parameters
        ----------
        drive
            Pooled map, (batch, channels, height, width).
        context
            Of the map where the derivative is taken.
        """

    @abstractmethod
    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """The derivative: how the pooled map changes with the sums, to first order.

        Parameters
        ----------
        change
            Of the sums, (batch, channels, height, width).
        context
            Of the map where the derivative is taken.
        """
