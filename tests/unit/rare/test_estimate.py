import pytest
from hypothesis import given
from hypothesis import strategies as st

from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod
from rramsim.rare.estimate import Estimate

counts = st.integers(0, 10**6).flatmap(
    lambda trials: st.tuples(st.integers(0, trials), st.just(trials), st.integers(0, 50))
)
estimates = counts.map(lambda c: Estimate.from_counts(errors=c[0], trials=c[1], failed=c[2]))


@given(estimates, estimates, estimates)
def test_merging_is_associative_commutative_and_has_a_zero(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Estimate() == a


@given(counts, counts)
def test_merging_is_counting_together(first, second):
    merged = Estimate.from_counts(errors=first[0], trials=first[1]) + Estimate.from_counts(
        errors=second[0], trials=second[1]
    )
    assert merged == Estimate.from_counts(errors=first[0] + second[0], trials=first[1] + second[1])


@given(estimates)
def test_the_interval_holds_the_estimate(estimate):
    low, high = estimate.interval(IntervalMethod.CLOPPER_PEARSON)
    assert 0 <= low <= estimate.probability <= high <= 1


def test_failed_simulations_are_spent_but_no_trials():
    estimate = Estimate.from_counts(errors=2, trials=10, failed=3)
    assert (estimate.simulations, estimate.failed, estimate.probability) == (13, 3, 0.2)


def from_values(values, **more):
    return Estimate(
        trials=len(values), **{f"sum_p{n}".rstrip("1"): sum(v**n for v in values) for n in (1, 2, 3)}, **more
    )


def test_values_between_0_and_1_have_the_interval_of_a_mean():
    low, high = from_values([1e-9, 2e-9, 1.5e-9, 1.7e-9]).interval()
    assert 0 < low < 1.55e-9 < high < 3e-9


def test_a_few_contributions_say_nothing():
    assert from_values([1e-3]).interval() == (0.0, pytest.approx(1.0))


def test_unknown_contributions_widen_the_interval_to_both_sides():
    values = [1e-6, 2e-6, 1.5e-6, 1.7e-6] * 5
    low, high = from_values(values).interval()
    wide_low, wide_high = from_values(values, unknown=2, unknown_low=1e-7, unknown_high=1e-4).interval()
    assert wide_low < low < high < wide_high


def test_unknown_contributions_alone_are_not_taken_for_nothing():
    low, high = Estimate(unknown=48, unknown_high=48 * 1e-6).interval()
    assert (low, high) == (0, pytest.approx(1e-6, rel=1e-2))
    low, high = Estimate(trials=100, unknown=2, unknown_high=1e-9).interval()
    assert (low, high) == (0, pytest.approx(0.0362, abs=1e-3))
    assert not Estimate(unknown=1, unknown_high=1).empty
    assert Estimate().empty


@pytest.mark.parametrize(
    "wrong",
    [
        {"trials": -1},
        {"trials": 1, "sum_p": 2.0},
        {"trials": 5, "sum_p": 1.0, "sum_p2": 2.0},
        {"trials": 5, "sum_p": 1.0, "sum_p2": 0.1},
        {"failed": -1},
    ],
)
def test_impossible_sums(wrong):
    with pytest.raises(InputError, match="impossible estimate"):
        Estimate(**wrong)
