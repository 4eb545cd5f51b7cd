"""Intervals of rates with what the data of their sources leave open, against rates that are known in closed form."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from rramsim.ber.data_limits import with_data_limits
from rramsim.ber.event import EventResult
from rramsim.ber.result import PointResult
from rramsim.ber.sweep import table_points
from rramsim.ber.tables import beyond_data, sweep_tables
from rramsim.devices.marginals import Empirical, Lognormal, Normal, Sample
from rramsim.devices.spread import Level, Source, SpreadSpace
from rramsim.files import content_id
from rramsim.rare.estimate import Estimate
from rramsim.rare.method import Method
from rramsim.study import build_study


def empirical(count, tail="lognormal", seed=1):
    logs = np.sort(math.log(1e5) + 0.5 * np.random.default_rng(seed).standard_normal(count))
    return Empirical(sample=Sample(logs=logs, digest=content_id({"logs": logs.tolist()})), tail=tail, part=0.1)


def space(*marginals, correlations=()):
    sources = [
        Source(name=f"s{number}", marginal=marginal, levels=((Level.CELL, 1.0),))
        for number, marginal in enumerate(marginals)
    ]
    return SpreadSpace(sources=tuple(sources), correlations=correlations)


def rates(marginal, threshold, sigma=0.0):
    """P(ln R + sigma N < threshold) under each resampled fit, by quadrature over the other source."""
    n = np.linspace(-8, 8, 801)
    weights = np.exp(-n * n / 2)
    logs = np.exp(threshold - sigma * n)
    fits = marginal.resamples
    return np.array([float(weights @ ndtr(one.standard(logs)) / weights.sum()) for one in fits])


@pytest.mark.parametrize("tail", ["lognormal", "genpareto"])
@pytest.mark.parametrize("depth", [2.0, 4.0])
def test_one_source_alone(tail, depth):
    """The rate of R below a threshold is Φ(z of the threshold), under every fit."""
    marginal = empirical(2000, tail)
    threshold = float(np.log(marginal.value(np.array([-depth])))[0])
    rate = float(ndtr(-depth))
    found = with_data_limits(space(marginal), ((-1.0,),), rate, (rate, rate))
    low, high = np.percentile(rates(marginal, threshold), [2.5, 97.5])
    # The grid leaves a tenth of a standard deviation to nothing.
    assert math.log(found.high / rate) == pytest.approx(math.log(high / rate), abs=0.15, rel=0.1)
    if low > 1e-12:
        assert math.log(found.low / rate) == pytest.approx(math.log(low / rate), abs=0.15, rel=0.1)


def test_beside_another_source():
    """A plane over a measured source and one that is known: against the convolution of both."""
    marginal, sigma = empirical(1000), 0.4
    slope = marginal.spread
    direction = np.array([-slope, sigma]) / math.hypot(slope, sigma)
    beta = 3.5
    threshold = math.log(1e5) - beta * math.hypot(slope, sigma)
    every = rates(marginal, threshold, sigma)
    rate = float(ndtr(-beta))
    found = with_data_limits(space(marginal, Normal(sigma=1.0)), (tuple(direction.tolist()),), rate, (rate, rate))
    expected = np.log(np.percentile(every, [2.5, 97.5]) / np.median(every))
    assert math.log(found.high / rate) == pytest.approx(expected[1], rel=0.35)
    assert -math.log(rate / found.low) == pytest.approx(expected[0], rel=0.35)


def test_a_narrow_band_changes_as_the_half_space_at_its_beginning():
    """P(t1 < ln R < t2) under every fit, of a band that is 0.02 standard deviations wide: its rate is far rarer."""
    marginal = empirical(2000)
    ends = np.log(marginal.value(np.array([-3.0, -2.98])))
    every = rates(marginal, ends[1]) - rates(marginal, ends[0])
    rate = float(ndtr(-2.98) - ndtr(-3.0))
    found = with_data_limits(space(marginal), ((-1.0,),), rate, (rate, rate), 2.98)
    expected = np.log(np.percentile(every / rate, [2.5, 97.5]))
    assert np.log([found.low / rate, found.high / rate]) == pytest.approx(expected, rel=0.35)
    by_rate = with_data_limits(space(marginal), ((-1.0,),), rate, (rate, rate))
    assert by_rate.high / by_rate.low > found.high / found.low


def test_the_interval_of_the_simulation_is_widened_in_quadrature():
    rate, marginal = 1e-6, empirical(1000)
    alone = with_data_limits(space(marginal), ((-1.0,),), rate, (rate, rate))
    both = with_data_limits(space(marginal), ((-1.0,),), rate, (rate / 3, rate * 2))
    assert math.log(both.high / rate) == pytest.approx(math.hypot(math.log(2), math.log(alone.high / rate)))
    assert math.log(rate / both.low) == pytest.approx(math.hypot(math.log(3), math.log(rate / alone.low)))
    assert both.notes[0].endswith("the simulation alone: 3.3e-07 to 2e-06")


def test_a_source_without_part_in_the_misread_leaves_nothing_open():
    found = with_data_limits(space(empirical(1000), Normal(sigma=1.0)), ((0.0, 1.0),), 1e-6, (5e-7, 2e-6))
    assert (found.low, found.high) == (pytest.approx(5e-7, rel=1e-3), pytest.approx(2e-6, rel=1e-3))
    assert found.beyond == ()


def test_more_data_leave_less_open():
    few, many = (with_data_limits(space(empirical(count)), ((-1.0,),), 1e-6, (1e-6, 1e-6)) for count in (500, 8000))
    assert math.log(few.high / few.low) / math.log(many.high / many.low) == pytest.approx(4, rel=0.4)


@pytest.mark.parametrize(("rate", "beyond"), [(0.01, ()), (1e-6, ("s0",))])
def test_a_rate_beyond_the_data_is_told(rate, beyond):
    found = with_data_limits(space(empirical(1000)), ((-1.0,),), rate, (rate, rate))
    assert found.beyond == beyond
    assert [note for note in found.notes if "beyond the data of s0" in note] == (
        ["beyond the data of s0: rests on the model of the tail"] if beyond else []
    )


def test_a_rate_that_was_not_met_is_bounded_by_the_worst_that_data_leave_open():
    found = with_data_limits(space(empirical(500), Normal(sigma=1.0)), (), 0.0, (0.0, 1e-9))
    assert found.low == 0.0
    assert found.high > 1e-8
    assert found.beyond == ("s0",)


def test_correlated_sources_are_integrated_together():
    """Two measured sources that are one: the plane of either is that of one source."""
    marginal = empirical(1000)
    alone = with_data_limits(space(marginal), ((-1.0,),), 1e-5, (1e-5, 1e-5))
    one = space(marginal, marginal, correlations=(("s0", "s1", 0.99),))
    mean = np.linalg.cholesky([[1, 0.99], [0.99, 1]]).T @ np.array([-0.5, -0.5])
    direction = tuple((mean / np.linalg.norm(mean)).tolist())
    both = with_data_limits(one, (direction,), 1e-5, (1e-5, 1e-5))
    assert math.log(both.high / both.low) == pytest.approx(math.log(alone.high / alone.low), rel=0.1)


def test_without_measured_sources_nothing_changes():
    found = with_data_limits(space(Lognormal(median=1.0, sigma_ln=1.0)), ((-1.0,),), 1e-6, (5e-7, 2e-6))
    assert (found.low, found.high, found.beyond, found.notes) == (5e-7, 2e-6, (), ())


@pytest.fixture
def points(tmp_path):
    """Points of a study whose HRS was measured, each with one event that lies where HRS is low."""
    logs = math.log(8e4) + 0.5 * np.random.default_rng(2).standard_normal(300)
    (tmp_path / "m.csv").write_text("r_kohm\n" + "".join(f"{value}\n" for value in np.exp(logs) / 1e3))
    devices = {"hrs": {"file": "m.csv", "tail": "lognormal", "d2d_share": 0.5}}
    swept = build_study(name="s", folder=tmp_path, devices=devices).sweep
    task = next(one for one in swept.tasks(ngspice="39") if one.programmed == "+1")
    estimate = Estimate(trials=50, sum_p=5e-4, sum_p2=5.2e-9, sum_p3=5.6e-14, simulations=300)
    direction = (0.0, -1.0, *[0.0] * (task.spread.dimension - 2))
    event = EventResult(method=Method.LINE_SAMPLING, estimate=estimate, beta=4.26, directions=(direction,))
    events = {"-1": event, "0": EventResult(method=Method.LINE_SAMPLING, estimate=Estimate(), beta=8.0)}
    result = PointResult(
        counts={"+1": 50}, failed=0, summaries=dict.fromkeys((s.column for s in task.bench.summaries), 1.0),
        symmetric=True, twins={}, events=events,
    )  # fmt: skip
    return table_points(swept, [(task, result)]), swept.estimation


def test_tables_hold_what_the_data_leave_open(points):
    """On both sides of the mirror: the interval, the note that tells the simulation's own, the warning."""
    done, estimation = points
    tables = {table.file: frame for table, frame in sweep_tables(done, estimation).items()}
    ber = tables["ber.csv"].set_index(["programmed", "read"])
    notes = tables["reliability.csv"].set_index(["programmed", "read"])["notes"]
    for signs, source in ((("+1", "-1"), "r_blb"), (("-1", "+1"), "r_bl")):
        row = ber.loc[signs]
        assert row["probability"] == pytest.approx(1e-5)
        assert row["ci_low"] < 5e-6
        assert row["ci_high"] > 2e-5
        assert f"the data of {source} leave open; the simulation alone: 9.4e-06 to 1.1e-05" in notes[signs]
        assert f"beyond the data of {source}: rests on the model" in notes[signs]
    assert ber.loc["+1", "0"]["ci_high"] > 1e-14  # not met above the floor of 1e-15, if the tail is as fitted
    told = beyond_data(done, estimation.interval)
    assert (
        "ternary_2t2r at tt_27c_1v2: +1 read as -1 lies beyond the data of r_blb; its rate rests on the model"
        in told[1]
    )
    assert len(told) == 4
