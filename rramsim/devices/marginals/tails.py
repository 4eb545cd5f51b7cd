"""Models of the tail of measured values: what lies beyond a threshold, as a function of a standard-normal variable.

An upper tail; a lower one is that of the values with their signs changed. Beyond the threshold lies a known part of all
values, and the model says how far. Both models begin at the threshold, so that a tail joins what lies before it.

References
----------
J. Pickands, Statistical inference using extreme order statistics, Ann. Stat. 3, 119 (1975), doi
10.1214/aos/1176343003: beyond a high threshold most distributions are generalised Pareto.

J. Zhang, M. A. Stephens, A new and efficient estimation method for the generalized Pareto distribution, Technometrics
51, 316 (2009), doi 10.1198/tech.2009.08017: the estimator.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_EXPONENTIAL = 1e-9  # shape below which a generalised Pareto tail is an exponential one
_PRIOR = 3.0  # of the estimator: its authors' choice
_STEPS = 60  # of a bisection


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractTail(ABC):
    """Tail beyond a threshold.

    Parameters
    ----------
    part
        Of all values that lie beyond the threshold [1], between 0 and 1/2.
    scale
        Of the distances beyond it, above 0, in the unit of the values.
    """

    name: ClassVar[str]

    part: float
    scale: float

    @classmethod
    @abstractmethod
    def fitted(cls, excess: Array, part: float) -> Self:
        """The tail that fits best.

        Parameters
        ----------
        excess
            Distances of measured values beyond the threshold, above 0, shape (n,).
        part
            As for the class.
        """

    @abstractmethod
    def excess(self, z: Array) -> Array:
        """Distances beyond the threshold.

        Parameters
        ----------
        z
            Standard-normal values [1] beyond that of the threshold, any shape.

        Returns
        -------
        numpy.ndarray
            Of that shape, not negative.
        """

    @abstractmethod
    def standard(self, excess: Array) -> Array:
        """Standard-normal values of distances: the inverse of :meth:`excess`.

        Parameters
        ----------
        excess
            Distances beyond the threshold, not negative, any shape.

        Returns
        -------
        numpy.ndarray
            Of that shape [1]; infinite beyond the end of a tail that ends.
        """

    @property
    def parameters(self) -> dict[str, float]:
        """What was fitted, by name."""
        return {"scale": self.scale}

    @property
    def start(self) -> float:
        """Standard-normal value of the threshold [1]."""
        from scipy.special import ndtri

        return -float(ndtri(self.part))


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneralizedPareto(AbstractTail):
    """P(excess > y) = part · (1 + shape y / scale)^(−1/shape); for shape < 0 it ends at −scale/shape.

    Parameters
    ----------
    shape
        0 is an exponential tail, below 0 a shorter one.
    """

    name: ClassVar[str] = "genpareto"

    shape: float

    @classmethod
    def fitted(cls, excess: Array, part: float) -> Self:
        """The estimator of Zhang and Stephens."""
        values = np.sort(excess)
        count = values.size
        number = np.arange(1, 31 + int(math.sqrt(count)))
        quartile = values[int(count / 4 + 0.5) - 1]
        rates = 1 / values[-1] + (1 - np.sqrt(number.size / (number - 0.5))) / (_PRIOR * quartile)
        shapes = np.log1p(-rates[:, np.newaxis] * values).mean(axis=1)
        likelihood = count * (np.log(-rates / shapes) - shapes - 1)
        weights = np.exp(likelihood - likelihood.max())
        rate = float(weights @ rates / weights.sum())
        shape = float(np.log1p(-rate * values).mean())
        return cls(part=part, scale=-shape / rate, shape=shape)

    def excess(self, z: Array) -> Array:
        """Of the distribution's quantile function."""
        from scipy.special import log_ndtr

        steps = math.log(self.part) - log_ndtr(-z)
        if abs(self.shape) < _EXPONENTIAL:
            return np.asarray(self.scale * steps)
        return np.asarray(self.scale * np.expm1(self.shape * steps) / self.shape)

    def standard(self, excess: Array) -> Array:
        """Of the distribution's survival function."""
        from scipy.special import ndtri_exp

        relative = excess / self.scale
        if abs(self.shape) < _EXPONENTIAL:
            steps = relative
        else:
            with np.errstate(divide="ignore"):
                steps = np.log1p(np.maximum(self.shape * relative, -1.0)) / self.shape
        return np.asarray(-ndtri_exp(math.log(self.part) - steps))

    @property
    def parameters(self) -> dict[str, float]:
        """Scale and shape."""
        return {"scale": self.scale, "shape": self.shape}


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalTail(AbstractTail):
    """excess = scale · (z − z of the threshold): a straight line on normal probability paper."""

    name: ClassVar[str] = "lognormal"

    @classmethod
    def fitted(cls, excess: Array, part: float) -> Self:
        """Of the highest likelihood: its derivative over ln(scale) falls, so that a bisection finds its root."""
        one = cls(part=part, scale=1.0)
        count, start = excess.size, one.start
        low, high = math.log(float(excess.mean()) * 1e-3), math.log(float(excess.mean()) * 1e3)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            relative = excess * math.exp(-middle)
            rising = float(relative @ (start + relative)) > count
            low, high = (middle, high) if rising else (low, middle)
        return cls(part=part, scale=math.exp((low + high) / 2))

    def excess(self, z: Array) -> Array:
        """A straight line."""
        return np.asarray(self.scale * (z - self.start))

    def standard(self, excess: Array) -> Array:
        """A straight line."""
        return np.asarray(self.start + excess / self.scale)


TAILS: dict[str, type[AbstractTail]] = {tail.name: tail for tail in (GeneralizedPareto, NormalTail)}
