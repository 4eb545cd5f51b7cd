"""What every optimiser is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from rramsim.eqprop.stored import StoredWeight
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

Tensors = dict[str, torch.Tensor]


def owners_of(parameters: Mapping[str, torch.Tensor]) -> list[str]:
    """Links, and what else has parameters, in the order of the network.

    Parameters
    ----------
    parameters
        Of a network, in its order.
    """
    return list(dict.fromkeys(owner_of(name) for name in parameters))


def owner_of(name: str) -> str:
    """The link, or whatever else, that has a parameter.

    Parameters
    ----------
    name
        Of the parameter.
    """
    return name.rpartition(".")[0]


class AbstractOptimiser(ABC):
    """How parameters change with a gradient.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @property
    def stores(self) -> WeightKind | None:
        """Symbols that weights have all the time; None for real weights."""
        return None

    def check(self, owners: Sequence[str]) -> None:  # noqa: B027
        """Refuse a network that it has not the settings for.

        Parameters
        ----------
        owners
            Links, and what else has parameters, in the order of the network.

        Raises
        ------
        InputError
            It has those of another number.
        """

    def initial(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """What the network begins with.

        Parameters
        ----------
        parameters
            As they were drawn.
        """
        return dict(parameters)

    def stored(self, parameters: Mapping[str, torch.Tensor], memory: Tensors) -> dict[str, StoredWeight]:
        """Weights as symbols and scales, by the names of the parameters; of real weights none.

        Parameters
        ----------
        parameters
            Of the network.
        memory
            What :meth:`begin` made, as the last step left it.
        """
        return {}

    def changes(self, memory: Tensors) -> dict[str, int]:
        """How many symbols have changed since the beginning, by the names of the parameters; of real weights none.

        Parameters
        ----------
        memory
            What :meth:`begin` made, as the last step left it.
        """
        return {}

    @abstractmethod
    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """What it remembers, before the first step, by names of its own.

        Parameters
        ----------
        parameters
            As they were drawn, in the order of the network.
        """

    @abstractmethod
    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """Change parameters, and what is remembered, in place.

        Parameters
        ----------
        parameters
            Of the network, in its order.
        gradients
            Of the mean loss, by the same names.
        rates
            Learning rates, by the same names.
        memory
            What :meth:`begin` made, as the last step left it.
        """
