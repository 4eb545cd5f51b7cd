"""Where the bounds of misreads lie, so that their mean rates over chips, columns and cells are those of the table.

scipy is imported where it is used: a study file is checked without it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.spread import Level
from rramsim.nn.faults.sides import KEPT, Side, covariance

Array = NDArray[np.float64]

_POINTS = 14  # log2 of the points that the shared parts are averaged over
_ITERATIONS = 50
_NONE = 1e-15  # variance that is rounding
_CLOSE = 1e-6  # relative change of a rate that ends the iteration


@lru_cache(maxsize=256)
def thresholds(sides: tuple[Side, ...]) -> tuple[Array, ...]:
    """Bounds β of the outcomes of each side of a stored weight, the nearest first [standard deviations].

    One side alone has β = -Φ⁻¹(rate of this outcome and of those behind it). Outcomes of two sides exclude each other:
    where both are so likely that their chances given the shared parts add up to more than 1, these are scaled
    down, and both bounds lie a little nearer, so that the mean rates stay what they are.

    Parameters
    ----------
    sides
        All of one stored weight.
    """
    from scipy.special import ndtri

    cumulative = [np.cumsum([rate for _, rate in reversed(side.outcomes)])[::-1] for side in sides]
    factors = np.ones(len(sides))
    if len(sides) > 1:
        factors = _factors(sides, np.array([side.rate for side in sides]))
    return tuple(-ndtri(np.clip(rates * factor, 0.0, 1.0)) for rates, factor in zip(cumulative, factors, strict=True))


def _factors(sides: tuple[Side, ...], rates: Array) -> Array:
    """By what the rate of each side is multiplied for its bound."""
    from scipy.special import ndtri

    shared = _shared_points(sides)
    deviations = [np.sqrt(side.variance(Level.READ)) for side in sides]
    wanted = rates
    for _ in range(_ITERATIONS):
        betas = -ndtri(np.clip(wanted, 0.0, 1.0))
        chances = np.stack([chance(x, beta, s) for x, beta, s in zip(shared.T, betas, deviations, strict=True)])
        lost = (chances * (1 - scale(chances.sum(axis=0)))).mean(axis=1)
        before, wanted = wanted, np.clip(rates + lost, 0.0, 1.0)
        if np.all(np.abs(wanted - before) <= _CLOSE * rates):
            break
    return np.divide(wanted, rates, out=np.ones_like(rates), where=rates > 0)


def _shared_points(sides: tuple[Side, ...]) -> Array:
    """What the parts that stay contribute to each side: points of equal weight, shape (points, sides)."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    shared = factor(sides, *KEPT)
    uniform = qmc.Sobol(len(sides), seed=0).random_base2(_POINTS)[:, : shared.shape[1]]
    return np.asarray(ndtri(uniform) @ shared.T)


@lru_cache(maxsize=256)
def factor(sides: tuple[Side, ...], *levels: Level) -> Array:
    """What independent standard-normal values are multiplied by to give the parts of some levels of each side.

    Parameters
    ----------
    sides
        All of one stored weight.
    *levels
        Which.

    Returns
    -------
    numpy.ndarray
        Shape (sides, values), of as few values as do.
    """
    variances, vectors = np.linalg.eigh(covariance(sides, *levels))
    kept = variances > _NONE
    return np.asarray(vectors[:, kept] * np.sqrt(variances[kept]))


def chance(shared: Array, beta: float, deviation: float) -> Array:
    """Probability of a read beyond a bound, given the parts that stay [1].

    Parameters
    ----------
    shared
        What they contribute, any shape.
    beta
        The bound.
    deviation
        Standard deviation of what is new at each read; 0 where nothing is.

    Returns
    -------
    numpy.ndarray
        Same shape.
    """
    from scipy.special import ndtr

    if deviation == 0:
        return (shared >= beta).astype(np.float64)
    return np.asarray(ndtr((shared - beta) / deviation))


def scale(total: Array) -> Array:
    """What chances that exclude each other are multiplied by, so that none add up to more than 1.

    Parameters
    ----------
    total
        Their sum, any shape.
    """
    return 1.0 / np.maximum(total, 1.0)
