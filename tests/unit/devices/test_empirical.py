"""Distributions of measured values: body, tails, what other data might have given."""

import math
from functools import lru_cache

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import genpareto

from rramsim.devices.marginals import Empirical, Sample
from rramsim.devices.marginals.tails import TAILS, GeneralizedPareto, NormalTail
from rramsim.errors import InputError
from rramsim.files import content_id

Z = np.linspace(-7, 7, 57)


def sample(logs):
    logs = np.sort(np.asarray(logs, float))
    return Sample(logs=logs, digest=content_id({"logs": logs.tolist()}))


@lru_cache
def normal(count, tail, seed=1):
    logs = math.log(1e5) + 0.5 * np.random.default_rng(seed).standard_normal(count)
    return Empirical(sample=sample(logs), tail=tail, part=0.1)


@pytest.mark.parametrize("tail", TAILS)
def test_values_rise_and_are_inverted(tail):
    found = normal(2000, tail)
    assert (np.diff(found.value(Z)) > 0).all()
    assert found.standard(found.value(Z)) == pytest.approx(Z, abs=1e-4)


@pytest.mark.parametrize("tail", TAILS)
def test_there_is_no_step_where_a_tail_begins(tail):
    found = normal(2000, tail)
    for start in (found.fit.z[0], found.fit.z[-1]):
        below, above = np.log(found.value(start + np.array([-1e-6, 1e-6])))
        assert 0 < above - below < 1e-5


def test_the_body_is_that_of_the_data():
    """Between the thresholds, drawn values are told from the data by no quantile."""
    found = normal(2000, "genpareto")
    inside = np.linspace(0.12, 0.88, 9)
    assert np.log(found.value(ndtri(inside))) == pytest.approx(np.quantile(found.sample.logs, inside), abs=0.02)


def test_a_lognormal_tail_goes_on_as_the_normal_data_do():
    found = normal(20_000, "lognormal")
    assert np.log(found.value(Z)) == pytest.approx(math.log(1e5) + 0.5 * Z, abs=0.12)


def test_both_tails_are_fitted_apart():
    """A sample that is longer to low values has a longer tail there: signs are not exchanged."""
    draws = np.random.default_rng(3).standard_normal(4000)
    for tail in TAILS:
        found = Empirical(sample=sample(np.where(draws < 0, 3 * draws, draws)), tail=tail, part=0.1)
        low, middle, high = np.log(found.value(np.array([-3.5, 0.0, 3.5])))
        assert (middle - low) / (high - middle) == pytest.approx(3, rel=0.4)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3])
def test_a_generalised_pareto_tail_is_found_again(shape):
    excess = genpareto.rvs(shape, scale=0.2, size=20_000, random_state=4)
    found = GeneralizedPareto.fitted(excess, 0.1)
    assert (found.shape, found.scale) == (pytest.approx(shape, abs=0.03), pytest.approx(0.2, rel=0.03))


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3])
def test_a_generalised_pareto_tail_against_scipy(shape):
    tail, z = GeneralizedPareto(part=0.1, scale=0.2, shape=shape), np.array([1.5, 3.0, 5.0])
    beyond = genpareto.isf(ndtr(-z) / 0.1, shape, scale=0.2)
    assert tail.excess(z) == pytest.approx(beyond)
    assert tail.standard(tail.excess(z)) == pytest.approx(z)


def test_a_tail_that_ends_is_never_passed():
    tail = GeneralizedPareto(part=0.1, scale=0.2, shape=-0.5)
    assert tail.excess(np.array([37.0])) == pytest.approx(0.4)
    assert tail.standard(np.array([0.5])) == math.inf


def test_the_scale_of_a_normal_tail_is_found_again():
    z = np.random.default_rng(5).standard_normal(100_000)
    start = -ndtri(0.1)
    assert NormalTail.fitted(0.7 * (z[z > start] - start), 0.1).scale == pytest.approx(0.7, rel=0.02)


@pytest.mark.parametrize("tail", TAILS)
def test_resamples_scatter_as_fits_to_other_data_do(tail):
    """The bootstrap's standard deviation of a quantile beyond the data against that over 60 other samples."""
    z = np.array([-3.5, 3.5])
    resampled = np.std([np.log(one.value(z)) for one in normal(1000, tail).resamples], axis=0)
    others = np.std([np.log(normal(1000, tail, seed).value(z)) for seed in range(10, 70)], axis=0)
    assert (resampled / others > 0.5).all()
    assert (resampled / others < 2.0).all()


def test_more_data_leave_less_open():
    few, many = (
        np.std([np.log(one.value(np.array([-4.0]))) for one in normal(count, "lognormal").resamples])
        for count in (500, 8000)
    )
    assert few / many == pytest.approx(4, rel=0.4)  # the root of 16
    assert normal(8000, "lognormal").reach == pytest.approx(-ndtri(1 / 8000))


def test_the_same_data_are_the_same_marginal():
    again = Empirical(sample=sample(normal(1000, "genpareto").sample.logs), tail="genpareto", part=0.1)
    assert again == normal(1000, "genpareto")
    assert again.identity == normal(1000, "genpareto").identity != normal(1000, "lognormal").identity
    assert again.resamples[7] == normal(1000, "genpareto").resamples[7]


@pytest.mark.parametrize(
    ("logs", "wrong", "message"),
    [
        (np.arange(199.0), {}, "199 values are too few: tails of 0.1 of them each need 200"),
        (np.arange(1000.0), {"part": 0.3}, "above 0 and up to 0.25, got 0.3"),
        (np.arange(1000.0), {"tail": "weibull"}, "one of genpareto, lognormal, got 'weibull'"),
        (np.clip(np.arange(1000.0), 0, 905), {}, "a tail holds . different values, 10 are needed"),
        (np.clip(np.arange(1000.0), 0, 500), {}, "a tail holds 0 different values, 10 are needed"),
    ],
)
def test_what_cannot_be_fitted(logs, wrong, message):
    with pytest.raises(InputError, match=message):
        Empirical(**({"sample": sample(logs), "tail": "genpareto", "part": 0.1} | wrong))
