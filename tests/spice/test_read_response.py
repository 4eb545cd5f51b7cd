"""The response of a read and the rates that follow from it, against bisection, a closed form and counted reads."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr

from rramsim.ber.events import estimate_events
from rramsim.ber.monte_carlo import BLOCK, StopRule, monte_carlo
from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.circuits.benches.pair.response import ReadResponse, read_signal
from rramsim.circuits.benches.pair.spread import read_samples, read_sources
from rramsim.circuits.record import Record
from rramsim.devices.presets import load_preset
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import NgspiceCrashError
from rramsim.rare.design_point import find_design_point
from rramsim.rare.estimator import EventEstimator
from rramsim.rare.limit_state import CountedResponse, LimitState
from rramsim.rare.line_sampler import LineSampler
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.spice.engine import Engine
from rramsim.weights import Weight

pytestmark = pytest.mark.spice


def stream(purpose, index):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(5, spawn_key=(purpose, index))))


@pytest.fixture
def make_response(bench):
    """Response of a weight at a corner, and what it was made of."""

    def make(corner="tt_27c_1v2", programmed=Weight.PLUS, preset="hfo2_130nm_strong", mismatch=True, **conditions):
        made = bench(corner, **conditions)
        spread = SpreadSpace(
            sources=read_sources(made.deck, load_preset(preset).statistics, programmed, mismatch=mismatch)
        )
        return ReadResponse(made, spread, programmed), made, spread

    return make


def test_the_signal_is_monotone_and_meets_the_verdict(bench):
    reads = bench()
    values = []
    for imbalance in (-3, -1, -0.3, -0.1, -0.03, -0.01, -0.003, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3):
        sample = ReadSample(r_bl=20e3 * math.exp(-imbalance / 2), r_blb=20e3 * math.exp(imbalance / 2))
        values.append(read_signal(reads.waveforms(sample), reads.deck))
        resolved = reads.read(sample).weight is not Weight.ZERO
        assert (abs(values[-1]) >= 1) is resolved
    assert values == sorted(values)
    assert values == pytest.approx([-value for value in reversed(values)], rel=1e-3)


def test_the_response_of_a_nominal_pair_is_its_imbalance(make_response):
    response, _, spread = make_response()
    states = [source.marginal for source in spread.sources[:2]]
    level = states[0].median
    for imbalance in (-0.5, -0.02, 0.002, 0.2):
        z = np.zeros(response.dimension)
        for index, (state, sign) in enumerate(zip(states, (-1, 1), strict=True)):
            z[index] = (math.log(level / state.median) + sign * imbalance / 2) / state.sigma_ln
        assert response(z) == pytest.approx(imbalance, rel=0.05)
    assert response.events[Weight.ZERO].high == -response.events[Weight.ZERO].low > 0


def bisected(value_at, level, low, high):
    return brentq(lambda c: value_at(c) - level, low, high, xtol=1e-8)


def test_lines_give_what_bisection_gives_also_where_the_band_is_narrow(make_response):
    """The reads that do not resolve at a fast corner: a band of less than a thousandth of a standard deviation."""
    response, _, _ = make_response("ff_27c_1v3")
    state = LimitState(CountedResponse(response, response.dimension), response.events[Weight.ZERO])
    point = find_design_point(state, limit=8.0, start=response.steepest(Weight.ZERO))
    sampler = LineSampler(limit_state=state, point=point, limit=8.0, generator=lambda number: stream(1, number))
    for number in range(8):
        line = sampler.draw()
        z = stream(1, number).standard_normal(response.dimension)
        value_at = state.along(point.direction, z - float(z @ point.direction) * point.direction)
        middle = bisected(value_at, -state.depth / 2, 3, 8)
        begin = bisected(value_at, 0, middle - 0.1, middle)
        end = bisected(value_at, -state.depth, middle, middle + 0.1)
        assert end - begin < 2e-3
        assert line.inside.low == pytest.approx(float(ndtr(-begin) - ndtr(-end)), rel=0.03)


def test_without_mismatch_the_closed_form_of_an_ideal_comparator_is_recovered(make_response):
    """Φ(−ln(R_H/R_L)/√(σ_L² + σ_H²)): the lower resistance wins, half of the reads that do not resolve on each side."""
    response, _, spread_space = make_response(mismatch=False, t_window=400e-9, t_sense=400e-9)
    states = [source.marginal for source in spread_space.sources[:2]]
    spread = math.hypot(*(state.sigma_ln for state in states))
    expected = float(ndtr(-math.log(states[1].median / states[0].median) / spread))
    assert expected < 1e-6
    state = LimitState(CountedResponse(response, response.dimension), response.events[Weight.MINUS])
    found = EventEstimator(state, Precision(), stream).run(guess=response.steepest(Weight.MINUS))
    assert found.method is Method.LINE_SAMPLING
    low, high = found.estimate.interval()
    # What does not resolve within 400 ns is a thousandth of it.
    assert low * 0.99 <= expected <= high * 1.02


@pytest.mark.parametrize("corner", ["ss_m40c_1v1", "fs_m40c_1v3"])
def test_frequent_misreads_agree_with_counted_reads(make_response, corner):
    response, reads, spread = make_response(corner, Weight.ZERO)

    def block(number):
        drawn = np.random.default_rng([7, number]).standard_normal((BLOCK, spread.dimension))
        return iter(read_samples(spread.values(drawn)))

    def read(sample):
        return Record(outcome=reads.read(sample).weight.value, quantities={})

    record = monte_carlo(read, block, {Weight.ZERO}, StopRule(max_trials=800))
    streams = dict.fromkeys(map(str, reads.deck.cell.weights.read), stream)
    results = estimate_events(response, record, Precision(), streams, method=Method.LINE_SAMPLING, more=iter(()))
    for weight in (Weight.PLUS, Weight.MINUS):
        rate = results[weight].estimate.probability
        assert results[weight].estimate.relative_width <= 0.1
        error = math.sqrt(rate * (1 - rate) / record.trials)
        assert record.counts[weight] / record.trials == pytest.approx(rate, abs=3.5 * error)
        assert sum(spread.importance(np.array(results[weight].directions[0]))) == pytest.approx(1)


@pytest.mark.parametrize("method", [Method.LINE_SAMPLING, Method.SUBSET_SIMULATION])
def test_an_ngspice_that_gives_up_ends_the_task_whatever_runs_it(make_response, monkeypatch, method):
    """It can run nothing any more: to take its reads for failed ones would depend on what ran before."""
    response, _, _ = make_response()
    runs, run = iter(range(100)), Engine.run

    def gives_up(self, *arguments, **options):
        if next(runs) == 60:
            raise NgspiceCrashError("ngspice asked to be unloaded")
        return run(self, *arguments, **options)

    monkeypatch.setattr(Engine, "run", gives_up)
    state = LimitState(CountedResponse(response, response.dimension), response.events[Weight.MINUS])
    with pytest.raises(NgspiceCrashError):
        EventEstimator(state, Precision(), stream).run(method=method, guess=response.steepest(Weight.MINUS))


@pytest.mark.parametrize("corner", ["tt_27c_1v2", "ss_m40c_1v1", "ff_125c_1v3"])
@pytest.mark.parametrize("pair", [(5e3, 350e3), (350e3, 5e3), (350e3, 385e3), (20e3, 20.1e3), (350e3, 350.001e3)])
def test_a_read_that_ends_when_it_is_decided_has_the_signal_and_the_points_of_the_whole_one(bench, corner, pair):
    reads = bench(corner)
    sample = ReadSample(r_bl=pair[0], r_blb=pair[1])
    whole = reads.waveforms(sample)
    early = reads.waveforms(sample, until=reads.deck.decided)
    points = early["time"].size
    assert points < whole["time"].size * 0.85
    for name, values in whole.items():
        assert early[name].tolist() == values[:points].tolist()
    assert read_signal(early, reads.deck) == read_signal(whole, reads.deck)
    # Nothing of it is left behind.
    again = reads.waveforms(sample)
    assert all(again[name].tolist() == values.tolist() for name, values in whole.items())
