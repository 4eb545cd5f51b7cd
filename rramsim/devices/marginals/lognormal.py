"""Lognormal distribution around a median.

References
----------
N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions, vol. 1, Wiley 1994, ch. 14.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal(AbstractMarginal):
    """ln x = ln(median) + sigma_ln z.

    Parameters
    ----------
    median
        Median, above 0, in the unit of the source.
    sigma_ln
        Standard deviation of ln x [1], not negative.

    Raises
    ------
    InputError
        A value is out of range.
    """

    median: float
    sigma_ln: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.median) and self.median > 0 and math.isfinite(self.sigma_ln) and self.sigma_ln >= 0):
            raise InputError(f"a lognormal distribution needs a median above 0 and sigma_ln >= 0, got {self!r}")

    def value(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Value for standard-normal values.

        Parameters
        ----------
        z
            Standard-normal values [1], any shape.
        """
        return np.asarray(self.median * np.exp(self.sigma_ln * z))

    def standard(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Standard-normal values of values.

        Parameters
        ----------
        value
            In the unit of the source, any shape.
        """
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(value / self.median) / self.sigma_ln)

    @property
    def spread(self) -> float:
        """Standard deviation of the logarithm [1]."""
        return self.sigma_ln

    @property
    def identity(self) -> list[str | float]:
        """Name, median and standard deviation of the logarithm."""
        return ["lognormal", self.median, self.sigma_ln]
