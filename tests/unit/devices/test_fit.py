"""Lognormal statistics from samples."""

import numpy as np
import pytest

from rramsim.devices.fit import fit_lognormal
from rramsim.errors import InputError


def test_intervals_hold_the_truth():
    """Each of them in about 95 of 100 cases; below 88 or above 99 of 100 has a chance of 1 in 500."""
    held = np.zeros(2)
    rng = np.random.default_rng(5)
    for _ in range(100):
        fit = fit_lognormal(5e3 * np.exp(0.4 * rng.standard_normal(200)))
        held += [fit.r_median_low < 5e3 < fit.r_median_high, fit.sigma_ln_low < 0.4 < fit.sigma_ln_high]
    assert (held >= 88).all()


def test_what_is_lognormal_is_taken_for_it_and_two_states_are_not():
    rng = np.random.default_rng(6)
    taken = [fit_lognormal(5e3 * np.exp(0.4 * rng.standard_normal(200))).is_lognormal for _ in range(100)]
    assert 87 <= sum(taken) <= 99
    both = np.concatenate((5e3 * np.exp(0.1 * rng.standard_normal(180)), 3e5 * np.exp(0.1 * rng.standard_normal(20))))
    assert not fit_lognormal(both).is_lognormal


@pytest.mark.parametrize("values", [[5e3] * 40, [1e3, 2e3], [*range(40)], [float("nan"), *range(1, 40)]])
def test_what_cannot_be_fitted_is_refused(values):
    with pytest.raises(InputError, match="a lognormal fit needs"):
        fit_lognormal(values)
