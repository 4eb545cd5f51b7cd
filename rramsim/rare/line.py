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

import numpy as np
from scipy.special import ndtr, ndtri

from rramsim.rare.crossing import Crossing, find_crossing, polish
from rramsim.rare.limit_state import Array, LimitState

_NEGLIGIBLE = 1e-3  # part of a line's probability that may be left out


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """One line.

    Parameters
    ----------
    plane
        Where it meets the hyperplane perpendicular to it, shape (dimension,).
    weight
        Standard-normal density there over the density that it was drawn from [1].
    probability
        That a point of the line fails; NaN if simulations failed and it is not known.
    low, high
        Bounds of it, equal to it where it is known.
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
    probability: float
    low: float
    high: float
    crossing: float
    slope: float
    width: float = math.nan
    violation: Array | None = None

    @property
    def known(self) -> bool:
        """Whether its probability is known."""
        return not math.isnan(self.probability)

    @property
    def contribution(self) -> float:
        """What it adds to the sum of an average."""
        return self.weight * self.probability


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
        The line; its probability is NaN where simulations failed.
    """
    value_at = limit_state.along(direction, plane)
    two_sided = math.isfinite(limit_state.depth)
    entry = find_crossing(value_at, guess=expected.crossing, slope=expected.slope, tolerance=tolerance, limit=limit)
    high = float(ndtr(-(entry.position if entry.found else entry.outside)))
    lost = Line(plane=plane, weight=weight, probability=math.nan, low=0.0, high=high, crossing=math.nan, slope=math.nan)
    if not entry.found:
        # A two-sided event may end anywhere behind its entry.
        return lost if two_sided else replace(lost, low=float(ndtr(-entry.inside)))
    probability, width = high, math.nan
    if two_sided and math.isfinite(entry.position):
        probability, width = _band(value_at, entry, depth=limit_state.depth, expected=expected.width, limit=limit)
    if math.isnan(probability):
        return lost
    return replace(
        lost,
        probability=probability,
        low=probability,
        high=probability,
        crossing=entry.position,
        slope=entry.slope,
        width=width,
        violation=None if entry.monotone else plane + entry.inside * direction,
    )


def _band(
    value_at: Callable[[float], float], entry: Crossing, *, depth: float, expected: float, limit: float
) -> tuple[float, float]:
    """Probability and width of a two-sided event: a band that may be far narrower than the tolerance of its entry."""
    position = entry.position
    # Behind this coordinate lies too little to matter, whether the event ends there or not.
    negligible = -float(ndtri(_NEGLIGIBLE * ndtr(-position)))
    local = depth / abs(entry.slope) if math.isfinite(entry.slope) else math.inf
    width = local if math.isnan(expected) else expected
    if not position + width < negligible and value_at(negligible) > -depth:
        return float(ndtr(-position)), math.inf
    width = min(width, negligible - position)
    slope = entry.slope if entry.slope < 0 else -depth / width
    begin = polish(value_at, near=position, slope=slope, width=width, limit=limit)
    if math.isnan(begin):
        return math.nan, math.nan
    end = polish(lambda c: value_at(c) + depth, near=begin + width, slope=-depth / width, width=width, limit=limit)
    if math.isnan(end):
        return math.nan, math.nan
    found = end - begin
    if not end > begin:  # the simulator's noise is wider than the band: its slope there tells the width
        end, found = begin + (local if math.isfinite(local) else width), math.nan
    return float(ndtr(-begin) - ndtr(-end)), found


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
    for c, expected in ((outside, False), (inside, True)):
        z = line.plane + c * direction
        value = limit_state(z)
        if not math.isnan(value) and (value <= 0) is not expected:
            return replace(line, violation=z)
    return line
