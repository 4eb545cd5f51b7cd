"""Crossings of margins that are known: found with few points, and with intervals that hold them."""

import math

import numpy as np
import pytest

from rramsim.merit.rates import Margin, Rate, margin_below, margin_between
from rramsim.merit.root import Range, crossings, next_points


def search(margin, where, *, points=3, most=16):
    """Look for crossings of a margin; what is known, in order."""
    known = {at: margin(at) for at in where.spaced(points)}
    for _ in range(most):
        asked = [at for at in next_points([known[at] for at in sorted(known)], where) if at not in known]
        if not asked:
            break
        known |= {at: margin(at) for at in asked}
    return [known[at] for at in sorted(known)]


def exact(function):
    return lambda at: Margin(at=at, value=function(at), low=function(at) - 1e-9, high=function(at) + 1e-9, exact=True)


@pytest.mark.parametrize(
    ("function", "where", "expected"),
    [
        (lambda at: 10 * (at - 1.0837), Range(low=0.6, high=1.4), 1.0837),
        (lambda at: 5 - 4 / at, Range(low=0.5, high=1.5), 0.8),
        (lambda at: math.log(at / 33e-9), Range(low=5e-9, high=500e-9), 33e-9),
        (lambda at: -3 * math.log(at / 33e-9), Range(low=5e-9, high=500e-9), 33e-9),
        (lambda at: math.tanh(20 * (at - 0.7)), Range(low=0.0, high=1.0), 0.7),
        (lambda at: 1e-3 if at > 0.61 else -40.0, Range(low=0.6, high=1.4), 0.61),
    ],
)
def test_a_crossing_is_found_within_the_tolerance(function, where, expected):
    known = search(exact(function), where)
    (found,) = crossings(known, where)
    tolerance = 0.02 * expected if where.logarithmic else 2.1 * where.step
    assert found.at == pytest.approx(expected, abs=tolerance)
    assert found.low <= found.at <= found.high
    assert found.rising == (function(where.high) > 0)
    assert len(known) <= 14


def test_a_window_that_no_first_point_meets_is_found_at_its_peak():
    where = Range(low=0.6, high=1.4)
    known = search(exact(lambda at: 0.3 - 8 * abs(at - 0.83)), where)
    opening, closing = crossings(known, where)
    assert (opening.rising, closing.rising) == (True, False)
    assert opening.at == pytest.approx(0.83 - 0.3 / 8, abs=0.01)
    assert closing.at == pytest.approx(0.83 + 0.3 / 8, abs=0.01)


@pytest.mark.parametrize("function", [lambda at: 1 + at, lambda at: -1 - at])
def test_without_a_crossing_there_is_none(function):
    where = Range(low=0.6, high=1.4)
    assert crossings(search(exact(function), where), where) == []


@pytest.mark.parametrize("sigma", [0.05, 0.002])
@pytest.mark.parametrize(
    ("slope", "bent"),
    [
        (12.0, lambda way: 12 * way),
        (-12.0, lambda way: -12 * way),
        (12.0, lambda way: 2 * math.expm1(6 * way)),
        (-12.0, lambda way: 3 * -math.tanh(4 * way)),
        (12.0, lambda way: -2 * math.expm1(-6 * way)),
    ],
)
def test_the_interval_of_a_crossing_holds_it_as_often_as_it_says(slope, bent, sigma):
    rng, where, crossing = np.random.default_rng(8), Range(low=0.6, high=1.4, tolerance=0.005), 0.9317
    held, widths = 0, []
    for _ in range(400):

        def noisy(at):
            value = bent(at - crossing) + sigma * rng.standard_normal()
            return Margin(at=at, value=value, low=value - 1.96 * sigma, high=value + 1.96 * sigma, exact=True)

        found = crossings(search(noisy, where), where)
        held += any(one.low <= crossing <= one.high for one in found)
        widths += [one.high - one.low for one in found]
    assert held / 400 >= 0.93
    # No wider than what the noise and the tolerance ask for.
    assert np.median(widths) < max(6 * sigma / abs(slope), 0.002)


def test_margins_are_those_of_the_worst_rate():
    rates = {"1": Rate(value=1e-6, low=5e-7, high=2e-6), "2": Rate(value=0.0, low=0.0, high=1e-9)}
    margin = margin_below(rates, {"1": 1e-5, "2": 1e-8, "3": 0.1}, 1.0)
    assert margin.limit == "2"  # known to be below 1e-9 only
    assert not margin.exact
    assert margin.value == pytest.approx(5.998 - 5.612, abs=1e-3)
    assert margin.low == pytest.approx(min(4.611 - 4.265, margin.value), abs=2e-3)
    between = margin_between(rates["1"], Rate(value=1e-2, low=9e-3, high=1.1e-2), 1.0)
    assert between.low < between.value < between.high
    assert between.value == pytest.approx(4.753 - 2.326, abs=2e-3)


def test_what_is_not_known_is_a_bound():
    never = margin_below({"1": Rate(value=0.0, low=0.0, high=1e-12)}, {"1": 1e-6}, 1.0)
    assert (never.exact, never.value > 0, never.value == never.low) == (False, True, True)
    always = margin_below({"1": Rate(value=1.0, low=0.98, high=1.0)}, {"1": 1e-6}, 1.0)
    assert (always.exact, always.value == always.high) == (False, True)
    assert always.value < 0
