"""Lines that cross the surface several times: every crossing that a scan of the line shows.

References
----------
P. S. Koutsourelakis, H. J. Pradlwarter, G. I. Schuëller, Reliability of structures in high dimensions, part I:
algorithms and applications, Probabilistic Eng. Mech. 19, 409 (2004), doi 10.1016/j.probengmech.2003.10.001. The average
over lines is theirs; the sum over several segments of a line is its plain extension.

R. P. Brent, Algorithms for Minimization without Derivatives, Prentice-Hall 1973, ch. 4: the crossings, as scipy's
``brentq`` has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Array, BudgetSpentError, LimitState
from rramsim.rare.method import AbstractMethod, Drawn, Method
from rramsim.rare.search import Purpose, Search

_SPACING = 0.75  # of the scan [standard deviations]
_TOLERANCE = 1e-4  # of a crossing [standard deviations]
_SCANNED_BEYOND = 3.0  # of a line, behind the design point: beyond, there is a thousandth of its probability
_MIN_LINES = 48  # fewer tell too little of the scatter's shape for an honest interval
_LOOK_LINES = 8  # between looks at the precision


@final
class MultiRoot(AbstractMethod):
    """Line sampling for surfaces that a line may cross any number of times."""

    name = Method.MULTI_ROOT

    def least(self, points: Sequence[DesignPoint], dimension: int) -> int:
        """The scans of the fewest lines, which are all the same one where there is a single variable."""
        scan = len(_grid(_scanned(points[0])))
        return scan * _MIN_LINES if dimension > 1 else scan

    def run(self, search: Search, points: Sequence[DesignPoint]) -> Drawn:
        """Scan lines along the first design point's direction.

        Parameters
        ----------
        search
            The event, the precision, the budget and the random streams.
        points
            Known design points; lines are drawn along the first one's direction.

        Returns
        -------
        Drawn
            The average of the lines, and the points as they were.
        """
        estimate = Estimate()
        point = points[0]
        limit = _scanned(point)
        try:
            while not search.ended(estimate, draws=estimate.contributions, least=_MIN_LINES):
                for _ in range(_LOOK_LINES):
                    generator = search.generator(Purpose.ROOTS, estimate.contributions)
                    estimate += scan_line(search.limit_state, point.direction, limit=limit, generator=generator)
        except BudgetSpentError:
            if estimate.contributions < _MIN_LINES:
                estimate = Estimate.unknown_rate()
        return Drawn(estimate=estimate, points=tuple(points))


def _scanned(point: DesignPoint) -> float:
    """How far lines are scanned on either side [standard deviations]."""
    return max(point.beta, 0.0) + _SCANNED_BEYOND


def _grid(limit: float) -> Array:
    return np.linspace(-limit, limit, 1 + math.ceil(2 * limit / _SPACING))


class _NoValueError(Exception):
    """A simulation that a crossing depends on has no result."""


def scan_line(limit_state: LimitState, direction: Array, *, limit: float, generator: np.random.Generator) -> Estimate:
    """Failure probability of one random line, as one contribution to an estimate.

    Parameters
    ----------
    limit_state
        The limit state.
    direction
        Unit vector along the line, shape (dimension,).
    limit
        Farthest coordinate to scan, on either side [standard deviations].
    generator
        Draws the line.
    """
    z = generator.standard_normal(limit_state.dimension)
    plane = z - float(z @ direction) * direction

    on_line = limit_state.along(direction, plane)

    def value_at(c: float) -> float:
        value = on_line(c)
        if math.isnan(value):
            raise _NoValueError
        return value

    grid = _grid(limit)
    try:
        values = [value_at(c) for c in grid]
        bounds = (0.0, -limit_state.depth) if math.isfinite(limit_state.depth) else (0.0,)
        crossings = sorted(
            brentq(lambda c, b=bound: value_at(c) - b, grid[i], grid[i + 1], xtol=_TOLERANCE)
            for bound in bounds
            for i in range(len(grid) - 1)
            if (values[i] > bound) != (values[i + 1] > bound)
        )
        edges = np.array([-math.inf, *crossings, math.inf])
        # The middle of a segment tells whether it fails; an end segment is what its end of the scan is.
        middles = [grid[0], *((edges[1:-2] + edges[2:-1]) / 2), grid[-1]] if crossings else [grid[0]]
        fails = np.array([limit_state.occurs(value_at(float(c))) for c in middles])
    except _NoValueError:
        return Estimate(unknown=1, unknown_high=1.0)
    masses = ndtr(edges[1:]) - ndtr(edges[:-1])
    # Differences of numbers near 1 lose a small upper tail: take it from the other side.
    masses = np.where(edges[:-1] > 0, ndtr(-edges[:-1]) - ndtr(-edges[1:]), masses)
    return Estimate.of(float(masses[fails].sum()))
