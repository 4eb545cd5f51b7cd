"""Probabilities that are known in closed form, from 1e-3 to 1e-12 and in 2 to 20 dimensions."""

import math

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import chi2

from rramsim.ber.rare.estimator import EventEstimator, Method, Precision
from rramsim.ber.rare.limit_state import CountedResponse, Event, LimitState
from rramsim.errors import InputError

BETAS = (3.0902, 4.7534, 7.0345)  # of 1e-3, 1e-6, 1e-12


def stream_of(seed):
    return lambda *key: np.random.Generator(np.random.Philox(np.random.SeedSequence([seed], spawn_key=key)))


def estimate(function, dimension, *, seed=0, event=Event(high=0.0), method=None, starts=(), guess=None, **precision):  # noqa: B008
    limit_state = LimitState(CountedResponse(function, dimension), event)
    return EventEstimator(limit_state, Precision(**precision), stream_of(seed)).run(starts, method, guess)


def linear(beta, dimension):
    a = np.random.default_rng(dimension).standard_normal(dimension)
    a /= np.linalg.norm(a)
    return lambda z: beta - a @ z


def curved(beta, curvature):
    return lambda z: beta - z[0] + curvature * float(z[1:] @ z[1:])


def curved_probability(beta, dimension, curvature):
    squares = chi2(dimension - 1).ppf((np.arange(200_000) + 0.5) / 200_000)
    return float(ndtr(-(beta + curvature * squares)).mean())


def branches(beta, dimension, angle):
    a, b = np.linalg.qr(np.random.default_rng(dimension).standard_normal((dimension, dimension)))[0][:2]
    second = math.cos(angle) * a + math.sin(angle) * b
    return lambda z: min(beta - a @ z, beta - second @ z)


def covers(found, probability):
    low, high = found.estimate.interval()
    return low <= probability <= high


@pytest.mark.parametrize("dimension", [2, 10, 20])
@pytest.mark.parametrize("beta", BETAS)
def test_a_plane_is_exact_at_any_rate(beta, dimension):
    found = estimate(linear(beta, dimension), dimension)
    assert found.method is Method.LINE_SAMPLING
    assert found.estimate.probability == pytest.approx(float(ndtr(-beta)), rel=2e-3)
    assert covers(found, float(ndtr(-beta)))
    assert found.beta == pytest.approx(beta, abs=0.02)
    assert found.estimate.simulations < 300


@pytest.mark.parametrize("curvature", [0.02, -0.01])
@pytest.mark.parametrize(("beta", "dimension"), [(3.0902, 10), (7.0345, 2), (4.7534, 10)])
def test_a_curved_surface_is_unbiased_and_covered(beta, dimension, curvature):
    probability = curved_probability(beta, dimension, curvature)
    found = [estimate(curved(beta, curvature), dimension, seed=seed) for seed in range(60)]
    values = np.array([one.estimate.probability for one in found]) / probability
    assert abs(values.mean() - 1) < 4 * values.std() / math.sqrt(len(values)) + 2e-3
    assert sum(covers(one, probability) for one in found) >= 50  # 95 % of 60 less 4 standard deviations


@pytest.mark.parametrize("angle", [math.pi, 2 * math.pi / 3])
def test_a_second_branch_is_found_and_said(angle):
    beta = 4.7534
    found = estimate(branches(beta, 10, angle), 10, relative=0.2)
    assert found.method is Method.IMPORTANCE_SAMPLING
    assert "failure regions" in found.notes[0] or "region" in found.notes[0]
    assert found.estimate.probability == pytest.approx(2 * float(ndtr(-beta)), rel=0.35)


def test_a_band_is_the_difference_of_two_tails():
    beta, width = 5.0, 0.01
    direct = float(ndtr(-beta) - ndtr(-beta - width))
    found = estimate(lambda z: float(z[0]), 5, event=Event(low=beta, high=beta + width))
    assert found.estimate.probability == pytest.approx(direct, rel=0.02)
    wide = estimate(lambda z: float(z[0]), 5, event=Event(low=2.0, high=3.0))
    assert wide.estimate.probability == pytest.approx(float(ndtr(-2.0) - ndtr(-3.0)), rel=0.02)


def test_an_event_beyond_the_floor_is_not_sampled():
    found = estimate(linear(9.5, 4), 4)
    assert found.estimate.trials == 0
    assert found.beta == found.beta_limit


def test_a_wrong_start_costs_simulations_and_no_truth():
    start = np.eye(10)[3]
    found = estimate(linear(4.7534, 10), 10, starts=[start])
    assert covers(found, float(ndtr(-4.7534)))


def test_failed_simulations_widen_the_interval_and_hide_nothing():
    plane = linear(4.0, 3)

    def sometimes(z):
        return math.nan if math.sin(1e4 * float(z.prod())) > 0.8 else plane(z)

    found = estimate(sometimes, 3)
    assert found.estimate.failed > 0
    assert covers(found, float(ndtr(-4.0)))


def test_failed_simulations_around_the_surface_bound_the_rate():
    found = estimate(lambda z: math.nan if 4.5 < z[0] < 5 else 4.7534 - z[0], 4)
    low, high = found.estimate.interval()
    assert low == 0
    assert float(ndtr(-4.5)) <= high < 2 * float(ndtr(-4.5))
    assert not found.estimate.empty  # or else it would be taken for rarer than the floor
    assert "only failed simulations were met" in found.notes[0]


@pytest.mark.parametrize("failing", [(4.4, 9.0), (4.4, 4.55), (4.55, 9.0)])
def test_failed_simulations_in_a_band_leave_the_method_and_widen_the_interval(failing):
    probability = float(ndtr(-4.5) - ndtr(-4.6))
    first, last = failing
    found = estimate(
        lambda z: math.nan if first < z[0] < last and z[1] > 1 else float(z[0]), 5, event=Event(low=4.5, high=4.6)
    )
    assert found.method is Method.LINE_SAMPLING
    assert "failed simulations keep the interval wide" in found.notes
    low, high = found.estimate.interval()
    assert low <= float(ndtr(1)) * probability  # all of them right reads
    assert probability <= high


def test_an_origin_without_a_result_is_walked_around():
    plane = linear(4.7534, 5)
    points = []

    def around(z):
        points.append(z)
        return plane(z) if float(z @ z) > 1 else math.nan

    assert covers(estimate(around, 5), float(ndtr(-4.7534)))
    assert np.isfinite(points).all()


def test_an_event_that_holds_everywhere_is_certain():
    found = estimate(lambda _z: -1.0, 3)
    assert found.estimate.probability == 1
    assert "no way out was found" in found.notes[0]


def test_subset_simulation_says_what_failed_simulations_were_taken_for():
    plane = linear(2.0, 3)
    found = estimate(lambda z: math.nan if z[2] > 2.5 else plane(z), 3, method=Method.SUBSET_SIMULATION, relative=0.5)
    assert found.estimate.failed > 0
    assert "failed simulations were taken for no misread" in found.notes[-1]


def hidden(z):
    """A plane at 5 that nothing near typical devices announces: there, another variable seems to matter."""
    return 5 - z[1] if z[1] > 4.5 else 1 - 0.5 * math.tanh(z[0])


def test_a_region_is_found_where_slopes_point_elsewhere():
    found = estimate(hidden, 3)
    assert found.estimate.probability == pytest.approx(float(ndtr(-5)), rel=2e-3)
    guessed = estimate(hidden, 3, guess=np.array([0.0, 1.0, 0.0]))
    assert guessed.estimate.probability == pytest.approx(float(ndtr(-5)), rel=2e-3)
    assert guessed.estimate.simulations < found.estimate.simulations


def test_without_any_result_there_is_no_direction():
    with pytest.raises(InputError, match="no simulation around typical devices"):
        estimate(lambda _z: math.nan, 3)


@pytest.mark.parametrize("method", [Method.IMPORTANCE_SAMPLING, Method.MULTI_ROOT, Method.SUBSET_SIMULATION])
def test_every_method_agrees_when_it_is_asked_for(method):
    found = estimate(linear(3.0902, 4), 4, method=method, relative=0.2, max_simulations=60_000)
    assert found.method is method
    low, high = found.estimate.interval()
    assert low * 0.8 <= 1e-3 <= high * 1.2


def test_the_same_streams_give_the_same_result():
    first, second = (estimate(curved(4.0, 0.02), 6, seed=3) for _ in range(2))
    assert first.estimate == second.estimate
