"""Normal distribution around a mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal(AbstractMarginal):
    """x = mean + sigma z.

    Parameters
    ----------
    sigma
        Standard deviation, not negative, in the unit of the source.
    mean
        Mean, in the same unit.

    Raises
    ------
    InputError
        A value is not finite, or sigma is negative.
    """

    sigma: float
    mean: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.sigma) and self.sigma >= 0 and math.isfinite(self.mean)):
            raise InputError(f"a normal distribution needs a finite mean and sigma >= 0, got {self!r}")

    def value(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value for standard-normal values.

        Parameters
        ----------
        z
            Standard-normal values [1], any shape.
        """
        return np.asarray(self.mean + self.sigma * z)

    def standard(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard-normal values of values.

        Parameters
        ----------
        value
            In the unit of the source, any shape.
        """
        return np.asarray((value - self.mean) / self.sigma)

    @property
    def spread(self) -> float:
        """The standard deviation."""
        return self.sigma

    @property
    def identity(self) -> list[str | float]:
        """Name, mean and standard deviation."""
        return ["normal", self.mean, self.sigma]
