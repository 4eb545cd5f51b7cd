import pytest
from hypothesis import given
from hypothesis import strategies as st

from rramsim.ber.estimate import Estimate
from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod

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


def test_a_binomial_interval_needs_counts():
    with pytest.raises(InputError, match="not all 0 or 1"):
        Estimate(trials=4, sum_p=0.5, sum_p2=0.1, simulations=20).interval(IntervalMethod.WILSON)


@pytest.mark.parametrize(
    "wrong", [{"trials": -1}, {"trials": 1, "sum_p": 2.0}, {"trials": 5, "sum_p": 1.0, "sum_p2": 2.0}, {"failed": -1}]
)
def test_impossible_sums(wrong):
    with pytest.raises(InputError, match="impossible estimate"):
        Estimate(**wrong)
