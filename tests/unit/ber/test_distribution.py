"""Quantiles of measured quantities: their intervals hold the quantiles of what the values are drawn from."""

import json
import math

import numpy as np
import pytest
from scipy.stats import lognorm, quantile_test

from rramsim.ber.distribution import SHARES, Distribution, distributions
from rramsim.circuits.record import Summary
from rramsim.intervals import quantile_ranks


def test_the_intervals_hold_the_quantiles_of_what_was_drawn():
    rng, sigma, draws = np.random.default_rng(5), 0.8, 300
    held = dict.fromkeys(SHARES, 0)
    known = dict.fromkeys(SHARES, 0)
    for _ in range(draws):
        for one in Distribution.of(rng.lognormal(sigma=sigma, size=400).tolist()).quantiles:
            known[one.share] += 1
            held[one.share] += one.low <= lognorm.ppf(one.share, sigma) <= one.high
    # 400 values bound the quantiles 0.01 to 0.99; with 300 draws the rate of 95 % is known to 2.5 %.
    assert {share for share, count in known.items() if count} == {share for share in SHARES if 0.005 < share < 0.995}
    assert all(held[share] / draws > 0.92 for share, count in known.items() if count)
    assert held[0.5] / draws < 0.99  # not by being wide


@pytest.mark.parametrize("count", [0, 1, 5, 6, 29, 200, 371, 4000])
def test_ranks_are_those_of_scipy(count):
    values = np.arange(count)
    for share in SHARES:
        first, last = quantile_ranks(share, count)
        found = (values[first] if first >= 0 else math.nan, values[last] if last < count else math.nan)
        expected = quantile_test(values, p=share).confidence_interval(0.95) if count else (math.nan, math.nan)
        assert found == pytest.approx(tuple(expected), nan_ok=True)


def test_what_did_not_happen_is_left_out_and_counted():
    values = [*np.linspace(1.0, 2.0, 81).tolist(), math.inf, math.inf]
    found = Distribution.of(values)
    assert found.count == 81
    middle = next(one for one in found.quantiles if one.share == 0.5)
    assert middle.value == pytest.approx(1.5)
    assert 1.0 < middle.low < 1.5 < middle.high < 2.0
    assert Distribution.of([math.inf]) == Distribution(count=0, quantiles=())
    assert Distribution.of([1.0, 2.0]).quantiles == ()  # two values bound nothing at 95 %


def test_the_quantities_that_are_summarised_carry_the_units_of_their_columns():
    summaries = [
        Summary(column="switched", quantity="time", statistic="count"),
        Summary(column="time_median_s", quantity="time", statistic="median"),
        Summary(column="time_p95_s", quantity="time", statistic=0.95),
        Summary(column="ln_resistance_mean", quantity="ln_resistance", statistic="mean"),
    ]
    found = distributions({"time": [1.0] * 9, "ln_resistance": [2.0] * 9, "other": [3.0] * 9}, summaries)
    assert list(found) == ["time_s", "ln_resistance"]
    assert found["time_s"].quantiles[0].value == found["time_s"].quantiles[0].low == 1.0


def test_plain_values_are_read_back_and_others_refused():
    found = Distribution.of(np.random.default_rng(1).normal(size=500).tolist())
    plain = json.loads(json.dumps(found.to_json()))
    assert Distribution.from_json(plain) == found
    share, value, low, high = plain["quantiles"][0]
    for quantiles in (
        [[share, high, low, value]],
        [[0.3, value, low, high]],
        [[share, value, -math.inf, high]],
        [[share, value, low, high], [share, value, low, high]],
        [[share, value, low]],
        [[share, "1", low, high]],
    ):
        with pytest.raises((ValueError, TypeError)):
            Distribution.from_json({"count": 5, "quantiles": quantiles})
    for damaged in ({"count": -1, "quantiles": []}, {"quantiles": []}, {"count": True, "quantiles": []}):
        with pytest.raises(ValueError, match="count"):
            Distribution.from_json(damaged)
