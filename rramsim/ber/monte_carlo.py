"""Plain Monte Carlo over reads: draw the devices, read, count what came out.

The reference that every other estimator is checked against. Trials are made in blocks of fixed size, each with its own
random stream, so that trial i is the same whatever stops the run; a stop rule is looked at between blocks. Stopping on
errors biases the rate slightly upwards (by about 1/errors), as in every such collection.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rramsim.circuits.read import ReadOutcome, ReadSample
from rramsim.intervals import IntervalMethod, binomial_interval
from rramsim.weights import Weight

BLOCK = 50  # trials between looks at the stop rules


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """When to stop: at ``max_trials``, or before at ``max_errors`` or at a relative precision.

    Parameters
    ----------
    max_trials
        Trials at most, above 0.
    max_errors
        Misreads of any type after which to stop, looked at after each block; None for no such rule.
    relative_precision
        Stop when half the width of the 95 % interval of the misread probability falls to this fraction of it.
    interval
        The interval that ``relative_precision`` looks at.
    """

    max_trials: int
    max_errors: int | None = None
    relative_precision: float | None = None
    interval: IntervalMethod = IntervalMethod.CLOPPER_PEARSON

    def satisfied(self, *, errors: int, trials: int) -> bool:
        """Whether these counts are enough."""
        if trials >= self.max_trials or (self.max_errors is not None and errors >= self.max_errors):
            return True
        if self.relative_precision is None or errors == 0:
            return False
        low, high = binomial_interval(errors, trials, self.interval)
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
        Of all reads [V], [J].
    """

    programmed: Weight
    counts: Counter[Weight]
    latching_times: Sequence[float]
    margins: Sequence[float]
    energies: Sequence[float]

    @property
    def trials(self) -> int:
        """Reads."""
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
    SimulationError
        A read failed.
    """
    counts: Counter[Weight] = Counter()
    outcomes: list[ReadOutcome] = []
    block = 0
    while not stop.satisfied(errors=len(outcomes) - counts[programmed], trials=len(outcomes)):
        for sample in blocks(block):
            if len(outcomes) == stop.max_trials:
                break
            outcome = read(sample)
            outcomes.append(outcome)
            counts[outcome.weight] += 1
        block += 1
    return ReadRecord(
        programmed=programmed,
        counts=counts,
        latching_times=[o.latching_time for o in outcomes if math.isfinite(o.latching_time)],
        margins=[o.margin for o in outcomes],
        energies=[o.energy for o in outcomes],
    )
