"""The published injection rule: what follows from it by algebra is met."""

import numpy as np
import pytest
from scipy.stats import binom

from rramsim.errors import InputError
from rramsim.nn.faults.published import QuantizedVgg
from rramsim.weights import WeightKind

LEVEL = 1e-9


def assert_count(hits, trials, rate):
    low, high = binom.ppf(LEVEL / 2, trials, rate), binom.isf(LEVEL / 2, trials, rate)
    assert low <= hits <= high, (hits, trials, rate)


@pytest.mark.parametrize("zeros", [0.0, 0.2, 0.7, 1.0])
@pytest.mark.parametrize("rate", [1e-3, 0.1, 0.5])
def test_a_ternary_layer_errs_at_the_rate_and_never_in_sign(zeros, rate):
    count = 400_000
    weights = np.where(np.arange(count) % 2, 1, -1).astype(np.int8)
    weights[: round(zeros * count)] = 0
    read = QuantizedVgg(kind=WeightKind.TERNARY, rate=rate).chip([weights], np.random.default_rng(1))()
    after = read[0].applied(weights)
    assert_count(int((after != weights).sum()), count, rate)
    assert not (after.astype(int) * weights == -1).any()  # no error of type 1
    third = 2 * rate / (1 + zeros)
    none = int((weights == 0).sum())
    assert_count(int((after[weights == 0] != 0).sum()), none, third)  # type 3
    assert_count(int((after[weights == 0] == 1).sum()), none, third / 2)
    assert_count(int((after[weights != 0] == 0).sum()), count - none, third / 2)  # type 2: half as often


def test_each_layer_has_its_own_zeros_and_each_read_its_own_errors():
    full, half = np.ones(100_000, np.int8), np.tile(np.array([0, 1], np.int8), 50_000)
    rule = QuantizedVgg(kind=WeightKind.TERNARY, rate=0.2)
    read = rule.chip([full, half], np.random.default_rng(2))
    first, second = read(), read()
    for one in (*first, *second):
        assert_count(one.count, 100_000, 0.2)
    assert first[0].positions.tolist() != second[0].positions.tolist()


def test_a_binary_layer_changes_signs():
    weights = np.tile(np.array([-1, 1], np.int8), 100_000)
    (misreads,) = QuantizedVgg(kind=WeightKind.BINARY, rate=0.3).chip([weights], np.random.default_rng(3))()
    assert (misreads.values == -weights[misreads.positions]).all()
    assert_count(misreads.count, weights.size, 0.3)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_impossible_rates_are_refused(rate):
    with pytest.raises(InputError, match=r"must lie in 0\.\.1"):
        QuantizedVgg(kind=WeightKind.TERNARY, rate=rate)


def test_a_rate_that_a_layer_has_too_few_zeros_for_is_refused():
    rule = QuantizedVgg(kind=WeightKind.TERNARY, rate=0.6)
    weights = np.array([0, 1, 1, -1, 1], np.int8)
    assert rule.rates(weights)
    with pytest.raises(InputError, match=r"no rate of 0\.6 for a layer of which 0 are zeros; at most 0\.5 is allowed"):
        rule.chip([weights, np.ones(5, np.int8)], np.random.default_rng(4))
