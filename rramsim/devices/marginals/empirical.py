"""Distribution of measured values: quantiles of the data between two thresholds, and a fitted tail beyond each.

All in the logarithm x = ln(value). The body is a monotone cubic through quantiles of the data at standard-normal values
that are equally far apart; both tails are of one model. How far other data of the same number might have led is told by
a parametric bootstrap: values are drawn from the fit and fitted anew.

References
----------
F. N. Fritsch, R. E. Carlson, Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17, 238 (1980), doi
10.1137/0717021.

B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, Chapman & Hall 1993, ch. 6, ISBN 978-0412042317.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.devices.marginals.measured import AbstractMeasured
from rramsim.devices.marginals.tails import TAILS, AbstractTail
from rramsim.errors import InputError
from rramsim.streams import stream

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]

RESAMPLES = 200
#: A tail is fitted to so many values at least.
LEAST_EXCEEDANCES = 20
LARGEST_PART = 0.25

_METHOD = 1  # of the fit; raise it when the same data are to give another distribution
_KNOTS = (9, 65)  # of the body, at least and at most
# ln of what a simulator is given at most and at least: a heavy tail goes on for ever.
_LOW, _HIGH = math.log(1e-3), math.log(1e16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Measured values.

    Parameters
    ----------
    logs
        Their logarithms, in rising order, shape (n,).
    digest
        SHA-256 of them: samples are equal if they hold the same.
    """

    logs: Array = field(compare=False, repr=False)
    digest: str

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.logs.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spliced(AbstractMarginal):
    """Quantile function of a logarithm: a body between two tails.

    Parameters
    ----------
    z, x
        Standard-normal values of the body's knots and their logarithms, both rising.
    lower, upper
        Tails beyond the first and the last knot.
    """

    z: tuple[float, ...]
    x: tuple[float, ...]
    lower: AbstractTail
    upper: AbstractTail

    @classmethod
    def fitted(cls, logs: Array, tail: type[AbstractTail], part: float) -> Spliced:
        """Fit logarithms.

        Parameters
        ----------
        logs
            In rising order, shape (n,).
        tail
            Model of both tails.
        part
            Of the values that lie in each of them [1].
        """
        from scipy.special import ndtr, ndtri

        count = int(np.clip(round(2 * math.sqrt(logs.size)), *_KNOTS)) // 2 * 2 + 1  # one of them at the median
        z = float(ndtri(part)) * np.linspace(1, -1, count)
        x = np.quantile(logs, ndtr(z), method="median_unbiased")
        below, above = x[0] - logs[logs < x[0]], logs[logs > x[-1]] - x[-1]
        return cls(
            z=tuple(z.tolist()), x=tuple(x.tolist()), lower=tail.fitted(below, part), upper=tail.fitted(above, part)
        )

    def logarithm(self, z: Array) -> Array:
        """Logarithms of the values.

        Parameters
        ----------
        z
            Standard-normal values [1], any shape.
        """
        first, last = self.z[0], self.z[-1]
        body = self._body(np.clip(z, first, last))
        below = self.lower.excess(np.maximum(-z, -first))
        above = self.upper.excess(np.maximum(z, last))
        return np.asarray(np.clip(np.where(z < first, self.x[0] - below, np.where(z > last, self.x[-1] + above, body)),
                                  _LOW, _HIGH))  # fmt: skip

    def value(self, z: Array) -> Array:
        """Value for standard-normal values."""
        return np.asarray(np.exp(self.logarithm(z)))

    def standard(self, value: Array) -> Array:
        """Standard-normal values of values; the body, which is monotone, is inverted on a fine grid.

        Parameters
        ----------
        value
            Any shape, above 0.
        """
        x = np.log(value)
        grid = np.linspace(self.z[0], self.z[-1], 32 * len(self.z))
        body = np.interp(x, self._body(grid), grid)
        below = -self.lower.standard(np.maximum(self.x[0] - x, 0.0))
        above = self.upper.standard(np.maximum(x - self.x[-1], 0.0))
        return np.asarray(np.where(x < self.x[0], below, np.where(x > self.x[-1], above, body)))

    @property
    def spread(self) -> float:
        """Half the difference of the logarithms one standard deviation above and below the median [1]."""
        low, high = self.logarithm(np.array([-1.0, 1.0]))
        return float(high - low) / 2

    @property
    def identity(self) -> list[str | float]:
        """Knots and tails."""
        found: list[str | float] = ["spliced", *self.z, *self.x]
        for tail in (self.lower, self.upper):
            found += [tail.name, *tail.parameters.values()]
        return found

    @property
    def _body(self) -> PchipInterpolator:
        return _interpolated(self.z, self.x)


@lru_cache(maxsize=2 * RESAMPLES)
def _interpolated(z: tuple[float, ...], x: tuple[float, ...]) -> PchipInterpolator:
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(z, x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Empirical(AbstractMeasured):
    """Distribution of a sample.

    Parameters
    ----------
    sample
        What was measured.
    tail
        One of ``rramsim.devices.marginals.tails.TAILS``.
    part
        Of the values that lie in each tail [1].

    Raises
    ------
    InputError
        The model is unknown, the part is out of range, there are too few values, or too many that are equal.
    """

    sample: Sample
    tail: str
    part: float

    def __post_init__(self) -> None:
        if self.tail not in TAILS:
            raise InputError(f"the tail must be one of {', '.join(TAILS)}, got {self.tail!r}")
        if not 0 < self.part <= LARGEST_PART:
            raise InputError(f"each tail must hold a part above 0 and up to {LARGEST_PART}, got {self.part!r}")
        needed = math.ceil(LEAST_EXCEEDANCES / self.part)
        if self.sample.count < needed:
            raise InputError(
                f"{self.sample.count} values are too few: tails of {self.part:g} of them each need {needed}, "
                f"{LEAST_EXCEEDANCES} in each"
            )
        logs = self.sample.logs
        x = np.quantile(logs, [self.part, 1 - self.part], method="median_unbiased")
        for side in (np.unique(logs[logs < x[0]]), np.unique(logs[logs > x[1]])):
            if side.size < LEAST_EXCEEDANCES / 2:
                raise InputError(
                    f"a tail holds {side.size} different values, {LEAST_EXCEEDANCES // 2} are needed: are they cut off "
                    "or rounded?"
                )
        fitted = self.fit
        if min(np.diff(fitted.x)) <= 0:
            raise InputError("too many values are equal: their quantiles do not rise; are they cut off or rounded?")

    @property
    def fit(self) -> Spliced:
        """What was fitted."""
        return _fitted(self)

    def value(self, z: Array) -> Array:
        """Value for standard-normal values."""
        return self.fit.value(z)

    def standard(self, value: Array) -> Array:
        """Standard-normal values of values."""
        return self.fit.standard(value)

    @property
    def spread(self) -> float:
        """Half the difference of the logarithms one standard deviation above and below the median [1]."""
        return self.fit.spread

    @property
    def identity(self) -> list[str | float]:
        """Digest of the data, and how they are fitted; not what comes out, whose last digits a processor may round."""
        return ["empirical", self.sample.digest, self.tail, self.part, float(_METHOD)]

    @property
    def reach(self) -> float:
        """Standard-normal value that one in as many values as there are lies beyond [1]."""
        from scipy.special import ndtri

        return -float(ndtri(1 / self.sample.count))

    @property
    def resamples(self) -> tuple[Spliced, ...]:
        """Fits to as many values drawn from the fit, of a stream of the data's own."""
        return _resampled(self)


@lru_cache(maxsize=32)
def _fitted(marginal: Empirical) -> Spliced:
    return Spliced.fitted(marginal.sample.logs, TAILS[marginal.tail], marginal.part)


@lru_cache(maxsize=32)
def _resampled(marginal: Empirical) -> tuple[Spliced, ...]:
    found = []
    for number in range(RESAMPLES):
        drawn = stream(0, marginal.sample.digest, number).standard_normal(marginal.sample.count)
        logs = np.sort(marginal.fit.logarithm(drawn))
        found.append(Spliced.fitted(logs, TAILS[marginal.tail], marginal.part))
    return tuple(found)
