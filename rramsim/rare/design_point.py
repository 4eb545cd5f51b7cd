"""Design points: where the limit state comes nearest to typical devices, and the direction that leads there.

The iteration is the one of the first-order reliability method (FORM), with finite differences wide enough for a
simulator's noise.

References
----------
A. M. Hasofer, N. C. Lind, Exact and invariant second-moment code format, J. Eng. Mech. Div. ASCE 100, 111 (1974), doi
10.1061/JMCEA3.0001848.

R. Rackwitz, B. Fiessler, Structural reliability under combined random load sequences, Comput. Struct. 9, 489 (1978),
doi 10.1016/0045-7949(78)90046-9.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rramsim.errors import NoDirectionError
from rramsim.rare.crossing import Crossing, find_crossing
from rramsim.rare.limit_state import Array, LimitState

_STAR_RADIUS = 3.0  # of the first look around [standard deviations]
_DIFFERENCE = 0.3  # step of a gradient [standard deviations]
_ITERATIONS = 6
_ALIGNED = 0.995  # cosine between two directions that are the same for line sampling
_DISTINCT = 0.9  # cosine below which two directions lead to different regions
_TOLERANCE = 0.1  # of a crossing during the search [standard deviations]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignPoint:
    """Nearest point of a failure region.

    Parameters
    ----------
    direction
        Unit vector from typical devices into the region, shape (dimension,).
    beta
        Reliability index: signed distance along it [standard deviations]; negative if typical devices fail.
    slope
        Change of the limit state there per standard deviation, negative.
    converged
        Whether the direction is the steepest one at the point; an edge between two surfaces, for one, has none.
    """

    direction: Array
    beta: float
    slope: float
    converged: bool = True


def same_region(direction: Array, other: Array) -> bool:
    """Whether two directions lead to the same region: less than some 26 degrees apart.

    Parameters
    ----------
    direction, other
        Unit vectors, shape (dimension,).
    """
    return float(direction @ other) >= _DISTINCT


def is_aligned(direction: Array, other: Array) -> bool:
    """Whether two directions are the same for line sampling: less than 6 degrees apart.

    Parameters
    ----------
    direction, other
        Unit vectors, shape (dimension,).
    """
    return float(direction @ other) >= _ALIGNED


def find_design_point(
    limit_state: LimitState,
    *,
    limit: float,
    start: Array | None = None,
    at: Array | None = None,
    known: Sequence[DesignPoint] = (),
) -> DesignPoint | None:
    """Find a design point.

    Parameters
    ----------
    limit_state
        The limit state.
    limit
        Farthest distance to look at [standard deviations].
    start
        Direction to start with, shape (dimension,); None to look around first.
    at
        Point to start from by its gradient in place of a direction, shape (dimension,).
    known
        Design points of other regions: a search that turns to one of them ends.

    Returns
    -------
    DesignPoint or None
        None if no region, or a known one, was reached within ``limit``.

    Raises
    ------
    NoDirectionError
        The simulations that are needed to find a direction have no results.
    """
    direction = _start(limit_state, start, at)
    best: DesignPoint | None = None
    guess, slope = 0.0, math.nan
    missed: Array | None = None  # direction that did not reach the region
    for _ in range(_ITERATIONS):
        if direction is None or any(same_region(direction, other.direction) for other in known):
            return None
        crossing = cross(limit_state, direction, guess=guess, slope=slope, limit=limit)
        if crossing.reached and (best is None or abs(crossing.position) <= abs(best.beta) + _TOLERANCE):
            best = DesignPoint(direction=direction, beta=crossing.position, slope=crossing.slope, converged=False)
        elif best is not None:
            return best  # a step that leads away: the point before was better
        position = crossing.position if crossing.reached else limit
        gradient = _gradient(limit_state, position * direction)
        norm = float(np.linalg.norm(gradient))
        if norm == 0:
            return best
        following = -gradient / norm
        if not crossing.reached:
            if missed is not None and is_aligned(missed, following):
                return best  # the steepest way does not lead there
            missed = following
        if best is not None and is_aligned(direction, following):
            return DesignPoint(direction=following, beta=best.beta * float(direction @ following), slope=-norm)
        guess, slope = position * float(direction @ following), -norm
        direction = following
    return best


def _start(limit_state: LimitState, start: Array | None, at: Array | None) -> Array | None:
    if start is not None:
        return start / float(np.linalg.norm(start))
    gradient = _star_gradient(limit_state) if at is None else _gradient(limit_state, at)
    norm = float(np.linalg.norm(gradient))
    return None if norm == 0 else -gradient / norm


def _star_gradient(limit_state: LimitState) -> Array:
    """Slopes across a wide star: an event far away is seldom announced by the slope at its centre."""
    eye = _STAR_RADIUS * np.eye(limit_state.dimension)
    forward = np.array([limit_state(z) for z in eye])
    backward = np.array([limit_state(-z) for z in eye])
    centre = limit_state(np.zeros(limit_state.dimension))
    gradient = (forward - backward) / (2 * _STAR_RADIUS)
    for one_sided in ((forward - centre) / _STAR_RADIUS, (centre - backward) / _STAR_RADIUS):
        gradient = np.where(np.isnan(gradient), one_sided, gradient)
    if np.isnan(gradient).all():
        raise NoDirectionError("no simulation around typical devices gave a result")
    # Where both sides approach the event alike, take the lower one: a saddle has no slope.
    falls = np.minimum(forward, backward) < centre
    level = np.abs(forward - backward) < 1e-3 * np.abs(centre - np.minimum(forward, backward))
    gradient = np.where(falls & level, (forward - centre) / _STAR_RADIUS, gradient)
    return np.nan_to_num(gradient)


def _gradient(limit_state: LimitState, z: Array) -> Array:
    centre = limit_state(z)
    gradient = np.zeros_like(z)
    for index in range(z.size):
        # Towards the origin is as good as away from it; the other side stands in for a failed simulation.
        for step in (_DIFFERENCE, -_DIFFERENCE):
            shifted = z.copy()
            shifted[index] += step
            slope = (limit_state(shifted) - centre) / step
            if not math.isnan(slope):
                gradient[index] = slope
                break
    return gradient


def cross(limit_state: LimitState, direction: Array, *, guess: float, slope: float, limit: float) -> Crossing:
    """Where the event begins on the way into a direction, roughly.

    Parameters
    ----------
    limit_state
        The limit state.
    direction
        Unit vector, shape (dimension,).
    guess
        Distance that is looked at first [standard deviations].
    slope
        Expected slope at the crossing; NaN if unknown.
    limit
        Farthest distance to look at [standard deviations].

    Returns
    -------
    Crossing
        The crossing, to a tenth of a standard deviation.
    """
    slope = slope if slope < 0 else _initial_slope(limit_state, direction)
    return find_crossing(limit_state.along(direction), guess=guess, slope=slope, tolerance=_TOLERANCE, limit=limit)


def _initial_slope(limit_state: LimitState, direction: Array) -> float:
    centre, ahead = limit_state(np.zeros_like(direction)), limit_state(_STAR_RADIUS * direction)
    slope = (ahead - centre) / _STAR_RADIUS
    if slope < 0:
        return slope
    return -abs(centre) if abs(centre) > 0 else -1.0  # also where there is no result
