"""What every loss is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from rramsim.eqprop.connections.connection import Shape
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

Parameters = Mapping[str, torch.Tensor]


class AbstractLoss(ABC):
    """A loss of the state of the last layer, for each image.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @abstractmethod
    def classes(self, last: Shape) -> int:
        """Length of a target.

        Parameters
        ----------
        last
            Shape of the last layer.

        Raises
        ------
        NetworkError
            It takes no such layer.
        """

    def shapes(self, last: Shape) -> dict[str, Shape]:
        """Shapes of parameters of its own, weights first, by their names.

        Parameters
        ----------
        last
            Shape of the last layer.
        """
        return {}

    def check(self, target: torch.Tensor) -> None:
        """Refuse targets that it is not defined for: those that are not finite.

        Parameters
        ----------
        target
            (batch, classes).

        Raises
        ------
        NetworkError
            They are none.
        """
        if not bool(torch.isfinite(target).all()):
            raise NetworkError("targets have values that are not finite")

    @abstractmethod
    def values(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """Its values, (batch,).

        Parameters
        ----------
        state
            Of the last layer.
        target
            (batch, classes).
        parameters
            Of the network, its own among them.
        """

    @abstractmethod
    def pull(
        self, state: torch.Tensor, target: torch.Tensor, beta: float | torch.Tensor, parameters: Parameters
    ) -> torch.Tensor:
        """What the last layer is nudged with: −β · derivative by its state, of that shape; a new tensor.

        Parameters
        ----------
        state, target, parameters
            As in :meth:`values`.
        beta
            Strength of the nudge, one or (batch, 1).
        """

    def gradient(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> dict[str, torch.Tensor]:
        """Derivatives by parameters of its own, summed over the batch.

        Parameters
        ----------
        state, target, parameters
            As in :meth:`values`.
        """
        return {}

    def scores(self, state: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """Class scores, (batch, classes): the largest is the answer.

        Parameters
        ----------
        state, parameters
            As in :meth:`values`.
        """
        return state
