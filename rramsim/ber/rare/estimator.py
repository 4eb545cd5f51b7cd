"""Probability of one rare event: line sampling as long as it fits, another method where it does not.

The order is: design point, look for other regions, line sampling with the audits of its lines; several regions go to
importance sampling, several crossings of a line to multi-root lines, and what defeats both to subset simulation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

import numpy as np
from scipy.special import ndtri

from rramsim.ber.estimate import Estimate
from rramsim.ber.rare.design_point import DesignPoint, find_design_point, find_regions, is_distinct, relevant
from rramsim.ber.rare.importance_sampling import ImportanceSampler
from rramsim.ber.rare.limit_state import Array, LimitState
from rramsim.ber.rare.line_sampling import LineSampler
from rramsim.ber.rare.multi_root import solve_line
from rramsim.ber.rare.subset_simulation import subset_run

DEFAULT_RELATIVE_PRECISION = 0.1

_MIN_LINES = 48  # fewer tell too little of the scatter's shape for an honest interval
_MIN_SAMPLES = 500
_MIN_RUNS = 6  # of subset simulation
_LOOK_LINES, _LOOK_SAMPLES = 8, 100  # contributions between looks at the precision
_REALIGN_AFTER = 4  # lines more than there are dimensions
_REALIGNMENTS = 3
_BEYOND_FLOOR = 0.5  # a curved surface may raise the rate above that of its design point
_VIOLATIONS = 1  # audited lines that may contradict monotony before the method changes

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """When an estimate is good enough, and when to give up.

    Parameters
    ----------
    relative
        Half the width of the 95 % interval, as a part of the probability.
    floor
        Probabilities below this one do not matter.
    max_simulations
        Simulations at most for one event.
    pause
        Simulations after which lines stop for now, however wide the interval is; None for no such stop.
    """

    relative: float = DEFAULT_RELATIVE_PRECISION
    floor: float = 1e-15
    max_simulations: int = 20_000
    pause: int | None = None

    @property
    def beta_limit(self) -> float:
        """Reliability index beyond which an event is below the floor [standard deviations]."""
        return float(-ndtri(self.floor)) + _BEYOND_FLOOR

    def reached(self, estimate: Estimate) -> bool:
        """Whether the interval is narrow enough, or lies below the floor."""
        return estimate.interval()[1] < self.floor or estimate.relative_width <= self.relative

    def enough(self, estimate: Estimate) -> bool:
        """Whether more simulations are of no use: it is reached, or only failed simulations keep the interval wide."""
        return self.reached(estimate) or estimate.known.relative_width <= self.relative / 2

    def hopeless(self, estimate: Estimate, simulations: int) -> bool:
        """Whether going on like this would take more simulations than allowed, failed ones aside."""
        return simulations * (estimate.known.relative_width / self.relative) ** 2 > self.max_simulations


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
        InputError
            The simulations that are needed to find a direction have no results.
        """
        if method is Method.SUBSET_SIMULATION:
            return self._result(method, self._subset_simulation(), [])
        points = self._regions(starts, guess)
        if not points:
            return self._nothing_found()
        if method is Method.MULTI_ROOT:
            return self._result(method, self._multi_root(points[0]), points)
        if method is Method.IMPORTANCE_SAMPLING or (method is None and len(points) > 1):
            if method is None:
                self._notes.append(f"{len(points)} failure regions")
            return self._importance_or_subset(points, fixed=method is not None)
        return self._lines_or_other(points, fixed=method is not None)

    def _regions(self, starts: Sequence[Array], guess: Array | None) -> list[DesignPoint]:
        limit = self._precision.beta_limit
        found: list[DesignPoint] = []
        for start in starts:
            point = find_design_point(self._limit_state, limit=limit, start=start)
            if point is not None and is_distinct(point, found):
                found.append(point)
        # There are no starts, or they do not lead there, or not everywhere.
        if not found or any(self._limit_state(-(abs(p.beta) + 1.0) * p.direction) <= 0 for p in found):
            return find_regions(self._limit_state, limit=limit, generator=self._stream(_PROBES, 0), start=guess)
        return relevant(found)

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
                unknown = Estimate(unresolved=lines, unresolved_high=lines * high)
                return self._result(Method.LINE_SAMPLING, unknown, bound.points)
        return self._result(Method.LINE_SAMPLING, Estimate(), [])

    def _lines_or_other(self, points: list[DesignPoint], *, fixed: bool) -> RareEvent:
        sampler, violation = self._line_sampling(points[0])
        estimate = _estimate_of_lines(sampler)
        points = [sampler.point, *points[1:]]
        if violation is None and (fixed or self._paused or not self._hopeless(estimate)):
            return self._result(Method.LINE_SAMPLING, estimate, points)
        if violation is None:
            self._notes.append("the lines disagree too much")
            return self._importance_or_subset(points, fixed=False)
        other = find_design_point(self._limit_state, limit=self._precision.beta_limit, at=violation)
        if other is not None and is_distinct(other, points):
            self._notes.append("an audited line met another failure region")
            return self._importance_or_subset(relevant([*points, other]), fixed=False)
        self._notes.append("a line crosses the surface more than once")
        estimate = self._multi_root(points[0])
        if not self._hopeless(estimate):
            return self._result(Method.MULTI_ROOT, estimate, points)
        self._notes.append("the multi-root lines disagree too much")
        return self._importance_or_subset(points, fixed=False)

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
            if violations:
                return sampler, violations[0]
            if realigned is None:
                return sampler, None
            point = realigned
        raise AssertionError("the last attempt does not realign")

    def _draw_lines(self, sampler: LineSampler, *, may_realign: bool) -> DesignPoint | None:
        """Draw until done; another design point if it is worth starting again with it."""
        while True:
            line = sampler.draw()
            lines = len(sampler.lines)
            if line.violation is not None:
                return None
            looks = lines >= _MIN_LINES and lines % _LOOK_LINES == 0
            estimate = _estimate_of_lines(sampler)
            if looks and (self._precision.enough(estimate) or self._exhausted or self._paused):
                return None
            if may_realign and (looks or lines == self._limit_state.dimension + _REALIGN_AFTER):
                realigned = sampler.realigned()
                if realigned is not None:
                    return realigned
            if not looks:
                continue
            if lines >= 4 * _MIN_LINES and self._hopeless(estimate):
                return None

    def _multi_root(self, point: DesignPoint) -> Estimate:
        estimate = Estimate()
        limit = self._precision.beta_limit + 1.0
        while True:
            for _ in range(_LOOK_LINES):
                generator = self._stream(_ROOTS, estimate.trials + estimate.unresolved)
                estimate += solve_line(self._limit_state, point.direction, limit=limit, generator=generator)
            lines = estimate.trials + estimate.unresolved
            done = self._precision.enough(estimate) or self._exhausted
            if lines >= _MIN_LINES and (done or (lines >= 4 * _MIN_LINES and self._hopeless(estimate))):
                return estimate

    def _importance_or_subset(self, points: list[DesignPoint], *, fixed: bool) -> RareEvent:
        estimate = self._importance_sampling(points)
        if fixed or not self._hopeless(estimate):
            return self._result(Method.IMPORTANCE_SAMPLING, estimate, points)
        self._notes.append("the weights of importance sampling scatter too much")
        return self._result(Method.SUBSET_SIMULATION, self._subset_simulation(), points)

    def _importance_sampling(self, points: list[DesignPoint]) -> Estimate:
        sampler = ImportanceSampler(self._limit_state, points)
        estimate = Estimate()
        number = 0
        while True:
            for _ in range(_LOOK_SAMPLES):
                sample = sampler.draw(self._stream(_SAMPLES, number))
                number += 1
                if sample.occurred is None:
                    estimate += Estimate(unresolved=1, unresolved_high=sample.weight)
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
            if estimate.trials < _MIN_RUNS:
                continue
            if self._precision.reached(estimate) or 2 * self._spent - before > self._precision.max_simulations:
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


def _estimate_of_lines(sampler: LineSampler) -> Estimate:
    known = np.array([line.probability for line in sampler.lines if not math.isnan(line.probability)])
    unknown = [line for line in sampler.lines if math.isnan(line.probability)]
    return Estimate(
        trials=known.size,
        sum_p=float(known.sum()),
        sum_p2=float((known**2).sum()),
        sum_p3=float((known**3).sum()),
        unresolved=len(unknown),
        unresolved_low=sum(line.low for line in unknown),
        unresolved_high=sum(line.high for line in unknown),
    )
