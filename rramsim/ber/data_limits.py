"""What is known of a rate where a source of spread is known from data alone.

The simulation's interval is that of a rate under the fitted distribution. Other data of the same number would have been
fitted otherwise, and their rate follows without any further simulation: the simulations found where the event begins,
close to a plane a·u = β over the standard-normal coordinates u, with a the direction to the design point and β its
distance. Under another distribution of a source, what stands at u_i is T(u_i) = Φ⁻¹(F(F'⁻¹(Φ(u_i)))), and the
probability of that half space is an integral over the measured sources alone. The ratio to the half space under the
fitted distribution widens the interval, in quadrature on a logarithmic scale.

References
----------
A. Der Kiureghian, P.-L. Liu, Structural reliability under incomplete probability information, J. Eng. Mech. 112, 85
(1986), doi 10.1061/(ASCE)0733-9399(1986)112:1(85): the distribution's parameters as a second kind of uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from rramsim.devices.marginals import AbstractMeasured
from rramsim.devices.spread import SpreadSpace

Array = NDArray[np.float64]

_GRID = np.arange(-9.0, 9.01, 0.15)  # standard-normal values of a measured source
_INTEGRATED = 2  # sources at most; what others shift is taken at the design point
_LEAST_REST = 0.1  # standard deviation that is left to the other sources at least: the grid's resolution
_FARTHEST = 37.0  # standard-normal value that is told from an infinite one
_INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLimits:
    """Interval of a rate with what the data leave open.

    Parameters
    ----------
    low, high
        95 % interval, simulation and data together.
    beyond
        Sources whose value at the design point is rarer than one of the data.
    notes
        What a reader should know; empty where no source is known from data.
    """

    low: float
    high: float
    beyond: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def with_data_limits(
    spread: SpreadSpace, directions: tuple[tuple[float, ...], ...], probability: float, interval: tuple[float, float],
    beta: float | None = None,
) -> DataLimits:  # fmt: skip
    """Widen a rate's interval by what the data of its sources leave open.

    Parameters
    ----------
    spread
        What varies.
    directions
        Unit vectors to the design points over the coordinates of the spread; none where they are not known, and the one
        is taken that makes most of the data.
    probability
        The rate; 0 where it was not met.
    interval
        95 % interval of the simulation.
    beta
        Distance of the nearest design point [standard deviations]; None where it is not known, and that of the rate is
        taken. A narrow band, as that of reads between two others, is rarer than the half space behind its beginning,
        and changes as that does.
    """
    low, high = interval
    if not _measured(spread) or not 0 < (probability or high) < 1:
        return DataLimits(low=low, high=high)
    return _widened(spread, directions, probability, interval, beta)


@lru_cache(maxsize=4096)  # each table asks
def _widened(
    spread: SpreadSpace, directions: tuple[tuple[float, ...], ...], probability: float, interval: tuple[float, float],
    beta: float | None,
) -> DataLimits:  # fmt: skip
    measured = _measured(spread)
    low, high = interval
    if beta is None or not directions:
        beta = -float(ndtri(probability or high))
    factor = spread.standard(np.eye(spread.dimension)).T  # z = factor u
    known = [np.array(direction) for direction in directions]
    if not known:
        known = [sign * factor[index] for index in measured for sign in (-1.0, 1.0)]
    beyond = _beyond(spread, measured, [beta * factor @ direction for direction in known])
    ratios = [np.percentile(rate_ratios(spread, one, beta), _INTERVAL) for one in known]
    least, most = min(float(one[0]) for one in ratios), max(float(one[1]) for one in ratios)
    own = f"the simulation alone: {low:.2g} to {high:.2g}"
    notes = [f"interval widened by what the data of {_named(spread, measured)} leave open; {own}"]
    if beyond:
        notes.append(f"beyond the data of {', '.join(beyond)}: rests on the model of the tail")
    if not probability:
        return DataLimits(low=low, high=min(high * max(most, 1.0), 1.0), beyond=beyond, notes=tuple(notes))
    down = math.hypot(_log(probability, low), _log(1.0, least))
    up = math.hypot(_log(high, probability), _log(most, 1.0))
    return DataLimits(
        low=probability * math.exp(-down), high=min(probability * math.exp(up), 1.0), beyond=beyond, notes=tuple(notes)
    )


def _log(greater: float, less: float) -> float:
    """Logarithm of a ratio that is not below 1."""
    return max(math.log(greater / less), 0.0) if less > 0 else math.inf


def _measured(spread: SpreadSpace) -> list[int]:
    """Sources that are known from data."""
    return [
        index for index, source in enumerate(spread.sources)
        if isinstance(source.marginal, AbstractMeasured) and source.marginal.resamples
    ]  # fmt: skip


def _named(spread: SpreadSpace, measured: Sequence[int]) -> str:
    return ", ".join(spread.names[index] for index in measured)


def _beyond(spread: SpreadSpace, measured: Sequence[int], points: Sequence[Array]) -> tuple[str, ...]:
    """Measured sources that a design point, in standard-normal values of the sources, leads out of the data of."""
    found = []
    for index in measured:
        marginal = spread.sources[index].marginal
        if isinstance(marginal, AbstractMeasured) and any(abs(point[index]) > marginal.reach for point in points):
            found.append(spread.names[index])
    return tuple(found)


def rate_ratios(spread: SpreadSpace, direction: Array, beta: float) -> Array:
    """Probability of a half space under each resampled fit, over that under the fit itself.

    Parameters
    ----------
    spread
        What varies; at least one source is known from data.
    direction
        Unit vector into the half space over the coordinates of the spread, shape (dimension,).
    beta
        How far away it begins [standard deviations].

    Returns
    -------
    numpy.ndarray
        One for each resampled fit, in their order; those of several sources go together by their numbers.
    """
    measured, factor = _measured(spread), spread.standard(np.eye(spread.dimension)).T
    slopes = np.linalg.solve(factor.T, direction)  # over the sources' own standard-normal values
    leading = sorted(measured, key=lambda index: -abs(slopes[index]))[:_INTEGRATED]
    others = [index for index in measured if index not in leading and slopes[index] != 0]
    covariance = (factor @ factor.T)[np.ix_(leading, leading)]
    weights = np.linalg.solve(covariance, (factor @ direction)[leading])
    rest = max(math.sqrt(max(1 - float(weights @ (factor @ direction)[leading]), 0.0)), _LEAST_REST)
    axes = np.meshgrid(*[_GRID] * len(leading), indexing="ij")
    points = np.stack(axes, axis=-1)
    density = np.exp(-0.5 * np.einsum("...i,ij,...j->...", points, np.linalg.inv(covariance), points))
    ahead = points @ weights
    shares = dict(zip(leading, range(len(leading)), strict=True))
    at = beta * factor @ direction
    count = min(len(_resamples(spread, index)) for index in measured)
    found = np.empty(count)
    for number in range(count):
        shift = np.zeros_like(ahead)
        for index, axis in shares.items():
            moved = slopes[index] * _shift(spread, index, number, _GRID)
            shift += moved.reshape([-1 if axis == other else 1 for other in range(len(leading))])
        constant = sum(
            slopes[index] * float(_shift(spread, index, number, at[index : index + 1])[0]) for index in others
        )
        found[number] = float((density * ndtr((ahead + shift + constant - beta) / rest)).sum())
    return found / float((density * ndtr((ahead - beta) / rest)).sum())


def _resamples(spread: SpreadSpace, index: int) -> Sequence[object]:
    marginal = spread.sources[index].marginal
    return marginal.resamples if isinstance(marginal, AbstractMeasured) else ()


def _shift(spread: SpreadSpace, index: int, number: int, z: Array) -> Array:
    """By how much a resampled fit moves the standard-normal values of a source."""
    marginal = spread.sources[index].marginal
    if not isinstance(marginal, AbstractMeasured):
        return np.zeros_like(z)
    moved = marginal.standard(marginal.resamples[number].value(z))
    return np.asarray(np.clip(moved, -_FARTHEST, _FARTHEST) - z)
