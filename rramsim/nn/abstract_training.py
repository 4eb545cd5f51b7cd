"""What the training of every network is: a task that knows what it was asked for, and reads what it made back."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.runs.task import AbstractTask

N = TypeVar("N", bound=AbstractNetwork)


class AbstractTraining(AbstractTask[N], Generic[N]):
    """Training of one network. Its id holds the version of torch, which may round otherwise; its recipe does not."""

    @property
    @abstractmethod
    def recipe(self) -> str:
        """SHA-256 of what is asked for: recipe, data, seed and version of rramsim."""

    @abstractmethod
    def parse(self, content: bytes) -> N:
        """Read back what :meth:`~rramsim.nn.abstract_network.AbstractNetwork.content` gave of such a network.

        Parameters
        ----------
        content
            Of a file.

        Raises
        ------
        NetworkError
            It is damaged, or is no such network.
        """

    @abstractmethod
    def named(self, network: N) -> N:
        """A network of this recipe with what is no part of its identity, as it is asked for.

        Parameters
        ----------
        network
            What a training of this recipe made.
        """
