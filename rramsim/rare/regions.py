"""Failure regions: all design points that probes around the nearest one lead to.

References
----------
A. Der Kiureghian, T. Dakessian, Multiple design points in first and second-order reliability, Struct. Saf. 20, 37
(1998), doi 10.1016/S0167-4730(97)00026-X: the problem. They deform the limit state around a point that is known and
search anew; here probes are compared with what the known points explain, which leaves it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rramsim.rare.design_point import DesignPoint, cross, find_design_point, same_region
from rramsim.rare.limit_state import Array, LimitState

_PROBES = 12  # a batch; another one as long as they lead to new regions
_BATCHES = 6
_FRUITLESS = 1  # descents of a batch that may end in a known region, after which it stops
_FAR_PROBES = 24
_FAR_DESCENTS = 6
_NOTICED = 0.1  # shortfall against the known regions, as a part of the reliability index, that starts a descent
_RELEVANT = 1.5  # reliability index beyond the smallest one that still matters


def find_regions(
    limit_state: LimitState,
    *,
    limit: float,
    generator: np.random.Generator,
    start: Array | None = None,
    known: Sequence[DesignPoint] = (),
) -> list[DesignPoint]:
    """Find a design point, then look for other failure regions by probes around it.

    Each probe is compared with what the known regions make one expect; where the limit state is lower, a descent
    starts. A narrow region that no probe notices stays unknown.

    Parameters
    ----------
    limit_state, limit, start
        As in :func:`find_design_point`.
    generator
        For the probes.
    known
        Design points that are known already; one is looked for only if there are none.

    Returns
    -------
    list
        Design points that matter, the nearest first; empty if none was reached within ``limit``.

    Raises
    ------
    NoDirectionError
        See :func:`find_design_point`.
    """
    points = list(known)
    if not points:
        first = find_design_point(limit_state, limit=limit, start=start)
        if first is None and start is not None:
            first = find_design_point(limit_state, limit=limit)
        first = first or _far_design_point(limit_state, limit=limit, generator=generator)
        if first is None:
            return []
        points = [first]
    for _ in range(_BATCHES):
        directions = _random_directions(generator, _PROBES, limit_state.dimension)
        found = _descents(limit_state, points, np.vstack([-points[0].direction, directions]), limit=limit)
        if not found:
            break
        points = relevant([*points, *found])
    return relevant(points)


def least_search(dimension: int) -> int:
    """Simulations that a search for regions takes at least: a star, a gradient and a batch of probes.

    Parameters
    ----------
    dimension
        Number of standard-normal variables.
    """
    return 2 * dimension + dimension + _PROBES


def is_distinct(point: DesignPoint, others: Sequence[DesignPoint]) -> bool:
    """Whether a design point belongs to another region than those that are known.

    Parameters
    ----------
    point
        The point.
    others
        Design points of the known regions; may be empty.
    """
    return not any(same_region(point.direction, other.direction) for other in others)


def relevant(points: Sequence[DesignPoint]) -> list[DesignPoint]:
    """Those of the points whose region contributes, the nearest first.

    A point in which the search got stuck may be the edge of a region of its own; it does not count if it lies where the
    surfaces of true design points are expected.

    Parameters
    ----------
    points
        Design points of different regions, in any order.
    """
    true = [point for point in points if point.converged]
    points = [point for point in points if point.converged or not true or _unexplained(point, true)]
    ordered = sorted(points, key=lambda point: point.beta)
    return [point for point in ordered if point.beta <= ordered[0].beta + _RELEVANT]


def _descents(
    limit_state: LimitState, points: Sequence[DesignPoint], directions: Array, *, limit: float
) -> list[DesignPoint]:
    """Regions that descents lead to from those probes in which the limit state is lower than the known ones explain."""
    radius = max(abs(points[0].beta), 1.0) + 1.0
    values = {index: limit_state(radius * direction) for index, direction in enumerate(directions)}
    found: list[DesignPoint] = []
    fruitless = 0
    while fruitless < _FRUITLESS:
        known = [*points, *found]
        short = {
            index: value - _expected(known, radius * directions[index])
            for index, value in values.items()
            if _falls_short(value, radius * directions[index], known)
        }
        if not short:
            break
        worst = min(short, key=lambda index: short[index])
        point = find_design_point(limit_state, limit=limit, at=radius * directions[worst], known=known)
        if point is None and values[worst] <= 0:
            point = _on_the_way(limit_state, directions[worst], radius)
        del values[worst]
        if point is not None and is_distinct(point, known):
            found.append(point)
        else:
            fruitless += 1
    return found


def _on_the_way(limit_state: LimitState, direction: Array, radius: float) -> DesignPoint | None:
    """Where the event begins on the way to a point of it."""
    crossing = cross(limit_state, direction, guess=radius, slope=math.nan, limit=radius)
    if not crossing.reached:
        return None
    return DesignPoint(direction=direction, beta=crossing.position, slope=crossing.slope, converged=False)


def _far_design_point(limit_state: LimitState, *, limit: float, generator: np.random.Generator) -> DesignPoint | None:
    """Look around at the limit itself: near typical devices, slopes may point elsewhere than to the region."""
    eye = np.eye(limit_state.dimension)
    directions = np.vstack([eye, -eye, _random_directions(generator, _FAR_PROBES, limit_state.dimension)])
    values = np.array([limit_state(limit * direction) for direction in directions])
    tried: list[Array] = []
    for index in np.argsort(values):  # NaN last
        direction = directions[index]
        if len(tried) == _FAR_DESCENTS or math.isnan(values[index]):
            break
        if not any(same_region(direction, other) for other in tried):
            tried.append(direction)
            found = find_design_point(limit_state, limit=limit, start=direction)
            if found is not None:
                return found
    return None


def _random_directions(generator: np.random.Generator, count: int, dimension: int) -> Array:
    """Unit vectors, shape (count, dimension)."""
    directions = generator.standard_normal((count, dimension))
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))


def _unexplained(point: DesignPoint, known: Sequence[DesignPoint]) -> bool:
    """Whether the event begins at a point although the known regions do not reach as far."""
    return _falls_short(0.0, point.beta * point.direction, known)


def _expected(points: Sequence[DesignPoint], z: Array) -> float:
    """What the limit state would be if it were flat at each known design point."""
    return min(point.slope * (float(point.direction @ z) - point.beta) for point in points)


def _falls_short(value: float, z: Array, known: Sequence[DesignPoint]) -> bool:
    """Whether the limit state at ``z`` is lower than known design points explain; never where it is missing."""
    return value - _expected(known, z) < _NOTICED * max(float(np.linalg.norm(z)), 1.0) * known[0].slope
