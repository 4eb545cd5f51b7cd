"""One line: the probability that a point of it fails, exact once its crossing is known.

References
----------
P. S. Koutsourelakis, H. J. Pradlwarter, G. I. Schuëller, Reliability of structures in high dimensions, part I:
algorithms and applications, Probabilistic Eng. Mech. 19, 409 (2004), doi 10.1016/j.probengmech.2003.10.001. The
probability of one line is the Φ(-c) under their average.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from rramsim.rare.crossing import Crossing, find_crossing, polish
from rramsim.rare.limit_state import Array, LimitState

_NEGLIGIBLE = 1e-3  # part of a line's probability that may be left out


@dataclass(frozen=True, slots=True)
class Chance:
    """A probability [1], or bounds of it where simulations failed.

    Parameters
    ----------
    low, high
        The bounds, equal where it is known.
    """

    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether it is known."""
        return self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One line.

    Parameters
    ----------
    plane
        Where it meets the hyperplane perpendicular to it, shape (dimension,).
    weight
        Standard-normal density there over the density that it was drawn from [1].
    inside
        That a point of the line fails.
    behind
        That it lies behind a two-sided event, on the side on which it ends; None where the event is one-sided.
    crossing
        Coordinate of the crossing [standard deviations]; infinite if there is none, NaN if it is not known.
    slope
        Change of the limit state there per standard deviation; NaN if unknown.
    width
        Of a two-sided event on the line [standard deviations]; infinite if its end does not matter, NaN if unknown.
    violation
        A point that contradicts one monotone crossing, shape (dimension,); None where none was met.
    """

    plane: Array
    weight: float
    inside: Chance
    behind: Chance | None = None
    crossing: float
    slope: float
    width: float = math.nan
    violation: Array | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expectation:
    """What is expected of a line before it is looked at.

    Parameters
    ----------
    crossing
        Coordinate of its crossing [standard deviations].
    slope
        Change of the limit state there per standard deviation, negative.
    width
        Of a two-sided event on it [standard deviations]; NaN if nothing is known.
    """

    crossing: float
    slope: float
    width: float = math.nan


def solve_line(
    limit_state: LimitState,
    direction: Array,
    plane: Array,
    *,
    weight: float,
    expected: Expectation,
    tolerance: float,
    limit: float,
) -> Line:
    """Find where a line enters the event, and where it leaves a two-sided one.

    Parameters
    ----------
    limit_state
        The limit state.
    direction
        Unit vector along the line, shape (dimension,).
    plane
        Where it meets the hyperplane perpendicular to it, shape (dimension,).
    weight
        Of the line in an average [1].
    expected
        What to expect.
    tolerance
        Step of the secant that ends it [standard deviations]; the crossing is then known much better.
    limit
        Farthest coordinate to look at [standard deviations].

    Returns
    -------
    Line
        The line; its probabilities are bounds where simulations failed.
    """
    value_at = limit_state.along(direction, plane)
    two_sided = math.isfinite(limit_state.depth)
    entry = find_crossing(value_at, guess=expected.crossing, slope=expected.slope, tolerance=tolerance, limit=limit)
    most = _beyond(entry.position if entry.found else entry.outside)
    # A two-sided event may end anywhere behind its entry.
    unknown = Chance(0.0, most)
    lost = Line(
        plane=plane, weight=weight, inside=unknown, behind=unknown if two_sided else None,
        crossing=math.nan, slope=math.nan,
    )  # fmt: skip
    if not entry.found:
        return lost if two_sided else replace(lost, inside=Chance(_beyond(entry.inside), most))
    found = replace(
        lost,
        inside=Chance(most, most),
        crossing=entry.position,
        slope=entry.slope,
        violation=None if entry.monotone else plane + entry.inside * direction,
    )
    if not (two_sided and math.isfinite(entry.position)):
        return found
    band = _band(value_at, entry, depth=limit_state.depth, expected=expected.width, limit=limit)
    return lost if band is None else replace(found, inside=band.inside, behind=band.behind, width=band.width)


def _beyond(c: float) -> float:
    """Chance that a point of a line lies beyond a coordinate."""
    return float(ndtr(-c))


class _Band(NamedTuple):
    """A two-sided event on a line."""

    inside: Chance
    behind: Chance
    width: float


def _band(
    value_at: Callable[[float], float], entry: Crossing, *, depth: float, expected: float, limit: float
) -> _Band | None:
    """Where a two-sided event begins and ends: a band that may be far narrower than the tolerance of its entry.

    None where simulations failed.
    """
    position = entry.position
    # Behind this coordinate lies too little to matter, whether the event ends there or not.
    least = _NEGLIGIBLE * _beyond(position)
    negligible = -float(ndtri(least))
    local = depth / abs(entry.slope) if math.isfinite(entry.slope) else math.inf
    width = local if math.isnan(expected) else expected
    if not position + width < negligible and value_at(negligible) > -depth:
        all_of_it = _beyond(position)
        return _Band(Chance(all_of_it, all_of_it), Chance(0.0, least), math.inf)
    width = min(width, negligible - position)
    slope = entry.slope if entry.slope < 0 else -depth / width
    begin = polish(value_at, near=position, slope=slope, width=width, limit=limit)
    if math.isnan(begin):
        return None
    end = polish(lambda c: value_at(c) + depth, near=begin + width, slope=-depth / width, width=width, limit=limit)
    if math.isnan(end):
        return None
    found = end - begin
    if not end > begin:  # the simulator's noise is wider than the band: its slope there tells the width
        end, found = begin + (local if math.isfinite(local) else width), math.nan
    inside, behind = _beyond(begin) - _beyond(end), _beyond(end)
    return _Band(Chance(inside, inside), Chance(behind, behind), found)


def audited(line: Line, limit_state: LimitState, direction: Array, generator: np.random.Generator) -> Line:
    """Look at one more point on each side of the crossing, which must be on the expected side.

    Parameters
    ----------
    line
        A line whose crossing is known.
    limit_state
        The limit state.
    direction
        Unit vector along the line, shape (dimension,).
    generator
        Draws the points.

    Returns
    -------
    Line
        The line, with a violation if one was met.
    """
    reach = abs(line.crossing) + 1.0
    outside = generator.uniform(-reach, line.crossing - 0.5)
    inside = line.crossing + generator.uniform(0.5, 2.0)
    deepest = -limit_state.depth if inside > line.crossing + line.width else 0.0  # not back in a band that has ended
    for c, low, high in ((outside, 0.0, math.inf), (inside, -math.inf, deepest)):
        z = line.plane + c * direction
        value = limit_state(z)
        if not (math.isnan(value) or low < value <= high):
            return replace(line, violation=z)
    return line
