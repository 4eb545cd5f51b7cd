"""Plain Monte Carlo over reads: draw the devices, read, count what came out.

The reference that every other estimator is checked against. Trials are made in blocks of fixed size, each with its own
random stream, so that trial i is the same whatever stops the run; a stop rule is looked at between blocks. Stopping on
errors biases the rate slightly upwards (by about 1/errors), as in every such collection.

A sample that ngspice cannot solve, or whose result cannot be measured, may be one that would have been misread: it is
counted as failed, never dropped, and an interval must hold for whatever it would have been.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rramsim.circuits.read import ReadOutcome, ReadSample
from rramsim.errors import ConvergenceError, MeasurementError, SimulationError
from rramsim.intervals import IntervalMethod, binomial_interval
from rramsim.weights import Weight

BLOCK = 50  # trials between looks at the stop rules


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """When to stop: at ``max_trials``, or before at ``max_errors`` or at a relative precision.

    Parameters
    ----------
    max_trials
        Trials at most, failed ones included; above 0.
    max_errors
        Misreads of any type after which to stop, looked at after each block; None for no such rule.
    relative_precision
        Stop when half the width of the 95 % interval of the misread probability falls to this fraction of it; the
        interval reaches from no failed read being a misread to all of them.
    interval
        The interval that ``relative_precision`` looks at.
    """

    max_trials: int
    max_errors: int | None = None
    relative_precision: float | None = None
    interval: IntervalMethod = IntervalMethod.CLOPPER_PEARSON

    def satisfied(self, *, errors: int, trials: int, failed: int = 0) -> bool:
        """Whether these counts are enough; ``failed`` reads are not among the trials."""
        tried = trials + failed
        if tried >= self.max_trials or (self.max_errors is not None and errors >= self.max_errors):
            return True
        if self.relative_precision is None or errors == 0:
            return False
        low, _ = binomial_interval(errors, tried, self.interval)
        _, high = binomial_interval(errors + failed, tried, self.interval)
        return (high - low) / 2 <= self.relative_precision * errors / trials


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """All reads of one programmed weight at one corner.

    Parameters
    ----------
    programmed
        The stored weight.
    counts
        Reads of each value.
    latching_times
        Of the resolved reads [s].
    margins, energies
        Of all reads that gave a result [V], [J].
    failed
        Reads that gave no result; not among the trials.
    """

    programmed: Weight
    counts: Counter[Weight]
    latching_times: Sequence[float]
    margins: Sequence[float]
    energies: Sequence[float]
    failed: int

    @property
    def trials(self) -> int:
        """Reads that gave a result."""
        return self.counts.total()

    @property
    def errors(self) -> int:
        """Misreads of any type."""
        return self.trials - self.counts[self.programmed]


def monte_carlo(
    read: Callable[[ReadSample], ReadOutcome],
    blocks: Callable[[int], Iterator[ReadSample]],
    programmed: Weight,
    stop: StopRule,
) -> ReadRecord:
    """Read drawn devices until the stop rule holds.

    Parameters
    ----------
    read
        Reads one sample.
    blocks
        Gives the ``BLOCK`` samples of a block by its number, the same ones at every call.
    programmed
        The weight that the samples store.
    stop
        When to stop.

    Raises
    ------
    ConvergenceError, MeasurementError
        All reads of the first block failed so; what the last one said. A circuit that never converges is an error, not
        a statistic.
    SimulationError
        A read failed in another way: not its sample is to blame.
    """
    counts: Counter[Weight] = Counter()
    outcomes: list[ReadOutcome] = []
    failed = block = 0
    failure: SimulationError | None = None
    while not stop.satisfied(errors=len(outcomes) - counts[programmed], trials=len(outcomes), failed=failed):
        for sample in blocks(block):
            if len(outcomes) + failed == stop.max_trials:
                break
            try:
                outcome = read(sample)
            except (ConvergenceError, MeasurementError) as error:
                failed += 1
                failure = error
            else:
                outcomes.append(outcome)
                counts[outcome.weight] += 1
        block += 1
        if failure is not None and not outcomes:
            raise failure
    return ReadRecord(
        programmed=programmed,
        counts=counts,
        latching_times=[o.latching_time for o in outcomes if math.isfinite(o.latching_time)],
        margins=[o.margin for o in outcomes],
        energies=[o.energy for o in outcomes],
        failed=failed,
    )
