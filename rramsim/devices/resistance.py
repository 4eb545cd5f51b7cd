"""Resistance statistics of a memory device in one state: lognormal, or of any other law.

Lognormal: ln R = ln(r_median) + sigma_ln_d2d * z_d2d + sigma_ln_c2c * z_c2c with z standard normal. The
device-to-device (D2D) part stays with a device for the life of a chip, the cycle-to-cycle (C2C) part is new at each
programming. Lognormal spread of both states, widest in the high-resistance state, is what filamentary HfO2 devices
show.

References
----------
D. Bonnet et al., Bringing uncertainty quantification to the extreme-edge with memristor-based Bayesian neural networks,
Nat. Commun. 14, 7530 (2023), doi 10.1038/s41467-023-43317-9.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals import AbstractMarginal, Lognormal
from rramsim.errors import InputError

_FARTHEST = 5.0  # standard-normal value up to which the variance of a law is summed


class AbstractResistance(ABC):
    """Resistance of one state: its median [Ω], and the parts of the standard deviation of ln R [1]."""

    __slots__ = ()

    r_median: float
    sigma_ln_d2d: float
    sigma_ln_c2c: float

    @property
    def sigma_ln(self) -> float:
        """Standard deviation of ln R, both parts together [1]."""
        return math.hypot(self.sigma_ln_d2d, self.sigma_ln_c2c)

    @property
    def kept(self) -> float:
        """Part of the variance of ln R that stays with a device [1]; the rest is new at each programming."""
        return (self.sigma_ln_d2d / self.sigma_ln) ** 2 if self.sigma_ln > 0 else 1.0

    @property
    @abstractmethod
    def marginal(self) -> AbstractMarginal:
        """Distribution of the resistance [Ω] over devices and programmings."""

    @property
    def plain(self) -> dict[str, Any]:
        """Plain values of all that decides what is drawn, by name."""
        return {name: getattr(self, name) for name in ("r_median", "sigma_ln_d2d", "sigma_ln_c2c")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalResistance(AbstractResistance):
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
    def marginal(self) -> Lognormal:
        """Lognormal, with both parts of the spread."""
        return Lognormal(median=self.r_median, sigma_ln=self.sigma_ln)

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
class ShapedResistance(AbstractResistance):
    """Resistance of one state that has a law of its own.

    Parameters
    ----------
    r_median, sigma_ln_d2d, sigma_ln_c2c
        As for :class:`LognormalResistance`; they sum the law up.
    law
        Distribution of the resistance [Ω].
    """

    r_median: float
    sigma_ln_d2d: float
    sigma_ln_c2c: float
    law: AbstractMarginal

    @classmethod
    def of(cls, law: AbstractMarginal, *, d2d: float, c2c: float) -> ShapedResistance:
        """The resistance of a law.

        Parameters
        ----------
        law
            Distribution of the resistance [Ω].
        d2d, c2c
            Variances of ln R from device to device and from one programming to the next, of which the ratio is used:
            the law knows the sum [1].
        """
        from scipy.special import ndtr

        z = np.linspace(-_FARTHEST, _FARTHEST, 2001)
        weights = np.diff(ndtr(np.append(z, z[-1] + z[1] - z[0]) - (z[1] - z[0]) / 2))
        logs = np.log(law.value(z))
        mean = float(weights @ logs)
        variance = float(weights @ (logs - mean) ** 2)
        part = d2d / (d2d + c2c) if d2d + c2c > 0 else 1.0
        return cls(
            r_median=float(law.value(np.zeros(1))[0]),
            sigma_ln_d2d=math.sqrt(part * variance),
            sigma_ln_c2c=math.sqrt((1 - part) * variance),
            law=law,
        )

    @property
    def marginal(self) -> AbstractMarginal:
        """The law."""
        return self.law

    @property
    def plain(self) -> dict[str, Any]:
        """Plain values, those of the law among them."""
        return {"r_median": self.r_median, "sigma_ln_d2d": self.sigma_ln_d2d, "sigma_ln_c2c": self.sigma_ln_c2c,
                "law": self.law.identity}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatistics:
    """Resistance statistics of both states of one device type.

    Raises
    ------
    InputError
        The high-resistance state's median is not above the low-resistance state's.
    """

    lrs: AbstractResistance
    hrs: AbstractResistance

    def __post_init__(self) -> None:
        if self.hrs.r_median <= self.lrs.r_median:
            raise InputError(
                f"the median of hrs ({self.hrs.r_median:g} Ω) must be above the median of lrs ({self.lrs.r_median:g} Ω)"
            )

    @property
    def plain(self) -> dict[str, Any]:
        """Plain values of both states."""
        return {"lrs": self.lrs.plain, "hrs": self.hrs.plain}
