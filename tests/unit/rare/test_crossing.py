import math

import pytest

from rramsim.rare.crossing import find_crossing, polish, refine


@pytest.mark.parametrize("guess", [-3.0, 0.0, 2.0, 4.9])
def test_a_crossing_is_found_from_any_guess(guess):
    found = find_crossing(lambda c: math.expm1(1.7 - c), guess=guess, slope=-1.0, tolerance=1e-3, limit=8.0)
    assert found.position == pytest.approx(1.7, abs=1e-3)
    assert found.found
    assert found.monotone
    assert found.outside <= found.position <= found.inside


def test_a_straight_line_with_known_slope_takes_two_values():
    calls = []

    def value_at(c):
        calls.append(c)
        return 3.0 - 2.0 * c

    assert find_crossing(value_at, guess=1.2, slope=-2.0, tolerance=0.01, limit=8.0).position == pytest.approx(1.5)
    assert len(calls) == 2


def test_a_line_that_never_enters_or_never_leaves():
    assert find_crossing(lambda c: 1.0, guess=0.0, slope=-1.0, tolerance=0.01, limit=5.0).position == math.inf
    assert find_crossing(lambda c: -1.0, guess=0.0, slope=-1.0, tolerance=0.01, limit=5.0).position == -math.inf


def test_a_wrong_slope_or_a_long_chord_decides_nothing():
    """A steep slope, learnt on other lines, makes any step short; a chord over two sigmas is no slope at its end."""
    for slope in (-1000.0, -1.0, -0.001):
        found = find_crossing(lambda c: 1.7 - c, guess=1.2, slope=slope, tolerance=0.02, limit=8.0)
        assert found.position == pytest.approx(1.7, abs=1e-6)
    bent = find_crossing(lambda c: math.expm1(2 * (4.75 - c)), guess=0.0, slope=-1e4, tolerance=0.02, limit=8.0)
    assert bent.position == pytest.approx(4.75, abs=1e-3)


def test_a_search_ends_at_its_limit():
    assert math.isnan(refine(lambda c: 1.0, near=0.0, step=0.1, tolerance=1e-6, limit=9.0))


def test_one_missing_value_is_stepped_over_and_many_are_not():
    hole = find_crossing(
        lambda c: math.nan if abs(c - 1.0) < 0.02 else 1.7 - c, guess=1.0, slope=-1.0, tolerance=1e-3, limit=8.0
    )
    assert hole.position == pytest.approx(1.7, abs=1e-3)
    lost = find_crossing(lambda c: math.nan if c > 1.0 else 1.7 - c, guess=0.5, slope=-1.0, tolerance=1e-3, limit=8.0)
    assert not lost.found
    assert 0.5 < lost.outside <= 1.0
    assert lost.inside == math.inf


def test_a_second_crossing_that_is_met_is_told():
    found = find_crossing(lambda c: (c - 1.0) * (c - 4.0), guess=5.0, slope=-1.0, tolerance=1e-3, limit=8.0)
    assert not found.monotone or found.position == math.inf or found.position == pytest.approx(1.0, abs=1e-2)


def test_refine_is_as_accurate_as_asked_and_says_when_it_cannot():
    assert refine(lambda c: 0.3 - c**3, near=0.0, step=0.1, tolerance=1e-6, limit=9.0) == pytest.approx(
        0.3 ** (1 / 3), abs=2e-6
    )
    assert math.isnan(refine(lambda c: math.nan, near=0.0, step=0.1, tolerance=1e-6, limit=9.0))


@pytest.mark.parametrize("near", [1.0, 1.02, 1.3])
def test_polish_is_accurate_to_a_part_of_the_band(near):
    def log_like(c):
        return -math.copysign(math.log1p(abs(c - 1.05) / 1e-4), c - 1.05)

    found = polish(log_like, near=near, slope=-1e4, width=1e-4, limit=9.0)
    assert found == pytest.approx(1.05, abs=5e-6)
    assert math.isnan(polish(lambda c: math.nan, near=near, slope=-1.0, width=1e-4, limit=9.0))
