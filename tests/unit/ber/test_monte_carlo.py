"""Monte Carlo and sampling against laws that are known exactly; no ngspice."""

import itertools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from rramsim.ber.monte_carlo import BLOCK, StopRule, monte_carlo
from rramsim.ber.point import Point
from rramsim.ber.tables import ber_table
from rramsim.ber.task import ReadResult
from rramsim.circuits.read import ReadOutcome
from rramsim.circuits.read_spread import read_samples, read_spread
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.errors import ConvergenceError, DeckError, MeasurementError, NgspiceCrashError, SimulationError
from rramsim.intervals import IntervalMethod
from rramsim.study import load_study
from rramsim.weights import Weight

DEVICES = DeviceStatistics(
    lrs=LognormalResistance(r_median=5e3, sigma_ln_d2d=0.5, sigma_ln_c2c=0.4),
    hrs=LognormalResistance(r_median=20e3, sigma_ln_d2d=0.6, sigma_ln_c2c=0.7),
)


@dataclass(frozen=True)
class Deck:
    """Of a circuit without transistors."""

    transistors = ()
    threshold_sigmas = ()


def samples(programmed, seed, number):
    spread = read_spread(Deck(), DEVICES, programmed)
    return iter(read_samples(spread.values(np.random.default_rng([seed, number]).standard_normal((BLOCK, 2)))))


def ideal_comparator(sample):
    """2T2R read without offset: the lower resistance wins."""
    weight = Weight.PLUS if sample.r_bl < sample.r_blb else Weight.MINUS
    return ReadOutcome(
        weight=weight, margin=0.1, latching_time=1e-9 if weight is Weight.PLUS else math.inf, energy=1e-12
    )


def run(stop, programmed=Weight.PLUS, read=ideal_comparator, seed=7):
    return monte_carlo(read, lambda block: samples(programmed, seed, block), programmed, stop)


def test_ideal_comparator_has_the_closed_form_error_rate():
    # P(R_L > R_H) = Phi(-ln(median ratio) / sqrt(sum of variances)): 2T2R row of the closed forms.
    expected = norm.cdf(-math.log(20 / 5) / math.sqrt(0.5**2 + 0.4**2 + 0.6**2 + 0.7**2))
    record = run(StopRule(max_trials=40_000))
    # Six binomial sigmas: a false alarm in 5e8 seeds, and the seed is fixed.
    assert abs(record.errors / record.trials - expected) < 6 * math.sqrt(expected * (1 - expected) / 40_000)


def test_trials_are_the_same_whatever_stops_the_run():
    seen = []

    def watch(sample):
        seen.append(sample)
        return ideal_comparator(sample)

    run(StopRule(max_trials=3 * BLOCK), read=watch)
    long = list(seen)
    seen.clear()
    run(StopRule(max_trials=BLOCK + 7), read=watch)
    assert seen == long[: BLOCK + 7]


def test_stop_at_errors_and_at_precision():
    assert run(StopRule(max_trials=10_000, max_errors=10)).errors >= 10
    assert run(StopRule(max_trials=10_000, max_errors=10)).trials < 10_000
    precise = run(StopRule(max_trials=100_000, relative_precision=0.2))
    # A rate p needs about (1.96/0.2)^2 (1-p)/p trials.
    rate = precise.errors / precise.trials
    assert precise.trials == pytest.approx(96 * (1 - rate) / rate, rel=0.25)
    assert run(StopRule(max_trials=77)).trials == 77


def test_no_errors_never_reach_a_relative_precision():
    record = run(
        StopRule(max_trials=4 * BLOCK, relative_precision=0.9),
        read=lambda _sample: ReadOutcome(weight=Weight.PLUS, margin=1, latching_time=1e-9, energy=0),
    )
    assert (record.trials, record.errors) == (4 * BLOCK, 0)


def test_latching_times_are_those_of_resolved_reads():
    record = run(StopRule(max_trials=1000))
    assert len(record.latching_times) == record.counts[Weight.PLUS]
    assert len(record.margins) == len(record.energies) == 1000


def failing(fails, error=ConvergenceError):
    """Ideal comparator of which the samples chosen by number give no result."""
    numbers = itertools.count()

    def read(sample):
        if fails(next(numbers)):
            raise error("no result")
        return ideal_comparator(sample)

    return read


@pytest.mark.parametrize("error", [ConvergenceError, MeasurementError])
def test_a_read_without_a_result_is_counted_and_the_run_goes_on(error):
    trials = 2 * BLOCK + 7
    outcomes = []
    run(StopRule(max_trials=trials), read=lambda sample: outcomes.append(ideal_comparator(sample)) or outcomes[-1])
    record = run(StopRule(max_trials=trials), read=failing(lambda number: number % 4 == 1, error))
    kept = [outcome for number, outcome in enumerate(outcomes) if number % 4 != 1]
    assert record.failed == trials - len(kept) == 27
    assert record.trials == len(kept)
    # The others are those of a run without failures, not other ones drawn in their place.
    assert record.counts == Counter(outcome.weight for outcome in kept)
    assert record.latching_times == [o.latching_time for o in kept if math.isfinite(o.latching_time)]
    assert len(record.margins) == len(record.energies) == len(kept)
    result = ReadResult.from_record(record)
    assert (result.trials, result.failed) == (len(kept), 27)
    assert ReadResult.from_json(result.to_json()) == result


def test_a_run_ends_however_many_reads_fail():
    stop = StopRule(max_trials=3 * BLOCK, max_errors=2)
    record = run(stop, read=failing(lambda number: number != BLOCK // 2))
    assert (record.trials, record.failed) == (1, 3 * BLOCK - 1)
    with pytest.raises(ConvergenceError, match="no result"):
        run(stop, read=failing(lambda _number: True))


@pytest.mark.parametrize("error", [DeckError, NgspiceCrashError, SimulationError])
def test_another_failure_ends_the_run(error):
    with pytest.raises(error, match="no result"):
        run(StopRule(max_trials=100), read=failing(lambda number: number == 60, error))


def test_failed_reads_widen_the_interval_of_the_precision():
    stop = StopRule(max_trials=10_000, relative_precision=0.2)
    # From 200 errors in 1100 to 300: nobody knows the rate to 20 %.
    assert stop.satisfied(errors=200, trials=1000)
    assert not stop.satisfied(errors=200, trials=1000, failed=100)
    assert stop.satisfied(errors=200, trials=1000, failed=9000)
    assert not stop.satisfied(errors=0, trials=0, failed=100)


def test_failed_reads_reach_the_table(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text('[study]\nname = "s"\n')
    task = next(task for task in load_study(path).sweep.tasks(ngspice="39") if task.programmed is Weight.PLUS)
    record = run(StopRule(max_trials=200), read=failing(lambda number: number % 100 == 3))
    frame = ber_table(
        [(Point(cell=task.deck.cell, task=task), ReadResult.from_record(record))], IntervalMethod.CLOPPER_PEARSON
    )
    row = frame[frame["read"] == "-1"].iloc[0]
    assert (row["failed"], row["simulations"]) == (2, 200)
    assert row["ci_low"] <= record.errors / 200
    assert row["ci_high"] >= (record.errors + 2) / 200
