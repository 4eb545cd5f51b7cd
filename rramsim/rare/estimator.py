"""Probability of one rare event: line sampling as long as it fits, another method where it does not.

The order is: design point, look for other regions, line sampling with the audits of its lines; several regions go to
importance sampling, several crossings of a line to multi-root lines, and what defeats both to subset simulation. What
no method brings to the precision is reported by the one that came nearest to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from rramsim.rare.design_point import DesignPoint, find_design_point, is_aligned
from rramsim.rare.estimate import Estimate
from rramsim.rare.importance_sampling import ImportanceSampling
from rramsim.rare.limit_state import Array, BudgetSpentError, Event, LimitState
from rramsim.rare.line_sampling import LineSampling
from rramsim.rare.method import AbstractMethod, Drawn, Method
from rramsim.rare.multi_root import MultiRoot
from rramsim.rare.precision import Precision
from rramsim.rare.reasons import Note, Reason, ran_out
from rramsim.rare.regions import find_regions, is_distinct, relevant
from rramsim.rare.search import Purpose, Search, Stream
from rramsim.rare.subset_simulation import SubsetSimulation

# How far an event may begin from the one whose lines tell it [standard deviations]: farther, other regions may matter.
_BESIDE = 0.5

_LINES, _ROOTS, _SAMPLES, _SUBSET = LineSampling(), MultiRoot(), ImportanceSampling(), SubsetSimulation()


@dataclass(frozen=True, slots=True)
class Behind:
    """What the lines of a two-sided event tell of the event that begins where it ends.

    Parameters
    ----------
    event
        That event.
    estimate
        Its probability; its ``simulations`` are not filled in: they were spent on the other.
    """

    event: Event
    estimate: Estimate


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
    behind
        What was found out about the event behind it; None for nothing.
    """

    method: Method
    estimate: Estimate
    points: tuple[DesignPoint, ...]
    beta_limit: float
    notes: tuple[Note, ...] = ()
    behind: Behind | None = None

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
    budget
        Simulations at most; None for those of the precision, beyond which only hope is given up.
    """

    def __init__(
        self, limit_state: LimitState, precision: Precision, stream: Stream, budget: int | None = None
    ) -> None:
        self._budget = precision.max_simulations if budget is None else budget
        self._limit_state = limit_state
        self._precision = precision
        self._stream = stream
        self._search = Search(limit_state, precision, stream)
        self._notes: list[Note] = []

    def run(
        self,
        starts: Sequence[Array] = (),
        method: Method | None = None,
        guess: Array | None = None,
        others: Sequence[RareEvent] = (),
    ) -> RareEvent:
        """Estimate the probability.

        Parameters
        ----------
        starts
            Directions of the design points of a similar problem, each of shape (dimension,); none to look around.
        method
            Only this method; None for what fits.
        guess
            Direction in which to look first where there are no starts, shape (dimension,).
        others
            Other events of the same response: if this one begins where one of them ends, its lines may do for both.

        Raises
        ------
        NoDirectionError
            The simulations that are needed to find a direction have no results.
        """
        with self._limit_state.response.limited(self._budget):
            try:
                return self._found(starts, method, guess, others)
            except BudgetSpentError:
                return self._result(method or Method.LINE_SAMPLING, Estimate.unknown_rate(), [])

    def _found(
        self, starts: Sequence[Array], method: Method | None, guess: Array | None, others: Sequence[RareEvent]
    ) -> RareEvent:
        if method is Method.SUBSET_SIMULATION:
            return self._by(_SUBSET, [])
        if method in (None, Method.LINE_SAMPLING):
            for told in (self._told(other) for other in others):
                if told is not None:
                    return told
        points = self._regions(starts, guess)
        if not points:
            return self._nothing_found()
        if method is Method.MULTI_ROOT:
            return self._by(_ROOTS, points)
        if method is Method.IMPORTANCE_SAMPLING:
            return self._by(_SAMPLES, points)
        if method is None and len(points) > 2 * self._limit_state.dimension:
            self._note(Reason.TOO_MANY_REGIONS)
            return self._by(_SUBSET, points[:1])
        if method is None and len(points) > 1:
            self._note(Reason.FAILURE_REGIONS, float(len(points)))
            return self._importance_or_subset(points)
        return self._lines_or_other(points, fixed=method is not None)

    def _told(self, other: RareEvent) -> RareEvent | None:
        """What the lines of another event tell, where this one begins close behind it and in the same direction."""
        behind = other.behind
        if behind is None or behind.event != self._limit_state.event or not self._precision.enough(behind.estimate):
            return None
        (nearer,) = other.points
        point = find_design_point(self._limit_state, limit=self._precision.beta_limit, start=nearer.direction)
        if point is None or not point.converged or abs(point.beta - nearer.beta) > _BESIDE:
            return None
        if not is_aligned(point.direction, nearer.direction):
            return None
        self._note(Reason.SHARED_LINES)
        return self._result(Method.LINE_SAMPLING, behind.estimate, [point])

    def _regions(self, starts: Sequence[Array], guess: Array | None) -> list[DesignPoint]:
        limit = self._precision.beta_limit
        known: list[DesignPoint] = []
        for start in starts:
            point = find_design_point(self._limit_state, limit=limit, start=start)
            if point is not None and is_distinct(point, known):
                known.append(point)
        # Also where the starts led somewhere: the problem that they come from may have fewer regions.
        generator = self._search.generator(Purpose.PROBES, 0)
        return find_regions(self._limit_state, limit=limit, generator=generator, start=guess, known=known)

    def _nothing_found(self) -> RareEvent:
        """No way leads to the event: it is everywhere, behind failed simulations, or too far away to matter."""
        if self._limit_state.occurs(self._limit_state(np.zeros(self._limit_state.dimension))):
            self._note(Reason.EVERYWHERE)
            anywhere = DesignPoint(direction=np.eye(self._limit_state.dimension)[0], beta=0.0, slope=-1.0)
            return self._result(Method.MULTI_ROOT, self._drawn(_ROOTS, [anywhere]).estimate, [])
        if self._search.failed and not self._limit_state.failed_inside:
            worst = LimitState(self._limit_state.response, self._limit_state.event, failed_inside=True)
            bound = EventEstimator(worst, self._precision, self._stream).run()
            if ran_out(bound.notes):
                self._search.short = True
                raise BudgetSpentError
            if bound.estimate.trials:
                self._note(Reason.ONLY_FAILED)
                lines, high = bound.estimate.trials, bound.estimate.interval()[1]
                unknown = Estimate(unknown=lines, unknown_high=lines * high)
                return self._result(Method.LINE_SAMPLING, unknown, bound.points)
        self._note(Reason.NOT_MET, self._precision.beta_limit)
        return self._result(Method.LINE_SAMPLING, Estimate(), [])

    def _lines_or_other(self, points: Sequence[DesignPoint], *, fixed: bool) -> RareEvent:
        lines = _LINES.run(self._search, points)
        points = lines.points
        if lines.violation is None:
            if fixed or self._search.paused or not self._search.hopeless(lines.estimate):
                found = self._result(Method.LINE_SAMPLING, lines.estimate, points)
                beyond = self._limit_state.behind
                if beyond is None or lines.behind is None or len(points) > 1:
                    return found
                return replace(found, behind=Behind(beyond, lines.behind))
            self._note(Reason.LINES_DISAGREE)
            return self._importance_or_subset(points, {Method.LINE_SAMPLING: lines.estimate})
        other = find_design_point(self._limit_state, limit=self._precision.beta_limit, at=lines.violation)
        if other is not None and is_distinct(other, points):
            self._note(Reason.AUDITED_REGION)
            return self._importance_or_subset(relevant([*points, other]))
        self._note(Reason.CROSSED_MORE_THAN_ONCE)
        roots = self._drawn(_ROOTS, points)
        if not self._search.hopeless(roots.estimate):
            return self._result(Method.MULTI_ROOT, roots.estimate, points)
        self._note(Reason.ROOTS_DISAGREE)
        # Importance sampling would look only where the regions are that do not explain what was met.
        return self._subset_or(points, {Method.MULTI_ROOT: roots.estimate})

    def _importance_or_subset(
        self, points: Sequence[DesignPoint], others: Mapping[Method, Estimate] = MappingProxyType({})
    ) -> RareEvent:
        """Importance sampling, or what comes nearest to the precision; ``others`` did not reach it."""
        if not self._search.affords(_SAMPLES.least(points, self._limit_state.dimension)):
            return self._subset_or(points, others)
        samples = _SAMPLES.run(self._search, points)
        if not self._search.hopeless(samples.estimate):
            return self._result(Method.IMPORTANCE_SAMPLING, samples.estimate, points)
        self._note(Reason.WEIGHTS_SCATTER)
        return self._subset_or(points, {**others, Method.IMPORTANCE_SAMPLING: samples.estimate})

    def _subset_or(self, points: Sequence[DesignPoint], others: Mapping[Method, Estimate]) -> RareEvent:
        """Subset simulation as far as the budget goes, or the narrowest of ``others``."""
        known = [estimate.probability for estimate in others.values() if estimate.probability > 0]
        least = min(known, default=self._precision.floor)
        cost = SubsetSimulation.least_cost(least)
        if self._precision.max_simulations < cost or not self._search.affords(cost):
            self._note(Reason.SUBSET_TOO_COSTLY)
        else:
            others = {**others, Method.SUBSET_SIMULATION: _SUBSET.run(self._search, points).estimate}
        if not others:
            raise BudgetSpentError
        method = min(others, key=lambda name: others[name].relative_width)
        return self._result(method, others[method], points)

    def _by(self, method: AbstractMethod, points: Sequence[DesignPoint]) -> RareEvent:
        """What one method finds, whatever that is."""
        return self._result(method.name, self._drawn(method, points).estimate, points)

    def _drawn(self, method: AbstractMethod, points: Sequence[DesignPoint]) -> Drawn:
        """What a method comes to, which does not begin where its fewest draws cannot be paid."""
        if not self._search.affords(method.least(points, self._limit_state.dimension)):
            raise BudgetSpentError
        return method.run(self._search, points)

    def _note(self, reason: Reason, value: float | None = None) -> None:
        self._notes.append(Note(reason=reason, value=value))

    def _result(self, method: Method, estimate: Estimate, points: Sequence[DesignPoint]) -> RareEvent:
        failed = self._search.failed
        if self._search.ran_out:
            self._note(Reason.SIMULATIONS_SPENT)
        if not (estimate.empty or self._precision.reached(estimate)):
            self._note(Reason.PRECISION_NOT_REACHED)
            if self._precision.reached(estimate.known):
                self._note(Reason.FAILURES_WIDEN)
        elif estimate.skewed and method is not Method.SUBSET_SIMULATION and not self._precision.negligible(estimate):
            self._note(Reason.SKEWED)
        if failed and method is Method.SUBSET_SIMULATION:
            self._note(Reason.FAILURES_IGNORED)
        return RareEvent(
            method=method,
            estimate=replace(estimate, simulations=self._search.spent, failed=failed),
            points=tuple(points),
            beta_limit=self._precision.beta_limit,
            notes=tuple(self._notes),
        )
