"""Probability of one rare event: line sampling as long as it fits, another method where it does not.

The order is: design point, look for other regions, line sampling with the audits of its lines; several regions go to
importance sampling, several crossings of a line to multi-root lines, and what defeats both to subset simulation. What
no method brings to the precision is reported by the one that came nearest to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from types import MappingProxyType

import numpy as np

from rramsim.rare.crossing import find_crossing
from rramsim.rare.design_point import DesignPoint, find_design_point, find_regions, is_distinct, relevant
from rramsim.rare.estimate import Estimate
from rramsim.rare.importance_sampling import ImportanceSampler
from rramsim.rare.limit_state import Array, LimitState
from rramsim.rare.line_sampling import LineSampler
from rramsim.rare.multi_root import solve_line
from rramsim.rare.precision import Precision
from rramsim.rare.subset_simulation import LEVEL_SAMPLES, subset_run

_MIN_LINES = 48  # fewer tell too little of the scatter's shape for an honest interval
_MIN_SAMPLES = 500
_FEW_LINES = 16  # enough for an event that is far too rare to matter
_FAR_BELOW = 1e-2  # part of the floor
_MIN_RUNS, _LEAST_RUNS = 8, 2  # of subset simulation, and where the budget is spent
_LOOK_LINES, _LOOK_SAMPLES = 8, 100  # contributions between looks at the precision
_REALIGN_AFTER = 4  # lines more than there are dimensions
_REALIGNMENTS = 3
_GAIN = 2.0  # how many times fewer lines it must take to draw them elsewhere
_LOOK_PART = 4  # later looks come after a fourth as many lines as there are: stopping at a lucky one biases
_DISTANCE_TOLERANCE = 0.02  # of a design point [standard deviations]
_SCANNED_BEYOND = 3.0  # of a line, behind the design point: beyond, there is a thousandth of its probability

# Random stream by (purpose, number).
Stream = Callable[[int, int], np.random.Generator]
_PROBES, _LINES, _ROOTS, _SAMPLES, _SUBSET = range(5)


class Method(StrEnum):
    """Estimators, as tables name them."""

    MONTE_CARLO = "monte_carlo"
    LINE_SAMPLING = "line_sampling"
    MULTI_ROOT = "multi_root_line_sampling"
    IMPORTANCE_SAMPLING = "importance_sampling"
    SUBSET_SIMULATION = "subset_simulation"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RareEvent:
    """What was found out about an event.

    Parameters
    ----------
    method
        The estimator that the estimate comes from.
    estimate
        The estimate; its ``simulations`` are all that were spent on the event. Empty where the event was not
        reached.
    points
        Design points, the nearest first.
    beta_limit
        How far was looked [standard deviations].
    notes
        Why the method was changed, or what else a reader should know.
    """

    method: Method
    estimate: Estimate
    points: tuple[DesignPoint, ...]
    beta_limit: float
    notes: tuple[str, ...] = ()

    @property
    def beta(self) -> float:
        """Reliability index [standard deviations]: of the nearest design point, or how far was looked in vain."""
        return self.points[0].beta if self.points else self.beta_limit


class EventEstimator:
    """Estimates the probability of one event.

    Parameters
    ----------
    limit_state
        The limit state.
    precision
        When to stop.
    stream
        Random streams.
    """

    def __init__(self, limit_state: LimitState, precision: Precision, stream: Stream) -> None:
        self._limit_state = limit_state
        self._precision = precision
        self._stream = stream
        self._notes: list[str] = []
        response = limit_state.response
        self._spent_before, self._failed_before = response.simulations, response.failed

    def run(self, starts: Sequence[Array] = (), method: Method | None = None, guess: Array | None = None) -> RareEvent:
        """Estimate the probability.

        Parameters
        ----------
        starts
            Directions of the design points of a similar problem, each of shape (dimension,); none to look around.
        method
            Only this method; None for what fits.
        guess
            Direction in which to look first where there are no starts, shape (dimension,).

        Raises
        ------
        NoDirectionError
            The simulations that are needed to find a direction have no results.
        """
        if method is Method.SUBSET_SIMULATION:
            return self._result(method, self._subset_simulation(), [])
        points = self._regions(starts, guess)
        if not points:
            return self._nothing_found()
        if method is Method.MULTI_ROOT:
            return self._result(method, self._multi_root(points[0]), points)
        if method is None and len(points) > 2 * self._limit_state.dimension:
            self._notes.append("more failure regions than can be told apart")
            return self._result(Method.SUBSET_SIMULATION, self._subset_simulation(), points[:1])
        if method is Method.IMPORTANCE_SAMPLING or (method is None and len(points) > 1):
            if method is None:
                self._notes.append(f"{len(points)} failure regions")
            return self._importance_or_subset(points, fixed=method is not None)
        return self._lines_or_other(points, fixed=method is not None)

    def _regions(self, starts: Sequence[Array], guess: Array | None) -> list[DesignPoint]:
        limit = self._precision.beta_limit
        known: list[DesignPoint] = []
        for start in starts:
            point = find_design_point(self._limit_state, limit=limit, start=start)
            if point is not None and is_distinct(point, known):
                known.append(point)
        # Also where the starts led somewhere: the problem that they come from may have fewer regions.
        generator = self._stream(_PROBES, 0)
        return find_regions(self._limit_state, limit=limit, generator=generator, start=guess, known=known)

    def _nothing_found(self) -> RareEvent:
        """No way leads to the event: it is everywhere, behind failed simulations, or too far away to matter."""
        if self._limit_state.occurs(self._limit_state(np.zeros(self._limit_state.dimension))):
            self._notes.append("typical devices are in the event, and no way out was found")
            anywhere = DesignPoint(direction=np.eye(self._limit_state.dimension)[0], beta=0.0, slope=-1.0)
            return self._result(Method.MULTI_ROOT, self._multi_root(anywhere), [])
        if self._failed and not self._limit_state.failed_inside:
            worst = LimitState(self._limit_state.response, self._limit_state.event, failed_inside=True)
            bound = EventEstimator(worst, self._precision, self._stream).run()
            if bound.estimate.trials:
                self._notes.append("only failed simulations were met; the upper bound takes all of them for the event")
                lines, high = bound.estimate.trials, bound.estimate.interval()[1]
                unknown = Estimate(unknown=lines, unknown_high=lines * high)
                return self._result(Method.LINE_SAMPLING, unknown, bound.points)
        self._notes.append(f"not met within {self._precision.beta_limit:.1f} standard deviations of typical devices")
        return self._result(Method.LINE_SAMPLING, Estimate(), [])

    def _lines_or_other(self, points: list[DesignPoint], *, fixed: bool) -> RareEvent:
        sampler, violation = self._line_sampling(points[0])
        estimate = sampler.estimate()
        points = [sampler.point, *points[1:]]
        if violation is None:
            if fixed or self._paused or not self._hopeless(estimate):
                return self._result(Method.LINE_SAMPLING, estimate, points)
            self._notes.append("the lines disagree too much")
            return self._importance_or_subset(points, fixed=False, others={Method.LINE_SAMPLING: estimate})
        other = find_design_point(self._limit_state, limit=self._precision.beta_limit, at=violation)
        if other is not None and is_distinct(other, points):
            self._notes.append("an audited line met another failure region")
            return self._importance_or_subset(relevant([*points, other]), fixed=False)
        self._notes.append("a line crosses the surface more than once")
        estimate = self._multi_root(points[0])
        if not self._hopeless(estimate):
            return self._result(Method.MULTI_ROOT, estimate, points)
        self._notes.append("the multi-root lines disagree too much")
        # Importance sampling would look only where the regions are that do not explain what was met.
        return self._subset_or(points, {Method.MULTI_ROOT: estimate})

    def _line_sampling(self, point: DesignPoint) -> tuple[LineSampler, Array | None]:
        """Lines until the precision is reached; and a point that contradicts them, if one was met."""
        for attempt in range(_REALIGNMENTS + 1):
            sampler = LineSampler(
                limit_state=self._limit_state,
                point=point,
                limit=self._precision.beta_limit + 1.0,
                generator=partial(self._stream, _LINES + 16 * attempt),
            )
            realigned = self._draw_lines(sampler, may_realign=attempt < _REALIGNMENTS)
            violations = [line.violation for line in sampler.lines if line.violation is not None]
            if realigned is None or violations:
                break
            point = realigned
        return sampler, violations[0] if violations else None

    def _draw_lines(self, sampler: LineSampler, *, may_realign: bool) -> DesignPoint | None:
        """Draw until done; another design point if it is worth starting again with it."""
        look = _MIN_LINES
        while True:
            line = sampler.draw()
            lines = len(sampler.lines)
            if line.violation is not None:
                return None
            if may_realign and (lines == look or lines == self._limit_state.dimension + _REALIGN_AFTER):
                realigned = sampler.realigned()
                if realigned is not None:
                    nearer = self._nearer(realigned, sampler.point)
                    if nearer is not None:
                        return nearer
                    may_realign = False  # what the lines suggest is chance
            if lines == _FEW_LINES and sampler.estimate().interval()[1] < _FAR_BELOW * self._precision.floor:
                return None
            if lines == look:
                estimate = sampler.estimate()
                if self._precision.enough(estimate) or self._exhausted or self._paused:
                    return None
                if lines >= self._precision.max_simulations:  # of simulations that were all known already
                    return None
                if self._missing(estimate) > lines and sampler.adapt(_GAIN):
                    may_realign = False
                elif lines >= 4 * _MIN_LINES and self._hopeless(estimate):
                    return None
                look += max(_LOOK_LINES, lines // _LOOK_PART)

    def _missing(self, estimate: Estimate) -> float:
        """How many lines like those of an estimate are still needed."""
        return estimate.trials * ((estimate.known.relative_width / self._precision.relative) ** 2 - 1)

    def _nearer(self, candidate: DesignPoint, point: DesignPoint) -> DesignPoint | None:
        """The candidate, as far away as it really is, if that is nearer than the point."""
        found = [
            find_crossing(
                self._limit_state.along(one.direction),
                guess=one.beta, slope=one.slope, tolerance=_DISTANCE_TOLERANCE, limit=self._precision.beta_limit,
            )
            for one in (candidate, point)
        ]  # fmt: skip
        if not all(one.reached for one in found) or not found[0].position < found[1].position:
            return None
        return replace(candidate, beta=found[0].position)

    def _multi_root(self, point: DesignPoint) -> Estimate:
        estimate = Estimate()
        limit = max(point.beta, 0.0) + _SCANNED_BEYOND
        while True:
            for _ in range(_LOOK_LINES):
                generator = self._stream(_ROOTS, estimate.trials + estimate.unknown)
                estimate += solve_line(self._limit_state, point.direction, limit=limit, generator=generator)
            lines = estimate.trials + estimate.unknown
            done = self._precision.enough(estimate) or self._exhausted
            if lines >= _MIN_LINES and (done or (lines >= 4 * _MIN_LINES and self._hopeless(estimate))):
                return estimate

    def _importance_or_subset(
        self, points: list[DesignPoint], *, fixed: bool, others: Mapping[Method, Estimate] = MappingProxyType({})
    ) -> RareEvent:
        """Importance sampling, or what comes nearest to the precision; ``others`` did not reach it."""
        estimate = self._importance_sampling(points)
        if fixed or not self._hopeless(estimate):
            return self._result(Method.IMPORTANCE_SAMPLING, estimate, points)
        self._notes.append("the weights of importance sampling scatter too much")
        return self._subset_or(points, {**others, Method.IMPORTANCE_SAMPLING: estimate})

    def _subset_or(self, points: list[DesignPoint], others: Mapping[Method, Estimate]) -> RareEvent:
        """Subset simulation as far as the budget goes, or the narrowest of ``others``."""
        known = [estimate.probability for estimate in others.values() if estimate.probability > 0]
        levels = -math.log10(min(known, default=self._precision.floor)) + 1
        if self._precision.max_simulations < _LEAST_RUNS * levels * LEVEL_SAMPLES:
            self._notes.append("subset simulation would take more simulations than allowed")
        else:
            others = {**others, Method.SUBSET_SIMULATION: self._subset_simulation()}
        method = min(others, key=lambda name: others[name].relative_width)
        return self._result(method, others[method], points)

    def _importance_sampling(self, points: list[DesignPoint]) -> Estimate:
        sampler = ImportanceSampler(self._limit_state, points)
        estimate = Estimate()
        number = 0
        while True:
            for _ in range(_LOOK_SAMPLES):
                sample = sampler.draw(self._stream(_SAMPLES, number))
                number += 1
                if sample.occurred is None:
                    estimate += Estimate(unknown=1, unknown_high=sample.weight)
                else:
                    value = sample.weight if sample.occurred else 0.0
                    estimate += _contribution(value)
            done = self._precision.enough(estimate) or self._exhausted
            if number >= _MIN_SAMPLES and (done or (number >= 4 * _MIN_SAMPLES and self._hopeless(estimate))):
                return estimate

    def _subset_simulation(self) -> Estimate:
        estimate = Estimate()
        while True:
            before = self._spent
            estimate += _contribution(subset_run(self._limit_state, self._stream(_SUBSET, estimate.trials)))
            if estimate.trials < _LEAST_RUNS:
                continue
            if 2 * self._spent - before > self._precision.max_simulations:
                return estimate
            if estimate.trials >= _MIN_RUNS and self._precision.reached(estimate):
                return estimate

    def _hopeless(self, estimate: Estimate) -> bool:
        return self._precision.hopeless(estimate, self._spent)

    @property
    def _spent(self) -> int:
        return self._limit_state.response.simulations - self._spent_before

    @property
    def _exhausted(self) -> bool:
        return self._spent >= self._precision.max_simulations

    @property
    def _paused(self) -> bool:
        return self._precision.pause is not None and self._spent >= self._precision.pause

    @property
    def _failed(self) -> int:
        return self._limit_state.response.failed - self._failed_before

    def _result(self, method: Method, estimate: Estimate, points: Sequence[DesignPoint]) -> RareEvent:
        failed = self._failed
        if not (estimate.empty or self._precision.reached(estimate)):
            self._notes.append("the precision was not reached")
            if self._precision.reached(estimate.known):
                self._notes.append("failed simulations keep the interval wide")
        elif estimate.skewed and method is not Method.SUBSET_SIMULATION and not self._precision.negligible(estimate):
            self._notes.append("a few contributions are most of the estimate: the interval may be too narrow")
        if failed and method is Method.SUBSET_SIMULATION:
            self._notes.append("failed simulations were taken for no misread, which the interval does not hold")
        return RareEvent(
            method=method,
            estimate=replace(estimate, simulations=self._spent, failed=failed),
            points=tuple(points),
            beta_limit=self._precision.beta_limit,
            notes=tuple(self._notes),
        )


def _contribution(value: float) -> Estimate:
    return Estimate(trials=1, sum_p=value, sum_p2=value**2, sum_p3=value**3)
