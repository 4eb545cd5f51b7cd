"""Plain Monte Carlo: draw what varies, simulate, count what came out.

The reference that every other estimator is checked against. Trials are made in blocks of fixed size, each with its own
random stream, so that trial i is the same whatever stops the run; a stop rule is looked at between blocks. Stopping on
errors biases the rate slightly upwards (by about 1/errors), as in every such collection.

A sample that ngspice cannot solve, or whose result cannot be measured, may be one that would have been an error: it is
counted as failed, never dropped, and an interval must hold for whatever it would have been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rramsim.circuits.record import Record, check_same_quantities
from rramsim.errors import ConvergenceError, MeasurementError, SimulationError
from rramsim.intervals import IntervalMethod, binomial_interval

S = TypeVar("S")

BLOCK = 50  # trials between looks at the stop rules


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """When to stop: at ``max_trials``, or before at ``max_errors`` or at a relative precision.

    Parameters
    ----------
    max_trials
        Trials at most, failed ones included; above 0.
    max_errors
        Errors of any type after which to stop, looked at after each block; None for no such rule.
    relative_precision
        Stop when half the width of the 95 % interval of the error probability falls to this fraction of it; the
        interval reaches from no failed simulation being an error to all of them.
    interval
        The interval that ``relative_precision`` looks at.
    """

    max_trials: int
    max_errors: int | None = None
    relative_precision: float | None = None
    interval: IntervalMethod = IntervalMethod.CLOPPER_PEARSON

    def satisfied(self, *, errors: int, trials: int, failed: int = 0) -> bool:
        """Whether these counts are enough.

        Parameters
        ----------
        errors, trials
            Errors, and simulations that gave a result.
        failed
            Simulations that gave none; not among the trials.
        """
        tried = trials + failed
        if tried >= self.max_trials or (self.max_errors is not None and errors >= self.max_errors):
            return True
        if self.relative_precision is None or errors == 0:
            return False
        low, _ = binomial_interval(errors, tried, self.interval)
        _, high = binomial_interval(errors + failed, tried, self.interval)
        return (high - low) / 2 <= self.relative_precision * errors / trials


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRecord:
    """All simulations of one point.

    Parameters
    ----------
    right
        The outcomes that are no errors.
    counts
        Simulations of each outcome.
    quantities
        What was measured in each simulation that gave a result, by name.
    failed
        Simulations that gave no result; not among the trials.
    """

    right: frozenset[str]
    counts: Counter[str]
    quantities: Mapping[str, Sequence[float]]
    failed: int

    @property
    def trials(self) -> int:
        """Simulations that gave a result."""
        return self.counts.total()

    @property
    def errors(self) -> int:
        """Errors of any type."""
        return self.trials - sum(self.counts[outcome] for outcome in self.right)


def monte_carlo(
    simulate: Callable[[S], Record], blocks: Callable[[int], Iterator[S]], right: Collection[str], stop: StopRule,
    *, bench: str = "",
) -> CountedRecord:  # fmt: skip
    """Simulate what was drawn until the stop rule holds.

    Parameters
    ----------
    simulate
        Simulates one sample.
    blocks
        Gives the ``BLOCK`` samples of a block by its number, the same ones at every call.
    right
        The outcomes that are no errors.
    stop
        When to stop.
    bench
        Name of what is simulated, for messages.

    Raises
    ------
    ConvergenceError, MeasurementError
        All simulations of the first block failed so; what the last one said. A circuit that never converges is an
        error, not a statistic.
    SimulationError
        A simulation failed in another way: not its sample is to blame. Or it gave other quantities than those before.
    """
    counts: Counter[str] = Counter()
    records: list[Record] = []
    failed = block = 0
    failure: SimulationError | None = None

    def errors() -> int:
        return len(records) - sum(counts[outcome] for outcome in right)

    while not stop.satisfied(errors=errors(), trials=len(records), failed=failed):
        for sample in blocks(block):
            if len(records) + failed == stop.max_trials:
                break
            try:
                record = simulate(sample)
            except (ConvergenceError, MeasurementError) as error:
                failed += 1
                failure = error
            else:
                records.append(record)
                check_same_quantities(records[0], record, bench=bench)
                counts[record.outcome] += 1
        block += 1
        if failure is not None and not records:
            raise failure
    quantities = {name: [record.quantities[name] for record in records] for name in records[0].quantities}
    return CountedRecord(right=frozenset(right), counts=counts, quantities=quantities, failed=failed)
