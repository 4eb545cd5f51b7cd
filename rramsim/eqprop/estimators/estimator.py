"""What every estimator is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

from rramsim.eqprop.estimators.phases import Estimate, Phases
from rramsim.eqprop.problem import Problem
from rramsim.torch_backend import torch


class AbstractEstimator(ABC):
    """A way to the gradient of the mean loss of a batch.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @property
    def phased(self) -> bool:
        """Whether it is a free and some nudged phases, each of which may see other weights."""
        return False

    @property
    def joins(self) -> bool:
        """Whether it nudges to both sides at once, in phases that can be one batch."""
        return False

    @property
    def weights_stay(self) -> bool:
        """Whether weights are the same from the beginning to the end of it."""
        return True

    @abstractmethod
    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it; parameters are as they were, whatever happened to them on the way.

        Parameters
        ----------
        problem
            What is asked.
        phases
            How long the network settles, and how strongly it is nudged.
        generator
            Draws what there is to draw, on the processor; only estimators that draw need it.

        Raises
        ------
        NetworkError
            The network diverges, or is none that the estimator is for.
        """

    def at(self, rates: Mapping[str, float]) -> Self:
        """The estimator at other learning rates, for those that change weights themselves.

        Parameters
        ----------
        rates
            By the names of parameters.
        """
        return self
