"""Design points: where the limit state comes nearest to typical devices, and the direction that leads there.

The iteration is the one of A. M. Hasofer, N. C. Lind (1974) and R. Rackwitz, B. Fiessler, Comput. Struct. 9, 489
(1978), doi 10.1016/0045-7949(78)90046-9, with finite differences wide enough for a simulator's noise.
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
_ALIGNED = 0.995  # cosine between two directions that are the same for line sampling: 6 degrees
_DISTINCT = 0.9  # cosine below which two directions lead to different regions
_TOLERANCE = 0.1  # of a crossing during the search [standard deviations]
_PROBES = 12  # a batch; another one as long as they lead to new regions
_BATCHES = 6
_FRUITLESS = 1  # descents of a batch that may end in a known region, after which it stops
_FAR_PROBES = 24
_FAR_DESCENTS = 6
_NOTICED = 0.1  # shortfall against the known regions, as a part of the reliability index, that starts a descent
_RELEVANT = 1.5  # reliability index beyond the smallest one that still matters


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
        if direction is None or any(float(direction @ other.direction) >= _DISTINCT for other in known):
            return None
        crossing = _cross(limit_state, direction, guess=guess, slope=slope, limit=limit)
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
            if missed is not None and missed @ following >= _ALIGNED:
                return best  # the steepest way does not lead there
            missed = following
        if best is not None and direction @ following >= _ALIGNED:
            return DesignPoint(direction=following, beta=best.beta * float(direction @ following), slope=-norm)
        guess, slope = position * float(direction @ following), -norm
        direction = following
    return best


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
    crossing = _cross(limit_state, direction, guess=radius, slope=math.nan, limit=radius)
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
        if all(float(direction @ other) < _DISTINCT for other in tried):
            tried.append(direction)
            found = find_design_point(limit_state, limit=limit, start=direction)
            if found is not None:
                return found
    return None


def _random_directions(generator: np.random.Generator, count: int, dimension: int) -> Array:
    """Unit vectors, shape (count, dimension)."""
    directions = generator.standard_normal((count, dimension))
    return np.asarray(directions / np.linalg.norm(directions, axis=1, keepdims=True))


def is_distinct(point: DesignPoint, others: Sequence[DesignPoint]) -> bool:
    """Whether a design point belongs to another region than ``others``."""
    return all(float(point.direction @ other.direction) < _DISTINCT for other in others)


def relevant(points: Sequence[DesignPoint]) -> list[DesignPoint]:
    """Those of the points whose region contributes, the nearest first.

    A point in which the search got stuck may be the edge of a region of its own; it does not count if it lies where the
    surfaces of true design points are expected.
    """
    true = [point for point in points if point.converged]
    points = [point for point in points if point.converged or not true or _unexplained(point, true)]
    ordered = sorted(points, key=lambda point: point.beta)
    return [point for point in ordered if point.beta <= ordered[0].beta + _RELEVANT]


def _unexplained(point: DesignPoint, known: Sequence[DesignPoint]) -> bool:
    """Whether the event begins at a point although the known regions do not reach as far."""
    return _falls_short(0.0, point.beta * point.direction, known)


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


def _cross(limit_state: LimitState, direction: Array, *, guess: float, slope: float, limit: float) -> Crossing:
    """Where the event begins on the way into a direction; NaN for an unknown slope."""
    slope = slope if slope < 0 else _initial_slope(limit_state, direction)
    return find_crossing(limit_state.along(direction), guess=guess, slope=slope, tolerance=_TOLERANCE, limit=limit)


def _initial_slope(limit_state: LimitState, direction: Array) -> float:
    centre, ahead = limit_state(np.zeros_like(direction)), limit_state(_STAR_RADIUS * direction)
    slope = (ahead - centre) / _STAR_RADIUS
    if slope < 0:
        return slope
    return -abs(centre) if abs(centre) > 0 else -1.0  # also where there is no result


def _expected(points: Sequence[DesignPoint], z: Array) -> float:
    """What the limit state would be if it were flat at each known design point."""
    return min(point.slope * (float(point.direction @ z) - point.beta) for point in points)


def _falls_short(value: float, z: Array, known: Sequence[DesignPoint]) -> bool:
    """Whether the limit state at ``z`` is lower than known design points explain; never where it is missing."""
    return value - _expected(known, z) < _NOTICED * max(float(np.linalg.norm(z)), 1.0) * known[0].slope
