"""Line sampling: the failure probability along random parallel lines, averaged.

Each line runs along the important direction through a standard-normal point of the hyperplane perpendicular to it; the
probability that a point of the line fails is an exact one-dimensional normal probability once the crossing is known.
Where the surface is flat all lines agree, whatever the probability. The average is unbiased for any direction; a bad
direction costs variance. Where the lines themselves show a better direction, they are begun anew along it.

References
----------
P. S. Koutsourelakis, H. J. Pradlwarter, G. I. Schuëller, Reliability of structures in high dimensions, part I:
algorithms and applications, Probabilistic Eng. Mech. 19, 409 (2004), doi 10.1016/j.probengmech.2003.10.001.

To change the direction on the way: M. de Angelis, E. Patelli, M. Beer, Advanced line sampling for efficient robust
reliability analysis, Struct. Saf. 52, 170 (2015), doi 10.1016/j.strusafe.2014.10.002; their lines are kept, here those
along the worse direction are dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import final

from rramsim.rare.crossing import find_crossing
from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import BudgetSpentError
from rramsim.rare.line_sampler import LineSampler
from rramsim.rare.method import AbstractMethod, Drawn, Method
from rramsim.rare.search import Purpose, Search

_MIN_LINES = 48  # fewer tell too little of the scatter's shape for an honest interval
_LOOK_LINES = 8  # between looks at the precision
_LOOK_PART = 4  # later looks come after a fourth as many lines as there are: stopping at a lucky one biases
_FEW_LINES = 16  # enough for an event that is far too rare to matter
_FAR_BELOW = 1e-2  # part of the floor
_REALIGN_AFTER = 4  # lines more than there are dimensions
_REALIGNMENTS = 3
_GAIN = 2.0  # how many times fewer lines it must take to draw them elsewhere
_DISTANCE_TOLERANCE = 0.02  # of a design point [standard deviations]


@final
class LineSampling(AbstractMethod):
    """Lines along the direction of the nearest design point, begun anew where they show a better one."""

    name = Method.LINE_SAMPLING

    def least(self, points: Sequence[DesignPoint], dimension: int) -> int:
        """Two values of each of the fewest lines, which are all the same one where there is a single variable."""
        return 2 * _MIN_LINES if dimension > 1 else 2

    def run(self, search: Search, points: Sequence[DesignPoint]) -> Drawn:
        """Draw lines until the precision is reached, or one of them meets what it should not.

        Parameters
        ----------
        search
            The event, the precision, the budget and the random streams.
        points
            Known design points; lines are drawn along the first one's direction.

        Returns
        -------
        Drawn
            The average of the last lines, the design point that they were drawn along first among the points, and where
            a line contradicted one monotone crossing.
        """
        point, drawn = points[0], list[LineSampler]()
        for attempt in range(_REALIGNMENTS + 1):
            sampler = LineSampler(
                limit_state=search.limit_state,
                point=point,
                limit=search.precision.beta_limit + 1.0,
                generator=partial(search.generator, Purpose.LINES, attempt=attempt),
            )
            drawn.append(sampler)
            try:
                realigned = _draw(search, sampler, may_realign=attempt < _REALIGNMENTS)
            except BudgetSpentError:
                return _cut_off(drawn, points)
            violation = next((line.violation for line in sampler.lines if line.violation is not None), None)
            if realigned is None or violation is not None:
                break
            point = realigned
        return Drawn(
            estimate=sampler.estimate(),
            points=(sampler.point, *points[1:]),
            violation=violation,
            behind=sampler.behind() if violation is None else None,
        )


def _cut_off(drawn: Sequence[LineSampler], points: Sequence[DesignPoint]) -> Drawn:
    """What the last lines tell that are enough for an interval."""
    sampler = next((one for one in reversed(drawn) if len(one.lines) >= _MIN_LINES), None)
    if sampler is None:
        return Drawn(estimate=Estimate.unknown_rate(), points=tuple(points))
    return Drawn(estimate=sampler.estimate(), points=(sampler.point, *points[1:]), behind=sampler.behind())


def _draw(search: Search, sampler: LineSampler, *, may_realign: bool) -> DesignPoint | None:
    """Draw until done; another design point if it is worth starting again with it."""
    precision, look = search.precision, _MIN_LINES
    while True:
        line = sampler.draw()
        lines = len(sampler.lines)
        if line.violation is not None:
            return None
        if may_realign and (lines == look or lines == search.limit_state.dimension + _REALIGN_AFTER):
            realigned = sampler.realigned()
            if realigned is not None:
                nearer = _nearer(search, realigned, sampler.point)
                if nearer is not None:
                    return nearer
                may_realign = False  # what the lines suggest is chance
        if lines == _FEW_LINES and sampler.estimate().interval()[1] < _FAR_BELOW * precision.floor:
            return None
        if lines == look:
            estimate = sampler.estimate()
            if precision.enough(estimate) or search.exhausted or search.paused:
                return None
            if lines >= precision.max_simulations:  # of simulations that were all known already
                return None
            if _missing(search, estimate) > lines and sampler.adapt(_GAIN):
                may_realign = False
            elif lines >= 4 * _MIN_LINES and search.hopeless(estimate):
                return None
            look += max(_LOOK_LINES, lines // _LOOK_PART)


def _missing(search: Search, estimate: Estimate) -> float:
    """How many lines like those of an estimate are still needed."""
    return estimate.trials * ((estimate.known.relative_width / search.precision.relative) ** 2 - 1)


def _nearer(search: Search, candidate: DesignPoint, point: DesignPoint) -> DesignPoint | None:
    """The candidate, as far away as it really is, if that is nearer than the point."""
    found = [
        find_crossing(
            search.limit_state.along(one.direction),
            guess=one.beta, slope=one.slope, tolerance=_DISTANCE_TOLERANCE, limit=search.precision.beta_limit,
        )
        for one in (candidate, point)
    ]  # fmt: skip
    if not all(one.reached for one in found) or not found[0].position < found[1].position:
        return None
    return replace(candidate, beta=found[0].position)
