"""Probabilities that are known in closed form, from 1e-3 to 1e-12 and in 2 to 20 dimensions."""

import math

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import chi2, norm

from rramsim.errors import NoDirectionError
from rramsim.rare.cost import least_simulations
from rramsim.rare.estimator import EventEstimator
from rramsim.rare.limit_state import CountedResponse, Event, LimitState
from rramsim.rare.line_sampler import LineSampler
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.rare.reasons import Note, Reason, ran_out

GRID = norm.ppf((np.arange(20_000) + 0.5) / 20_000)
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
    assert found.notes[0].reason in (Reason.FAILURE_REGIONS, Reason.AUDITED_REGION)
    assert found.estimate.probability == pytest.approx(2 * float(ndtr(-beta)), rel=0.35)


def test_a_band_is_the_difference_of_two_tails():
    beta, width = 5.0, 0.01
    direct = float(ndtr(-beta) - ndtr(-beta - width))
    found = estimate(lambda z: float(z[0]), 5, event=Event(low=beta, high=beta + width))
    assert found.estimate.probability == pytest.approx(direct, rel=0.02)
    wide = estimate(lambda z: float(z[0]), 5, event=Event(low=2.0, high=3.0))
    assert wide.estimate.probability == pytest.approx(float(ndtr(-2.0) - ndtr(-3.0)), rel=0.02)


def behind(function, dimension, *, width, seed=0, **precision):
    """A band of a response, and what lies behind it: both events, and the simulations that the second one took."""
    counted = CountedResponse(function, dimension)
    events = Event(low=0.0, high=width), Event(high=0.0)
    found = []
    for event in events:
        estimator = EventEstimator(LimitState(counted, event), Precision(**precision), stream_of(seed))
        before = counted.simulations
        found.append(estimator.run(others=found))
    return (*found, counted.simulations - before)


def shared(found):
    return Reason.SHARED_LINES in [note.reason for note in found.notes]


@pytest.mark.parametrize("curvature", [0.02, -0.01])
def test_the_lines_of_a_band_tell_what_lies_behind_it(curvature):
    beta, width, dimension = 4.7534, 0.05, 10
    truth = curved_probability(beta, dimension, curvature)
    band_truth = curved_probability(beta - width, dimension, curvature) - truth
    bands, events, spent = zip(
        *(behind(curved(beta, curvature), dimension, width=width, seed=seed) for seed in range(60)), strict=True
    )
    told = [cost for event, cost in zip(events, spent, strict=True) if shared(event)]
    assert len(told) > 30  # the others need more lines than their bands
    assert max(told) < 40
    assert sum(covers(one, band_truth) for one in bands) >= 50  # 95 % of 60 less 4 standard deviations
    assert sum(covers(one, truth) for one in events) >= 50
    values = np.array([one.estimate.probability for one in events]) / truth
    assert abs(values.mean() - 1) < 4 * values.std() / math.sqrt(len(values)) + 2e-3
    assert events[0].beta == pytest.approx(beta, abs=0.05)


def test_an_event_farther_behind_a_band_is_looked_for_itself():
    band, found, spent = behind(linear(5.0, 5), 5, width=1.0)
    assert band.behind is not None
    assert not shared(found)
    assert spent > 100
    assert covers(found, float(ndtr(-5.0)))


def test_what_begins_close_behind_in_another_direction_is_looked_for_itself():
    # The band begins across the first axis and ends across one that is turned by 20 degrees.
    turned = np.array([math.cos(math.radians(20)), math.sin(math.radians(20)), 0.0])

    def function(z):
        entry, end = 4.7 - float(z[0]), 5.1 - float(turned @ z)
        if entry > 0:
            return 0.05 + entry
        return 0.05 * end / (end - entry) if end > 0 else end

    band, found, _ = behind(function, 3, width=0.05)
    assert abs(found.beta - band.beta) < 0.5
    assert found.points[0].direction == pytest.approx(turned, abs=0.02)
    assert not shared(found)


def test_lines_that_meet_a_band_again_do_not_tell_what_lies_behind_it():
    # Every line leaves the band at 4.95, and is in it once more from 5.6 on.
    def function(z):
        return max(4.95 - z[0], -0.2) if z[0] < 5.3 else min(z[0] - 5.5, 0.025)

    band, found, _ = behind(function, 4, width=0.05)
    assert band.behind is None
    assert not shared(found)


def test_an_event_far_below_the_floor_takes_a_few_lines_and_one_beyond_reach_none():
    found = estimate(linear(9.5, 4), 4)
    assert found.estimate.interval()[1] < 1e-17
    assert found.beta == pytest.approx(9.5, abs=0.02)
    assert found.estimate.simulations < 120
    lost = estimate(linear(12.0, 4), 4)
    assert lost.estimate.trials == 0
    assert lost.beta == lost.beta_limit
    assert "not met within 10.9 standard deviations" in str(lost.notes[0])


def test_a_surface_that_bends_back_is_not_taken_for_one_below_the_floor():
    """Its design point is far below the floor, its probability above."""
    probability = curved_probability(8.3, 20, -0.03)
    assert float(ndtr(-8.3)) < 1e-15 < probability
    found = estimate(curved(8.3, -0.03), 20)
    assert found.estimate.probability == pytest.approx(probability, rel=0.5)


def test_a_wrong_start_costs_simulations_and_no_truth():
    start = np.eye(10)[3]
    found = estimate(linear(4.7534, 10), 10, starts=[start])
    assert covers(found, float(ndtr(-4.7534)))


TWO = [
    pytest.param(branches(4.7534, 10, math.pi / 2), 2 * float(ndtr(-4.7534)), id="alike"),
    pytest.param(lambda z: min(6 - z[0], 4.7534 - z[1]), float(ndtr(-4.7534)), id="nearer"),
    pytest.param(lambda z: min(4 - z[0], 5.1 + z[0]), float(ndtr(-4) + ndtr(-5.1)), id="opposite"),
]


@pytest.mark.parametrize(("function", "probability"), TWO)
def test_a_start_does_not_keep_another_region_from_being_found(function, probability):
    """As where one corner has a way to misread that the corner it learns from does not have."""
    start = np.linalg.qr(np.random.default_rng(10).standard_normal((10, 10)))[0][0]
    for first in (start, np.eye(10)[0]):
        found = estimate(function, 10, starts=[first], relative=0.2)
        assert "2 failure regions" in map(str, found.notes)
        assert found.estimate.probability == pytest.approx(probability, rel=0.3)


def test_a_region_that_is_an_edge_counts():
    found = estimate(lambda z: min(5 - z[0], max(4 + z[0] - z[2], 4 + z[0] + z[2])), 10)
    assert found.estimate.probability == pytest.approx(5.8e-6, rel=0.3)


def test_as_many_regions_as_there_are_directions_are_found_and_more_are_no_regions():
    planes = estimate(lambda z: 4.5 - float(np.abs(z).max()), 4, relative=0.2)
    assert planes.estimate.probability == pytest.approx(8 * float(ndtr(-4.5)), rel=0.35)
    sphere = estimate(lambda z: 36.0 - float(z @ z), 6)
    assert sphere.method is Method.SUBSET_SIMULATION
    assert "more failure regions than can be told apart" in map(str, sphere.notes)
    assert covers(sphere, float(chi2(6).sf(36)))


RESPONSES = {
    "steep": lambda d: math.expm1(2 * d),
    "flat": lambda d: -math.expm1(-6 * d),
    "kink": lambda d: d if d > 0 else d / 4,
    "saturated": lambda d: math.tanh(10 * d),
    "clipped": lambda d: min(max(d, -0.3), 0.3),
}


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("dimension", [1, 5])
def test_the_shape_of_the_response_does_not_matter(name, dimension):
    shape, plane = RESPONSES[name], linear(4.7534, dimension)
    found = [estimate(lambda z: shape(plane(z)), dimension, seed=seed) for seed in range(6)]
    assert np.mean([one.estimate.probability for one in found]) == pytest.approx(1e-6, rel=0.03)
    assert sum(covers(one, 1e-6) for one in found) >= 4


def test_what_lines_suggest_by_chance_is_no_better_direction():
    probability = curved_probability(4.75, 20, 0.04)
    found = estimate(curved(4.75, 0.04), 20, seed=72, pause=400)
    assert found.estimate.probability == pytest.approx(probability, rel=0.5)


def test_a_band_narrower_than_the_noise_is_no_error():
    noisy = estimate(
        lambda z: float(z[0]) + 1e-3 * math.sin(1e5 * float(z @ z)), 5, event=Event(low=4.9997, high=5.0003)
    )
    assert noisy.estimate.probability == pytest.approx(float(ndtr(-4.9997) - ndtr(-5.0003)), rel=0.8)


def test_lines_are_drawn_where_they_contribute_most(monkeypatch):
    """A band that is much wider to one side: few plain lines are most of the average."""

    def widening(z):
        return (float(z[0]) - 5) * math.exp(-float(z[1]))

    probability = float(np.mean([ndtr(-5 + 1e-3 * math.exp(y)) - ndtr(-5 - 1e-3 * math.exp(y)) for y in GRID]))

    def found():
        return [estimate(widening, 5, event=Event(low=-1e-3, high=1e-3), seed=seed) for seed in range(6)]

    adapted = found()
    assert all(one.method is Method.LINE_SAMPLING for one in adapted)
    assert sum(covers(one, probability) for one in adapted) >= 5
    monkeypatch.setattr(LineSampler, "adapt", lambda _self, _gain: False)
    assert sum(one.estimate.simulations for one in adapted) < sum(one.estimate.simulations for one in found())


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
    assert "only failed simulations were met" in str(found.notes[0])


@pytest.mark.parametrize("failing", [(4.4, 9.0), (4.4, 4.55), (4.55, 9.0)])
def test_failed_simulations_in_a_band_leave_the_method_and_widen_the_interval(failing):
    probability = float(ndtr(-4.5) - ndtr(-4.6))
    first, last = failing
    found = estimate(
        lambda z: math.nan if first < z[0] < last and z[1] > 1 else float(z[0]), 5, event=Event(low=4.5, high=4.6)
    )
    assert found.method is Method.LINE_SAMPLING
    assert "failed simulations keep the interval wide" in map(str, found.notes)
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
    assert "no way out was found" in str(found.notes[0])


def test_subset_simulation_says_what_failed_simulations_were_taken_for():
    plane = linear(2.0, 3)
    found = estimate(lambda z: math.nan if z[2] > 2.5 else plane(z), 3, method=Method.SUBSET_SIMULATION, relative=0.5)
    assert found.estimate.failed > 0
    assert "failed simulations were taken for no misread" in str(found.notes[-1])


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
    with pytest.raises(NoDirectionError, match="no simulation around typical devices"):
        estimate(lambda _z: math.nan, 3)


def test_subset_simulation_gets_over_a_plateau():
    found = estimate(lambda z: 1.0 if z[0] < 3 else -1.0, 5, method=Method.SUBSET_SIMULATION, relative=0.5)
    low, high = found.estimate.interval()
    assert low * 0.8 <= float(ndtr(-3)) <= high * 1.2


HARD = {  # functions and dimensions that take a method each, and most of them more than a thousand simulations
    "curved": (lambda z: 5 - z[0] - 0.09 * float(z[1]) ** 2, 10),
    "regions": (branches(4.7534, 6, 2 * math.pi / 3), 6),
    "scattered": (lambda z: 4 - abs(z[0]) + 0.5 * math.sin(6 * z[1]), 4),
    "band": (lambda z: abs(z[0] - 4) - 0.3, 5),
    "failing": (lambda z: math.nan if z[0] > 3 else 4 - z[0], 5),
    "everywhere": (lambda _z: -1.0, 4),
    "many variables": (linear(3.0902, 60), 60),
}


@pytest.mark.parametrize("limit", [150, 700, 2500])
@pytest.mark.parametrize("method", [None, *(method for method in Method if method is not Method.MONTE_CARLO)])
@pytest.mark.parametrize("name", HARD)
def test_no_more_simulations_are_spent_than_allowed(name, method, limit):
    function, dimension = HARD[name]
    made = []

    def counted(z):
        made.append(z)
        return function(z)

    found = estimate(counted, dimension, method=method, max_simulations=limit)
    assert len(made) - 1 <= limit  # the first one, at typical devices, was made before
    assert found.estimate.simulations == len(made) - 1
    precision = Precision(max_simulations=limit)
    if ran_out(found.notes):
        assert not found.estimate.empty  # or it would count as too rare to matter
        assert precision.reached(found.estimate) or Note(reason=Reason.PRECISION_NOT_REACHED) in found.notes


@pytest.mark.parametrize("limit", [100, 500, 700])
def test_what_ran_out_has_an_interval_that_holds(limit):
    probability = float(ndtr(-4.7534)) * 2  # of two branches that hardly overlap
    found = [estimate(branches(4.7534, 6, math.pi), 6, seed=seed, max_simulations=limit) for seed in range(40)]
    assert all(ran_out(one.notes) for one in found)
    assert sum(covers(one, probability) for one in found) >= 32  # 95 % of 40 less 4 standard deviations
    assert all((one.estimate.interval() == (0.0, 1.0)) == (limit < 600) for one in found)


@pytest.mark.parametrize("dimension", [1, 2, 11, 200])
@pytest.mark.parametrize("method", [None, Method.LINE_SAMPLING, Method.IMPORTANCE_SAMPLING, Method.MULTI_ROOT])
def test_the_least_that_is_asked_for_is_hardly_more_than_what_an_easy_rate_costs(method, dimension):
    least = least_simulations(dimension, method)
    found = estimate(linear(0.5, dimension), dimension, method=method, relative=0.9, max_simulations=10**6)
    assert least <= found.estimate.simulations + 20 * (dimension == 1)


@pytest.mark.parametrize("method", [Method.IMPORTANCE_SAMPLING, Method.MULTI_ROOT, Method.SUBSET_SIMULATION])
def test_every_method_agrees_when_it_is_asked_for(method):
    found = estimate(linear(3.0902, 4), 4, method=method, relative=0.2, max_simulations=60_000)
    assert found.method is method
    low, high = found.estimate.interval()
    assert low * 0.8 <= 1e-3 <= high * 1.2


def test_the_same_streams_give_the_same_result():
    first, second = (estimate(curved(4.0, 0.02), 6, seed=3) for _ in range(2))
    assert first.estimate == second.estimate
