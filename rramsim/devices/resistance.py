"""Lognormal resistance statistics of a memory device in one state.

ln R = ln(r_median) + sigma_ln_d2d * z_d2d + sigma_ln_c2c * z_c2c with z standard normal: the device-to-device (D2D)
part stays with a device for the life of a chip, the cycle-to-cycle (C2C) part is new at each programming. Lognormal
spread of both states, widest in the high-resistance state, is what filamentary HfO2 devices show.

References
----------
D. Bonnet et al., Bringing uncertainty quantification to the extreme-edge with memristor-based Bayesian neural networks,
Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalResistance:
    """Resistance of one state.

    Parameters
    ----------
    r_median
        Median resistance [Ω], above 0.
    sigma_ln_d2d
        Standard deviation of ln R from device to device [1], not negative.
    sigma_ln_c2c
        Standard deviation of ln R from one programming to the next [1], not negative.

    Raises
    ------
    InputError
        A value is out of range.

    Examples
    --------
    >>> LognormalResistance(r_median=5e3, sigma_ln_d2d=0.03, sigma_ln_c2c=0.04).sigma_ln
    0.05
    """

    r_median: float
    sigma_ln_d2d: float
    sigma_ln_c2c: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.r_median) and self.r_median > 0):
            raise InputError(f"r_median must be above 0 Ω, got {self.r_median!r}")
        for name in ("sigma_ln_d2d", "sigma_ln_c2c"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise InputError(f"{name} must not be negative, got {value!r}")

    @property
    def sigma_ln(self) -> float:
        """Standard deviation of ln R, both parts together [1]."""
        return math.hypot(self.sigma_ln_d2d, self.sigma_ln_c2c)

    def resistance(self, z_d2d: NDArray[np.float64], z_c2c: NDArray[np.float64]) -> NDArray[np.float64]:
        """Resistance for standard-normal draws.

        Parameters
        ----------
        z_d2d, z_c2c
            Standard-normal values [1], of the same shape.

        Returns
        -------
        numpy.ndarray
            Resistance [Ω], of that shape.
        """
        return self.r_median * np.exp(self.sigma_ln_d2d * z_d2d + self.sigma_ln_c2c * z_c2c)

    def cdf(self, resistance: float) -> float:
        """Probability that a device lies at or below a resistance [1].

        Parameters
        ----------
        resistance
            The resistance [Ω], above 0.
        """
        distance = math.log(resistance / self.r_median)
        if self.sigma_ln == 0:
            return float(distance >= 0)
        from scipy.special import ndtr

        return float(ndtr(distance / self.sigma_ln))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatistics:
    """Resistance statistics of both states of one device type.

    Raises
    ------
    InputError
        The high-resistance state's median is not above the low-resistance state's.
    """

    lrs: LognormalResistance
    hrs: LognormalResistance

    def __post_init__(self) -> None:
        if self.hrs.r_median <= self.lrs.r_median:
            raise InputError(
                f"the median of hrs ({self.hrs.r_median:g} Ω) must be above the median of lrs ({self.lrs.r_median:g} Ω)"
            )
