"""Hamming codes, gone through word by word."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.errors import InputError
from rramsim.merit.codes import CODES, HammingCode, find_code

SEC, SECDED = CODES["sec_7_4"], CODES["secded_8_4"]


def words(code):
    data = np.array(list(itertools.product((0, 1), repeat=code.data)), dtype=np.uint8)
    return data, code.encoded(data)


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_words_differ_in_as_many_bits_as_the_code_needs(code):
    data, encoded = words(code)
    assert encoded.shape == (2**code.data, code.length)
    least = encoded[encoded.any(axis=1)].sum(axis=1).min()  # linear: the distance is the least weight
    assert least == (4 if code.extended else 3)
    assert (code.decoded(encoded) == data).all()


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_one_error_is_corrected_wherever_it_is(code):
    data, encoded = words(code)
    for place in range(code.length):
        wrong = encoded.copy()
        wrong[:, place] ^= 1
        assert (code.decoded(wrong) == data).all()


def test_two_errors_are_left_by_a_code_that_detects_them_and_made_three_by_one_that_does_not():
    for code, expected in ((SECDED, {0, 1, 2}), (SEC, {1, 2, 3})):
        data, encoded = words(code)
        left = set()
        for pair in itertools.combinations(range(code.length), 2):
            wrong = encoded.copy()
            wrong[:, pair] ^= 1
            left |= set((code.decoded(wrong) != data).sum(axis=1).tolist())
        assert left == expected


@pytest.mark.parametrize(("name", "factor"), [("sec_7_4", 9), ("secded_8_4", 7)])
def test_small_rates_leave_their_square(name, factor):
    for rate in (1e-4, 1e-6, 1e-9):
        assert CODES[name].residual(rate, rate) == pytest.approx(factor * rate**2, rel=10 * rate)


@given(rates=st.tuples(st.floats(0, 0.3), st.floats(0, 0.3)), name=st.sampled_from(["sec_7_4", "secded_8_4"]))
@settings(max_examples=30, deadline=None)
def test_the_exact_rate_is_that_of_words_that_are_drawn(rates, name):
    code, generator = CODES[name], np.random.default_rng(3)
    data = generator.integers(0, 2, (40_000, code.data), dtype=np.uint8)
    word = code.encoded(data)
    wrong = generator.random(word.shape) < np.where(word == 1, *rates)
    found = (code.decoded(word ^ wrong.astype(np.uint8)) != data).mean(axis=1)
    error = found.std() / len(found) ** 0.5
    assert abs(found.mean() - code.residual(*rates)) <= 5.5 * error + 1e-4


def test_rates_at_the_ends():
    assert SECDED.residual(0.0, 0.0) == 0.0
    # All bits of a word turned: its complement, a word as well.
    assert SECDED.residual(1.0, 1.0) == pytest.approx(1.0)
    assert [code.bits_per_bit for code in (SEC, SECDED)] == [1.75, 2.0]


@pytest.mark.parametrize("rates", [(-0.1, 0.0), (0.0, 1.1), (float("nan"), 0.0)])
def test_impossible_rates_are_refused(rates):
    with pytest.raises(InputError, match=r"must lie in 0\.\.1"):
        SEC.residual(*rates)


def test_unknown_codes_are_refused():
    with pytest.raises(InputError, match="did you mean 'sec_7_4'"):
        find_code("sec_7_5")
    with pytest.raises(InputError, match="must be 2 to 4"):
        HammingCode(name="large", parity_bits=5, extended=False)
    assert find_code("secded_8_4") is SECDED
