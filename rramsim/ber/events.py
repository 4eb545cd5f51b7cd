"""Rates of all errors of one programmed symbol, each by the cheapest estimator that reaches the precision.

Counting comes first: latency and energy need it, it settles frequent errors, and it checks what the estimators find.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rramsim.ber.direction import directed
from rramsim.ber.event import EventResult, Image, mirrored_event
from rramsim.ber.monte_carlo import BLOCK
from rramsim.circuits.response import AbstractResponse
from rramsim.errors import NoDirectionError
from rramsim.rare.estimate import Estimate
from rramsim.rare.estimator import EventEstimator, RareEvent
from rramsim.rare.limit_state import CountedResponse, LimitState
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.rare.reasons import Note, Reason, ran_out
from rramsim.rare.search import Stream

# Counts that contradict an estimate with a smaller chance than this overrule it.
_CONTRADICTION = 1e-4
# What a second search may find that the first one missed.
_DENIALS = frozenset(
    {
        Reason.AUDITED_REGION,
        Reason.COUNTS_CONTRADICT,
        Reason.CROSSED_MORE_THAN_ONCE,
        Reason.FAILURE_REGIONS,
        Reason.TOO_MANY_REGIONS,
    }
)
_COUNTABLE = 5  # errors from which the cost of counting on can be told

Directions = Sequence[NDArray[np.float64]]


class Counted(Protocol):
    """What was counted."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Simulations of each outcome."""

    @property
    def failed(self) -> int:
        """Simulations that gave no result; not among the counts."""


def estimate_events(
    response: AbstractResponse, counted: Counted, precision: Precision, streams: Mapping[str, Stream],
    *, method: Method | None, more: Iterator[str | None], guidance: Mapping[str, EventResult] | None = None,
    paused: Mapping[str, EventResult] | None = None, twins: Mapping[str, str] | None = None, image: Image | None = None,
) -> dict[str, EventResult]:  # fmt: skip
    """Estimate the rates of some outcomes that are errors.

    Parameters
    ----------
    response
        The response.
    counted
        What was counted.
    precision
        When an estimate is good enough.
    streams
        Random streams of each outcome whose rate is wanted.
    method
        Only this estimator; None for what fits.
    more
        Goes on with counting, without end: the next outcomes, None for a simulation that failed.
    guidance
        Results of a similar task: its directions are tried first.
    paused
        What was found of these outcomes before they paused. It counts in what they cost, and stays where too little was
        left for more.
    twins, image
        Outcomes that are each other's mirror images, of which one is estimated for both; mirror image of a direction.

    Raises
    ------
    SimulationError
        No read around typical devices gave a result.
    """
    watched = CountedResponse(response, response.dimension)
    twins, paused = twins or {}, paused or {}
    counts = _Counts(counted, more, twins)
    results: dict[str, EventResult] = {}
    before: list[RareEvent] = []
    # Two-sided events first: their lines go on to the one behind.
    for read, event in sorted(response.events.items(), key=lambda item: not item[1].two_sided):
        if read not in streams:
            continue
        twin = results.get(twins.get(read, ""))
        if twin is not None and image is not None:
            results[read] = mirrored_event(twin, image)
        elif method is None and precision.enough(counts.estimate(read)):
            counted_well = EventResult(method=Method.MONTE_CARLO, estimate=counts.estimate(read))
            results[read] = _directed(counted_well, response, watched, read, precision, guidance)
        else:
            left = _left(precision, paused.get(read))
            allowed = left if method is not None else replace(left, max_simulations=counts.cost(read, left))
            estimator = EventEstimator(LimitState(watched, event), allowed, streams[read], left.max_simulations)
            rare = _run(estimator, response, read, _directions(guidance, read), method, before)
            found = (counts.settled if method is None else counts.known)(read, rare, left)
            known = _gone_on(paused.get(read), found)
            results[read] = _directed(known, response, watched, read, precision, guidance)
            before.append(rare)
    return results


def _directed(
    found: EventResult, response: AbstractResponse, watched: CountedResponse, read: str, precision: Precision,
    guidance: Mapping[str, EventResult] | None,
) -> EventResult:  # fmt: skip
    """A result with a direction, if it can have one: of a neighbour, or where the response falls fastest, to begin."""
    if found.directions or found.estimate.probability == 0:
        return found
    guess = response.steepest(read)
    starts = [*_directions(guidance, read), *([] if guess is None else [guess])]
    return directed(found, LimitState(watched, response.events[read]), precision, starts)


def _left(precision: Precision, paused: EventResult | None) -> Precision:
    """What a search may still cost."""
    if paused is None:
        return precision
    return replace(precision, max_simulations=precision.max_simulations - paused.estimate.simulations)


def _gone_on(paused: EventResult | None, second: EventResult) -> EventResult:
    """What is known after a second search, with the cost of both."""
    if paused is None:
        return second
    better, spent = second, Note(reason=Reason.SIMULATIONS_SPENT)
    denied = any(note.reason in _DENIALS for note in second.notes if note not in paused.notes)
    if spent in second.notes and not denied and _width(paused.estimate) < _width(second.estimate):
        better = replace(paused, notes=(*paused.notes, spent))
    simulations = paused.estimate.simulations + second.estimate.simulations
    return replace(better, estimate=replace(better.estimate, simulations=simulations))


def _run(
    estimator: EventEstimator, response: AbstractResponse, read: str, starts: Directions, method: Method | None,
    before: Sequence[RareEvent],
) -> RareEvent:  # fmt: skip
    if not starts and before:  # neighbours lie in the same direction
        starts = [point.direction for point in before[-1].points if point.converged]
    try:
        return estimator.run(starts, method, guess=response.steepest(read), others=before)
    except NoDirectionError as error:
        raise response.last_error or error from None


def _directions(guidance: Mapping[str, EventResult] | None, read: str) -> Directions:
    known = guidance.get(read) if guidance else None
    return [np.array(direction) for direction in known.directions] if known else []


class _Counts:
    """Counted reads, which can go on."""

    def __init__(self, counted: Counted, more: Iterator[str | None], twins: Mapping[str, str]) -> None:
        self._counts = dict(counted.counts)
        self._twins = twins
        self._failed = counted.failed
        self._more = more

    @property
    def reads(self) -> int:
        return sum(self._counts.values())

    def errors(self, read: str) -> int:
        """Simulations with an outcome, and with its twin: the mirror image of each is one, too."""
        twin = self._twins.get(read)
        return self._counts.get(read, 0) + (self._counts.get(twin, 0) if twin else 0)

    def trials(self, read: str) -> int:
        """Reads, and their mirror images where these count."""
        return self.reads * (2 if read in self._twins else 1)

    def estimate(self, read: str) -> Estimate:
        return counted_estimate(self._counts, self._failed, read, self._twins)

    def cost(self, read: str, precision: Precision) -> int:
        """Simulations after which counting would have been cheaper."""
        errors = self.errors(read)
        if errors < _COUNTABLE:
            return precision.max_simulations
        needed = self.reads * (1.96 / precision.relative) ** 2 / errors
        return int(min(max(needed, 1.0), precision.max_simulations))

    def settled(self, read: str, rare: RareEvent, precision: Precision) -> EventResult:
        """Result of a rare-event estimator unless counting contradicts it, or does better."""
        found = self.known(read, rare, precision)
        errors = self.errors(read)
        low, high = (0.0, precision.floor) if rare.estimate.empty else rare.estimate.interval()
        if self.reads and _chance(errors, self.trials(read), low, high) < _CONTRADICTION:
            return self._counted_on(read, rare, precision, Reason.COUNTS_CONTRADICT)
        enough = rare.estimate.empty or precision.enough(rare.estimate) or found.paused(precision)
        if enough or errors < _COUNTABLE:
            return found
        return self._counted_on(read, rare, precision, Reason.COUNTING_CHEAPER)

    def known(self, read: str, rare: RareEvent, precision: Precision) -> EventResult:
        """Result of a rare-event estimator, or the counts if it ran out of simulations before it told more."""
        counted = self.estimate(read)
        if not ran_out(rare.notes) or _width(rare.estimate) <= _width(counted):
            return EventResult.of(rare)
        # The search was broken off: how far it looked says nothing, the counts bound the index.
        bound = float(-ndtri(counted.interval()[1]))
        charged = self._charged(rare, precision)
        return EventResult(method=Method.MONTE_CARLO, estimate=replace(counted, simulations=charged), beta=bound,
                           notes=rare.notes)  # fmt: skip

    def _counted_on(self, read: str, rare: RareEvent, precision: Precision, reason: Reason) -> EventResult:
        """Count until the precision is reached, in place of what was found."""
        found, before = EventResult.of(rare), self._made
        paid = precision.max_simulations - found.estimate.simulations
        while not precision.enough(self.estimate(read)) and self._made < paid:
            for value in itertools.islice(self._more, min(BLOCK, paid - self._made)):
                if value is None:
                    self._failed += 1
                else:
                    self._counts[value] = self._counts.get(value, 0) + 1
        counted, notes = self.estimate(read), found.notes
        if not precision.enough(counted):
            notes = (*notes, *(() if ran_out(notes) else [Note(reason=Reason.SIMULATIONS_SPENT)]))
            if reason is Reason.COUNTING_CHEAPER and rare.estimate.relative_width < counted.relative_width:
                spent = found.estimate.simulations + self._made - before
                return replace(found, estimate=replace(rare.estimate, simulations=spent), notes=notes)
        estimate = replace(counted, simulations=self._charged(rare, precision))
        return replace(found, method=Method.MONTE_CARLO, estimate=estimate, notes=(*notes, Note(reason=reason)))

    @property
    def _made(self) -> int:
        return self.reads + self._failed

    def _charged(self, rare: RareEvent, precision: Precision) -> int:
        """Simulations of a counted rate and its search; reads that were for another rate as far as the limit goes."""
        return min(rare.estimate.simulations + self._made, precision.max_simulations)


def _width(estimate: Estimate) -> float:
    low, high = estimate.interval()
    return high - low


def counted_estimate(counts: Mapping[str, int], failed: int, read: str, twins: Mapping[str, str]) -> Estimate:
    """Rate of an outcome among counted simulations.

    Parameters
    ----------
    counts
        Simulations of each outcome.
    failed
        Simulations without a result.
    read
        Whose rate.
    twins
        Outcomes that are each other's mirror images: the rate of both is then half the rate of either. To take each
        simulation and its mirror image for two widens the interval a little, since at most one of them is an error.
    """
    trials = sum(counts.values())
    if read not in twins:
        return Estimate.from_counts(errors=counts.get(read, 0), trials=trials, failed=failed)
    errors = counts.get(read, 0) + counts.get(twins[read], 0)
    pairs = Estimate.from_counts(errors=errors, trials=2 * trials, failed=2 * failed)
    return replace(pairs, simulations=trials + failed, failed=failed)


def _chance(errors: int, trials: int, low: float, high: float) -> float:
    """Chance of counts at least as far from a rate that lies between the bounds."""
    from scipy.stats import binomtest

    rate = min(max(errors / trials, low), high)  # the rate of the interval that fits best
    return float(binomtest(errors, trials, rate).pvalue)
