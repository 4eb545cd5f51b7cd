"""What every marginal distribution offers."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray


class AbstractMarginal(ABC):
    """Distribution of one value, as a monotone function of a standard-normal variable. Frozen, equal by its numbers."""

    @abstractmethod
    def value(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value for standard-normal values.

        Parameters
        ----------
        z
            Standard-normal values [1], any shape.

        Returns
        -------
        numpy.ndarray
            Values of that shape, in the unit of the source.
        """

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
    def spread(self) -> float:
        """How far a value moves for one standard deviation around the median [logarithm or unit]; 0 if it is fixed."""

    @property
    @abstractmethod
    def identity(self) -> list[str | float]:
        """Name and numbers, as a task's identity holds them."""
