"""Line sampling: the failure probability along random parallel lines, averaged.

Each line runs along the important direction through a standard-normal point of the hyperplane perpendicular to it; the
probability that a point of the line fails is an exact one-dimensional normal probability once the crossing is known.
Where the surface is flat all lines agree, whatever the probability. The average is unbiased for any direction; a bad
direction costs variance. P. S. Koutsourelakis, H. J. Pradlwarter, G. I. Schuëller, Probabilistic Eng. Mech. 19, 409
(2004), doi 10.1016/j.probengmech.2003.10.001.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from rramsim.ber.rare.crossing import Crossing, find_crossing, polish
from rramsim.ber.rare.design_point import DesignPoint
from rramsim.ber.rare.limit_state import Array, LimitState

_LAST_STEP = 0.2  # of the secant, in terms of ln(probability)
_NEGLIGIBLE = 1e-3  # part of a line's probability that may be left out
_AUDIT_EVERY = 5  # lines
_RIDGES = (0.01, 0.1, 1.0, 10.0)
_LEVEL = 0.3  # scatter of ln(probability) below which lines agree well enough
_EXPLAINED = 0.5  # part of the scatter that another direction must promise to remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line.

    Parameters
    ----------
    probability
        That a point of the line fails; NaN if simulations failed and it is not known.
    low, high
        Bounds of it, equal to it where it is known.
    violation
        A point that contradicts one monotone crossing; None where none was met.
    """

    probability: float
    low: float
    high: float
    crossing: float
    violation: Array | None = None


@dataclass(kw_only=True)
class LineSampler:
    """Draws and solves lines along one direction, learning where to expect the next crossing.

    Parameters
    ----------
    limit_state
        The limit state.
    point
        Design point: the direction, and the first guess.
    limit
        Farthest coordinate to look at [standard deviations].
    generator
        Gives the random stream of a line by its number.
    """

    limit_state: LimitState
    point: DesignPoint
    limit: float
    generator: Callable[[int], np.random.Generator]
    lines: list[Line] = field(default_factory=list)
    _planes: list[Array] = field(default_factory=list)
    _slopes: list[float] = field(default_factory=list)
    _widths: list[float] = field(default_factory=list)

    def draw(self) -> Line:
        """Draw and solve the next line."""
        generator = self.generator(len(self.lines))
        z = generator.standard_normal(self.limit_state.dimension)
        plane = z - float(z @ self.point.direction) * self.point.direction
        line, slope = self._solve(plane)
        if len(self.lines) % _AUDIT_EVERY == 0 and line.violation is None and math.isfinite(line.crossing):
            line = self._audited(line, plane, generator)
        self.lines.append(line)
        self._planes.append(plane)
        self._slopes.append(slope)
        return line

    def tilt(self) -> Array:
        """Slope of the crossing over the hyperplane, shape (dimension,): zero where the direction is right."""
        return self._fitted()[0]

    def realigned(self) -> DesignPoint | None:
        """The design point of the fitted tangent plane, if lines along its direction would agree much better."""
        crossings = self._solved()[1]
        if len(crossings) < 3:
            return None
        tilt, explained = self._fitted()
        scatter = float(np.std(crossings)) * max(abs(float(crossings.mean())), 1.0)  # of a line's ln(probability)
        if scatter < _LEVEL or explained < _EXPLAINED:
            return None
        direction = self.point.direction - tilt
        norm = float(np.linalg.norm(direction))
        slope = float(np.nanmedian(self._slopes))
        return DesignPoint(direction=direction / norm, beta=float(crossings.mean()) / norm, slope=slope * norm)

    def _fitted(self) -> tuple[Array, float]:
        """Tilt by ridge regression, and the part of the crossings' variance that it predicts for a line left out."""
        planes, crossings = self._solved()
        best, explained = np.zeros_like(self.point.direction), 0.0
        if len(crossings) < 3:
            return best, explained
        deviation = crossings - crossings.mean()
        variance = float(deviation @ deviation)
        for ridge in _RIDGES:
            solver = np.linalg.solve(planes.T @ planes + ridge * np.eye(planes.shape[1]), planes.T)
            slope = solver @ deviation
            leverage = np.clip(np.einsum("ij,ji->i", planes, solver) + 1 / len(crossings), 0.0, 0.999)
            left_out = (deviation - planes @ slope) / (1 - leverage)
            predicted = 1 - float(left_out @ left_out) / variance if variance > 0 else 0.0
            if predicted > explained:
                best, explained = slope, predicted
        return best, explained

    def _solved(self) -> tuple[Array, Array]:
        crossings = np.array([line.crossing for line in self.lines])
        usable = np.isfinite(crossings)
        return np.array(self._planes)[usable], crossings[usable]

    def _solve(self, plane: Array) -> tuple[Line, float]:
        guess, slope = self._expected(plane)
        value_at = self.limit_state.along(self.point.direction, plane)
        entry = find_crossing(value_at, guess=guess, slope=slope, tolerance=self._tolerance, limit=self.limit)
        if not entry.resolved:
            # A two-sided event may end anywhere behind its entry.
            low = 0.0 if math.isfinite(self.limit_state.depth) else float(ndtr(-entry.inside))
            high = float(ndtr(-entry.outside))
            return Line(probability=math.nan, low=low, high=high, crossing=math.nan), math.nan
        if math.isfinite(self.limit_state.depth) and math.isfinite(entry.position):
            probability = self._between(value_at, entry)
        else:
            probability = float(ndtr(-entry.position))
        if math.isnan(probability):
            return Line(
                probability=probability, low=0.0, high=float(ndtr(-entry.position)), crossing=math.nan
            ), math.nan
        violation = None if entry.monotone else plane + entry.inside * self.point.direction
        return (
            Line(
                probability=probability,
                low=probability,
                high=probability,
                crossing=entry.position,
                violation=violation,
            ),
            entry.slope,
        )

    @property
    def _tolerance(self) -> float:
        """Step of the secant that ends it; the crossing is then known much better."""
        return _LAST_STEP / max(abs(self.point.beta), 1.0)

    def _between(self, value_at: Callable[[float], float], entry: Crossing) -> float:
        """Probability of a two-sided event: a band that may be far narrower than the tolerance of its entry."""
        depth, position = self.limit_state.depth, entry.position
        # Behind this coordinate lies too little to matter, whether the event ends there or not.
        negligible = -float(ndtri(_NEGLIGIBLE * ndtr(-position)))
        local = depth / abs(entry.slope) if math.isfinite(entry.slope) else math.inf
        width = float(np.median(self._widths)) if self._widths else local
        if not position + width < negligible and value_at(negligible) > -depth:
            self._widths.append(math.inf)
            return float(ndtr(-position))
        width = min(width, negligible - position)
        slope = entry.slope if entry.slope < 0 else -depth / width
        begin = polish(value_at, near=position, slope=slope, width=width)
        if math.isnan(begin):
            return math.nan
        end = polish(lambda c: value_at(c) + depth, near=begin + width, slope=-depth / width, width=width)
        if math.isnan(end):
            return math.nan
        self._widths.append(end - begin)
        return float(ndtr(-begin) - ndtr(-end))

    def _expected(self, plane: Array) -> tuple[float, float]:
        """Where the crossing is expected, and the slope there."""
        slopes = [slope for slope in self._slopes if slope < 0]
        slope = float(np.median(slopes)) if slopes else self.point.slope
        crossings = self._solved()[1] if self.lines else np.empty(0)
        if len(crossings) < 5:
            return self.point.beta, slope
        return float(crossings.mean() + plane @ self.tilt()), slope

    def _audited(self, line: Line, plane: Array, generator: np.random.Generator) -> Line:
        """Look at one more point on each side of the crossing, which must be on the expected side."""
        reach = abs(line.crossing) + 1.0
        outside = generator.uniform(-reach, line.crossing - 0.5)
        inside = line.crossing + generator.uniform(0.5, 2.0)
        for c, expected in ((outside, False), (inside, True)):
            z = plane + c * self.point.direction
            value = self.limit_state(z)
            if not math.isnan(value) and (value <= 0) is not expected:
                return Line(
                    probability=line.probability, low=line.low, high=line.high, crossing=line.crossing, violation=z
                )
        return line
