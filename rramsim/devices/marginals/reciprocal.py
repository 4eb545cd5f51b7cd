"""Resistance of a conductance that is normal around its mean."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.errors import InputError

Array = NDArray[np.float64]

_LEAST = 1e-2  # part of the mean that a conductance keeps at least: a device does not become a source
_CLEAR = 4.0  # standard deviations that a mean must be away from 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reciprocal(AbstractMarginal):
    """R = 1 / (mean − sigma z): what conducts less has the higher resistance.

    Parameters
    ----------
    mean
        Mean conductance [S], above 0.
    sigma
        Its standard deviation [S], not negative.

    Raises
    ------
    InputError
        The mean is less than four standard deviations above 0: a normal conductance means nothing there.
    """

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and self.sigma >= 0 and self.mean > _CLEAR * self.sigma):
            raise InputError(
                f"a conductance of {self.mean * 1e6:.3g} µS with a standard deviation of {self.sigma * 1e6:.3g} µS is "
                f"not {_CLEAR:g} of these above 0: it cannot be normal"
            )

    def value(self, z: Array) -> Array:
        """Resistance [Ω] for standard-normal values."""
        return np.asarray(1 / np.maximum(self.mean - self.sigma * z, _LEAST * self.mean))

    def standard(self, value: Array) -> Array:
        """Standard-normal values of resistances [Ω]."""
        with np.errstate(divide="ignore"):
            return np.asarray((self.mean - 1 / value) / self.sigma)

    @property
    def spread(self) -> float:
        """Part of the conductance that a standard deviation is [1]: that of ln R around the median."""
        return self.sigma / self.mean

    @property
    def identity(self) -> list[str | float]:
        """Name, mean and standard deviation."""
        return ["reciprocal", self.mean, self.sigma]
