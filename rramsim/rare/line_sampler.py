"""Draws lines, and learns from them where to expect the next crossing and where to draw further ones.

References
----------
Ridge regression: A. E. Hoerl, R. W. Kennard, Technometrics 12, 55 (1970), doi 10.1080/00401706.1970.10488634.

The lines left out, from the leverages: D. M. Allen, The relationship between variable selection and data augmentation
and a method for prediction, Technometrics 16, 125 (1974), doi 10.1080/00401706.1974.10489157.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Array, LimitState
from rramsim.rare.line import Chance, Expectation, Line, audited, solve_line
from rramsim.rare.plane_density import PlaneDensity, standard_plane

_LAST_STEP = 0.1  # of the secant, in terms of ln(probability)
_AUDIT_EVERY = 5  # lines
_ENOUGH = 5  # lines from which they tell where to expect the next crossing
_RIDGES = (0.01, 0.1, 1.0, 10.0)
_LEVEL = 0.3  # scatter of ln(probability) below which lines agree well enough
_EXPLAINED = 0.5  # part of the scatter that another direction must promise to remove
_FIT_EACH, _FIT_EVERY = 16, 8  # lines are fitted anew after each of the first, then every so often


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
    _fit: _Fit | None = None
    _density: PlaneDensity | None = None  # where lines are drawn; at first standard-normal points of the hyperplane

    def draw(self) -> Line:
        """Draw and solve the next line."""
        generator, direction = self.generator(len(self.lines)), self.point.direction
        if self._density is None:
            plane, weight = standard_plane(generator, direction), 1.0
        else:
            plane = self._density.draw(generator, direction)
            weight = 1 / float(self._density.ratio(plane[np.newaxis])[0])
        line = solve_line(
            self.limit_state, direction, plane,
            weight=weight, expected=self._expected(plane), tolerance=self._tolerance, limit=self.limit,
        )  # fmt: skip
        if len(self.lines) % _AUDIT_EVERY == 0 and line.violation is None and math.isfinite(line.crossing):
            line = audited(line, self.limit_state, direction, generator)
        self.lines.append(line)
        if len(self.lines) <= _FIT_EACH or len(self.lines) % _FIT_EVERY == 0:
            self._fit = None
        return line

    def estimate(self) -> Estimate:
        """The average of the lines."""
        return _average([(line.weight, line.inside) for line in self.lines])

    def behind(self) -> Estimate | None:
        """The average of what lies behind a two-sided event; None for a one-sided one."""
        found = [(line.weight, line.behind) for line in self.lines if line.behind is not None]
        return _average(found) if found else None

    def adapt(self, gain: float) -> bool:
        """Draw further lines where those before suggest, if that is worth it.

        Parameters
        ----------
        gain
            How many times fewer lines must do for the same precision.

        Returns
        -------
        bool
            Whether the density was changed.
        """
        known = [line for line in self.lines if line.inside.known]
        chances = np.array([line.inside.low for line in known])
        contributions = np.array([line.weight for line in known]) * chances
        if not contributions.any():
            return False
        planes = np.array([line.plane for line in known])
        density = PlaneDensity.fitted(planes, contributions)
        if density.gain(planes, chances, contributions) < gain:
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
        slope = float(np.nanmedian([line.slope for line in self.lines]))
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
        """Hyperplane points and crossings of the lines that have one, shapes (lines, dimension) and (lines,)."""
        solved = [line for line in self.lines if math.isfinite(line.crossing)]
        planes = np.array([line.plane for line in solved]).reshape(-1, self.limit_state.dimension)
        return planes, np.array([line.crossing for line in solved])

    @property
    def _tolerance(self) -> float:
        """Step of the secant that ends it; the crossing is then known much better."""
        return _LAST_STEP / max(abs(self.point.beta), 1.0)

    def _expected(self, plane: Array) -> Expectation:
        """What those before tell about a line through a point of the hyperplane."""
        slopes = [line.slope for line in self.lines if line.slope < 0]
        widths = [line.width for line in self.lines if not math.isnan(line.width)]
        fit = self._fitted()
        return Expectation(
            crossing=self.point.beta if math.isnan(fit.level) else fit.level + float(plane @ fit.tilt),
            slope=float(np.median(slopes)) if slopes else self.point.slope,
            width=float(np.median(widths)) if widths else math.nan,
        )


def _average(found: Sequence[tuple[float, Chance]]) -> Estimate:
    """Average of weighted probabilities."""
    known = np.array([weight * chance.low for weight, chance in found if chance.known])
    unknown = [(weight, chance) for weight, chance in found if not chance.known]
    return Estimate(
        trials=known.size,
        sum_p=float(known.sum()),
        sum_p2=float((known**2).sum()),
        sum_p3=float((known**3).sum()),
        unknown=len(unknown),
        unknown_low=float(sum(weight * chance.low for weight, chance in unknown)),
        unknown_high=float(sum(weight * chance.high for weight, chance in unknown)),
    )
