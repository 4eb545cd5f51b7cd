"""A resistance with something independent on top: the distribution of ln(value) plus a random shift.

P(x + shift <= X) is a sum over the shift's values of P(x <= X − value), exact in both tails because each term is; its
inverse is tabulated over standard-normal values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.devices.marginals.measured import AbstractMeasured

if TYPE_CHECKING:
    from scipy.interpolate import PchipInterpolator

Array = NDArray[np.float64]

_FARTHEST = 12.0  # standard-normal value up to which the inverse is tabulated
_POINTS = 481  # of the base, over these
_SHIFTS = 7  # of its values that the table is refined by
_APART = 1e-9  # standard-normal values that are told apart
NODES = np.linspace(-8.0, 8.0, 129)  # standard-normal values of a shift


class AbstractShift(ABC):
    """A random number that is added to ln(value). Frozen, equal by its numbers."""

    @property
    @abstractmethod
    def nodes(self) -> tuple[Array, Array]:
        """Values [1] and their probabilities, which add up to 1, both of shape (n,)."""

    @property
    @abstractmethod
    def identity(self) -> list[str | float]:
        """Name and numbers."""

    @property
    def variance(self) -> float:
        """Its variance [1]."""
        values, chances = self.nodes
        return float(chances @ (values - chances @ values) ** 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalShift(AbstractShift):
    """mean + sigma z.

    Parameters
    ----------
    mean
        Mean of the shift [1].
    sigma
        Its standard deviation [1], not negative.
    """

    mean: float
    sigma: float

    @property
    def nodes(self) -> tuple[Array, Array]:
        """By the trapezoidal rule, which converges faster than any power for a normal density."""
        weights = np.exp(-(NODES**2) / 2)
        return self.mean + self.sigma * NODES, weights / weights.sum()

    @property
    def identity(self) -> list[str | float]:
        """Name, mean and standard deviation."""
        return ["normal", self.mean, self.sigma]


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolved(AbstractMeasured):
    """Distribution of base · exp(shift), with both independent.

    Parameters
    ----------
    base
        Distribution without the shift, of values above 0.
    shift
        What is added to the logarithm.
    """

    base: AbstractMarginal
    shift: AbstractShift

    def value(self, z: Array) -> Array:
        """Value for standard-normal values."""
        table, (low, high) = _tabulated(self)
        return np.asarray(np.exp(table(np.clip(z, low, high))))

    def standard(self, value: Array) -> Array:
        """Standard-normal values of values."""
        return _standard(self, np.log(value))

    @property
    def spread(self) -> float:
        """Half the difference of the logarithms one standard deviation above and below the median [1]."""
        low, high = np.log(self.value(np.array([-1.0, 1.0])))
        return float(high - low) / 2

    @property
    def identity(self) -> list[str | float]:
        """That of the base and of the shift."""
        return ["convolved", *self.base.identity, *self.shift.identity]

    @property
    def reach(self) -> float:
        """That of the base."""
        return self.base.reach if isinstance(self.base, AbstractMeasured) else np.inf

    @property
    def resamples(self) -> tuple[AbstractMarginal, ...]:
        """The base's, each with the shift; none where the base has none."""
        others = self.base.resamples if isinstance(self.base, AbstractMeasured) else ()
        return tuple(Convolved(base=other, shift=self.shift) for other in others)


def _standard(marginal: Convolved, logs: Array) -> Array:
    from scipy.special import ndtr, ndtri

    values, chances = marginal.shift.nodes
    with np.errstate(over="ignore", under="ignore"):
        z = marginal.base.standard(np.exp(logs[..., np.newaxis] - values))
    below, above = ndtr(z) @ chances, ndtr(-z) @ chances
    return np.asarray(np.where(below < above, ndtri(below), -ndtri(above)))


@lru_cache(maxsize=512)
def _tabulated(marginal: Convolved) -> tuple[PchipInterpolator, tuple[float, float]]:
    from scipy.interpolate import PchipInterpolator

    values, chances = marginal.shift.nodes
    likely = values[chances > chances.max() * 1e-12]
    base = np.log(marginal.base.value(np.linspace(-_FARTHEST, _FARTHEST, _POINTS)))
    logs = np.unique((base[:, np.newaxis] + np.linspace(likely.min(), likely.max(), _SHIFTS)).ravel())
    z = _standard(marginal, logs)
    kept = np.isfinite(z) & (np.abs(z) < _FARTHEST)
    z, logs = z[kept], logs[kept]
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(z)) > _APART])
    z, logs = z[rising], logs[rising]
    return PchipInterpolator(z, logs), (float(z[0]), float(z[-1]))
