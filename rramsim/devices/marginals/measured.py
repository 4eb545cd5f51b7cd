"""What a marginal offers that comes from somebody's data: how far these reach, and what else they might have given."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from rramsim.devices.marginals.base import AbstractMarginal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class AbstractMeasured(AbstractMarginal):
    """A marginal of which only a sample is known."""

    @abstractmethod
    def standard(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard-normal values of values: the inverse of :meth:`value`.

        Parameters
        ----------
        value
            Values in the unit of the source, any shape.

        Returns
        -------
        numpy.ndarray
            Of that shape [1]; infinite beyond an end of the distribution.
        """

    @property
    @abstractmethod
    def reach(self) -> float:
        """Largest standard-normal value, to either side, that is not rarer than one of the data [1]."""

    @property
    @abstractmethod
    def resamples(self) -> tuple[AbstractMarginal, ...]:
        """Marginals that other data of the same kind and number might have given; the same ones at every call."""
