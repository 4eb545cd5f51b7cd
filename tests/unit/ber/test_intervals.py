import numpy as np
import pytest
from scipy.stats import binom

from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod, binomial_interval

CP, WILSON = IntervalMethod.CLOPPER_PEARSON, IntervalMethod.WILSON


# R. G. Newcombe, Stat. Med. 17, 857 (1998), table I, methods 5 and 3, to the four digits printed there.
@pytest.mark.parametrize(
    ("errors", "trials", "exact", "wilson"),
    [
        (81, 263, (0.2527, 0.3676), (0.2553, 0.3662)),
        (15, 148, (0.0578, 0.1617), (0.0624, 0.1605)),
        (0, 20, (0.0000, 0.1684), (0.0000, 0.1611)),
        (1, 29, (0.0009, 0.1776), (0.0061, 0.1718)),
    ],
)
def test_published_values(errors, trials, exact, wilson):
    assert binomial_interval(errors, trials, CP) == pytest.approx(exact, abs=5e-5)
    assert binomial_interval(errors, trials, WILSON) == pytest.approx(wilson, abs=5e-5)


@pytest.mark.parametrize("method", IntervalMethod)
@pytest.mark.parametrize("trials", [1, 50, 10_000])
def test_no_errors_leave_an_upper_bound_and_all_errors_a_lower_one(method, trials):
    low, high = binomial_interval(0, trials, method)
    assert low == 0.0
    assert 0 < high < 1
    assert binomial_interval(trials, trials, method) == (pytest.approx(1 - high), 1.0)


def test_no_trials_say_nothing():
    assert binomial_interval(0, 0, CP) == (0.0, 1.0)


@pytest.mark.parametrize(("errors", "trials"), [(-1, 5), (6, 5)])
def test_impossible_counts(errors, trials):
    with pytest.raises(InputError, match="errors must lie between 0 and trials"):
        binomial_interval(errors, trials, CP)


@pytest.mark.parametrize("rate", [0.003, 0.02, 0.2, 0.5])
def test_clopper_pearson_covers_at_least_95_percent_exactly(rate):
    # Summed over the binomial law, not simulated: no false alarms.
    trials = 200
    counts = np.arange(trials + 1)
    covered = [low <= rate <= high for low, high in (binomial_interval(int(k), trials, CP) for k in counts)]
    assert binom.pmf(counts, trials, rate)[covered].sum() >= 0.95
