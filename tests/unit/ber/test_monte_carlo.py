"""Monte Carlo and sampling against laws that are known exactly; no ngspice."""

import itertools
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from rramsim.ber.monte_carlo import BLOCK, StopRule, monte_carlo
from rramsim.ber.point import Point
from rramsim.ber.result import PointResult
from rramsim.ber.tables import ber_table
from rramsim.circuits.record import Record, Summary
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.errors import ConvergenceError, DeckError, InputError, MeasurementError, NgspiceCrashError, SimulationError
from rramsim.intervals import IntervalMethod
from rramsim.study import load_study
from rramsim.weights import Weight

DEVICES = DeviceStatistics(
    lrs=LognormalResistance(r_median=5e3, sigma_ln_d2d=0.5, sigma_ln_c2c=0.4),
    hrs=LognormalResistance(r_median=20e3, sigma_ln_d2d=0.6, sigma_ln_c2c=0.7),
)


def samples(programmed, seed, number):
    states = [getattr(DEVICES, state) for state in programmed.states]
    z = np.random.default_rng([seed, number]).standard_normal((BLOCK, 2))
    return iter([tuple(s.r_median * math.exp(s.sigma_ln * u) for s, u in zip(states, row, strict=True)) for row in z])


def ideal_comparator(sample):
    """2T2R read without offset: the lower resistance wins."""
    plus = sample[0] < sample[1]
    quantities = {"latching_time": 1e-9 if plus else math.inf, "margin": 0.1, "energy": 1e-12}
    return Record(outcome="+1" if plus else "-1", quantities=quantities)


def run(stop, programmed=Weight.PLUS, read=ideal_comparator, seed=7):
    return monte_carlo(read, lambda block: samples(programmed, seed, block), {programmed.value}, stop)


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
        read=lambda _sample: Record(outcome="+1", quantities={"energy": 0.0}),
    )
    assert (record.trials, record.errors) == (4 * BLOCK, 0)


def test_summaries_are_of_what_happened():
    record = run(StopRule(max_trials=1000))
    assert {len(values) for values in record.quantities.values()} == {1000}
    summaries = [
        Summary(column=str(statistic), quantity="latching_time", statistic=statistic)
        for statistic in ("count", "median", 0.95, "mean", "std")
    ]
    found = PointResult.from_record(record, summaries).summaries
    assert found == {
        "count": record.counts["+1"], "median": 1e-9, "0.95": 1e-9, "mean": pytest.approx(1e-9), "std": pytest.approx(0)
    }  # fmt: skip
    nothing = replace(record, quantities={"latching_time": [math.inf] * 3})
    assert PointResult.from_record(nothing, summaries).summaries == {
        "count": 0, "median": None, "0.95": None, "mean": None, "std": None
    }  # fmt: skip
    with pytest.raises(InputError, match="count, mean, median, std or a quantile"):
        Summary(column="x", quantity="y", statistic="mode")


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
    assert record.counts == Counter(record.outcome for record in kept)
    assert record.quantities["latching_time"] == [record.quantities["latching_time"] for record in kept]
    result = PointResult.from_record(record, ())
    assert (result.trials, result.failed) == (len(kept), 27)
    assert PointResult.from_json(result.to_json()) == result


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
    task = next(task for task in load_study(path).sweep.tasks(ngspice="39") if task.programmed == Weight.PLUS)
    record = run(StopRule(max_trials=200), read=failing(lambda number: number % 100 == 3))
    (coding,) = task.bench.codings
    point = Point(coding=coding, task=task)
    frame = ber_table([(point, PointResult.from_record(record, ()))], IntervalMethod.CLOPPER_PEARSON)
    row = frame[frame["read"] == "-1"].iloc[0]
    assert (row["failed"], row["simulations"]) == (2, 200)
    assert row["ci_low"] <= record.errors / 200
    assert row["ci_high"] >= (record.errors + 2) / 200


@pytest.mark.parametrize("sometimes", [{"delay": 1e-9}, {}], ids=["added", "left out"])
def test_a_quantity_of_some_simulations_only_is_named(sometimes):
    def read(sample):
        record = ideal_comparator(sample)
        usual = {**record.quantities, "delay": 1e-9} if not sometimes else record.quantities
        rare = record.quantities | sometimes
        return replace(record, quantities=rare if record.outcome == "-1" else usual)

    with pytest.raises(SimulationError) as caught:
        monte_carlo(read, lambda block: samples(Weight.PLUS, 7, block), {"+1"}, StopRule(max_trials=200), bench="mine")
    assert "bench mine: the quantity delay was measured in some simulations and not in others" in str(caught.value)
    assert "delay, energy, latching_time, margin" in str(caught.value)
    assert not isinstance(caught.value, MeasurementError)  # or it would be counted as a read that failed
