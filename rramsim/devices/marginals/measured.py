"""What a marginal offers that comes from somebody's data: how far these reach, and what else they might have given."""

from __future__ import annotations

from abc import abstractmethod

from rramsim.devices.marginals.base import AbstractMarginal


class AbstractMeasured(AbstractMarginal):
    """A marginal of which only a sample is known."""

    @property
    @abstractmethod
    def reach(self) -> float:
        """Largest standard-normal value, to either side, that is not rarer than one of the data [1]."""

    @property
    @abstractmethod
    def resamples(self) -> tuple[AbstractMarginal, ...]:
        """Marginals that other data of the same kind and number might have given; the same ones at every call."""
