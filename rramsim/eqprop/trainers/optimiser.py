"""What every optimiser is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from rramsim.torch_backend import torch

Tensors = dict[str, torch.Tensor]


class AbstractOptimiser(ABC):
    """How parameters change with a gradient.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @abstractmethod
    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """What it remembers, before the first step, by names of its own.

        Parameters
        ----------
        parameters
            Of the network.
        """

    @abstractmethod
    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """Change parameters, and what is remembered, in place.

        Parameters
        ----------
        parameters
            Of the network.
        gradients
            Of the mean loss, by the same names.
        rates
            Learning rates, by the same names.
        memory
            What :meth:`begin` made, as the last step left it.
        """
