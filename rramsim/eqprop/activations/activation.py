"""What every activation is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from rramsim.torch_backend import torch


class AbstractActivation(ABC):
    """A function of each unit's drive, by itself.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @abstractmethod
    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values.

        Parameters
        ----------
        drive
            What the units are driven by; unchanged unless it is ``out``.
        out
            Where they are written to; None for a new tensor, which autograd can follow.
        """

    @abstractmethod
    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """Its slopes, of the same shape.

        Parameters
        ----------
        drive
            What the units are driven by.
        """
