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

from rramsim.rare.crossing import Crossing, find_crossing, polish
from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Array, LimitState
from rramsim.rare.plane_density import PlaneDensity, standard_plane

_LAST_STEP = 0.1  # of the secant, in terms of ln(probability)
_NEGLIGIBLE = 1e-3  # part of a line's probability that may be left out
_AUDIT_EVERY = 5  # lines
_ENOUGH = 5  # lines from which they tell where to expect the next crossing
_RIDGES = (0.01, 0.1, 1.0, 10.0)
_LEVEL = 0.3  # scatter of ln(probability) below which lines agree well enough
_EXPLAINED = 0.5  # part of the scatter that another direction must promise to remove
_FIT_EACH, _FIT_EVERY = 16, 8  # lines are fitted anew after each of the first, then every so often


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Fit:
    """Crossings fitted over the hyperplane.

    ``tilt`` is their slope, shape (dimension,), zero where the direction is right; ``explained`` the part of their
    variance that it predicts for a line left out; ``level`` their mean, NaN for too few of them.
    """

    tilt: Array
    explained: float
    level: float


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
    _fit: _Fit | None = None
    _weights: list[float] = field(default_factory=list)
    _density: PlaneDensity | None = None  # where lines are drawn; at first standard-normal points of the hyperplane

    def draw(self) -> Line:
        """Draw and solve the next line."""
        generator = self.generator(len(self.lines))
        if self._density is None:
            plane, weight = standard_plane(generator, self.point.direction), 1.0
        else:
            plane = self._density.draw(generator, self.point.direction)
            weight = 1 / float(self._density.ratio(plane[np.newaxis])[0])
        line, slope = self._solve(plane)
        if len(self.lines) % _AUDIT_EVERY == 0 and line.violation is None and math.isfinite(line.crossing):
            line = self._audited(line, plane, generator)
        self.lines.append(line)
        self._planes.append(plane)
        self._weights.append(weight)
        self._slopes.append(slope)
        if len(self.lines) <= _FIT_EACH or len(self.lines) % _FIT_EVERY == 0:
            self._fit = None
        return line

    def estimate(self) -> Estimate:
        """The average of the lines."""
        weights = np.array(self._weights)
        values = np.array([line.probability for line in self.lines])
        known = (weights * values)[np.isfinite(values)]
        unknown = [(w, line) for w, line in zip(weights, self.lines, strict=True) if math.isnan(line.probability)]
        return Estimate(
            trials=known.size,
            sum_p=float(known.sum()),
            sum_p2=float((known**2).sum()),
            sum_p3=float((known**3).sum()),
            unknown=len(unknown),
            unknown_low=float(sum(weight * line.low for weight, line in unknown)),
            unknown_high=float(sum(weight * line.high for weight, line in unknown)),
        )

    def adapt(self, gain: float) -> bool:
        """Draw further lines where those before suggest, if at least ``gain`` times fewer of them would do."""
        probabilities = np.array([line.probability for line in self.lines])
        usable = np.isfinite(probabilities)
        probabilities, contributions = probabilities[usable], (probabilities * np.array(self._weights))[usable]
        if not contributions.any():
            return False
        planes = np.array(self._planes)[usable]
        density = PlaneDensity.fitted(planes, contributions)
        if density.gain(planes, probabilities, contributions) < gain:
            return False
        self._density = density
        return True

    def realigned(self) -> DesignPoint | None:
        """The design point of the fitted tangent plane, if lines along its direction would agree much better."""
        crossings = self._solved()[1]
        if len(crossings) < 3:
            return None
        fit = self._fitted()
        scatter = float(np.std(crossings)) * max(abs(float(crossings.mean())), 1.0)  # of a line's ln(probability)
        if scatter < _LEVEL or fit.explained < _EXPLAINED:
            return None
        direction = self.point.direction - fit.tilt
        norm = float(np.linalg.norm(direction))
        slope = float(np.nanmedian(self._slopes))
        return DesignPoint(direction=direction / norm, beta=float(crossings.mean()) / norm, slope=slope * norm)

    def _fitted(self) -> _Fit:
        """The crossings as a function of the hyperplane, by ridge regression."""
        if self._fit is None:
            self._fit = self._fit_anew()
        return self._fit

    def _fit_anew(self) -> _Fit:
        planes, crossings = self._solved()
        best, explained = np.zeros_like(self.point.direction), 0.0
        if len(crossings) < 3:
            return _Fit(tilt=best, explained=explained, level=math.nan)
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
        level = float(crossings.mean()) if len(crossings) >= _ENOUGH else math.nan
        return _Fit(tilt=best, explained=explained, level=level)

    def _solved(self) -> tuple[Array, Array]:
        crossings = np.array([line.crossing for line in self.lines])
        usable = np.isfinite(crossings)
        return np.array(self._planes).reshape(-1, self.limit_state.dimension)[usable], crossings[usable]

    def _solve(self, plane: Array) -> tuple[Line, float]:
        guess, slope = self._expected(plane)
        value_at = self.limit_state.along(self.point.direction, plane)
        entry = find_crossing(value_at, guess=guess, slope=slope, tolerance=self._tolerance, limit=self.limit)
        if not entry.found:
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
        begin = polish(value_at, near=position, slope=slope, width=width, limit=self.limit)
        if math.isnan(begin):
            return math.nan
        end = polish(
            lambda c: value_at(c) + depth, near=begin + width, slope=-depth / width, width=width, limit=self.limit
        )
        if math.isnan(end):
            return math.nan
        if not end > begin:  # the simulator's noise is wider than the band: its slope there tells the width
            end = begin + (local if math.isfinite(local) else width)
            return float(ndtr(-begin) - ndtr(-end))
        self._widths.append(end - begin)
        return float(ndtr(-begin) - ndtr(-end))

    def _expected(self, plane: Array) -> tuple[float, float]:
        """Where the crossing is expected, and the slope there."""
        slopes = [slope for slope in self._slopes if slope < 0]
        slope = float(np.median(slopes)) if slopes else self.point.slope
        fit = self._fitted()
        return (self.point.beta if math.isnan(fit.level) else fit.level + float(plane @ fit.tilt)), slope

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
