"""Injected errors follow the table exactly: counted over a million weights of each value."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from rramsim.errors import InputError, TableError
from rramsim.nn.faults.independent import ReadFaults, StaticFaults
from rramsim.nn.faults.misreads import Misreads, bernoulli_positions, draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.weights import ErrorType, Weight, WeightKind

BINARY, TERNARY = WeightKind.BINARY, WeightKind.TERNARY
P, Z, M, U = Weight.PLUS, Weight.ZERO, Weight.MINUS, Weight.UNRESOLVED
COUNT = 1_000_000
# Two-sided level of each count; about 30 counts are made with fixed seeds, so that one seed in 3e7 would fail.
LEVEL = 1e-9


def inject(weights, rates, generator):
    """All weights as one read gives them."""
    return draw_misreads(weights, rates, int(generator.integers(2**63))).applied(weights)


def assert_binomial(hits, trials, rate):
    if rate in (0.0, 1.0):
        assert hits == rate * trials
        return
    low, high = binom.ppf(LEVEL / 2, trials, rate), binom.isf(LEVEL / 2, trials, rate)
    assert low <= hits <= high, f"{hits} of {trials} at rate {rate}: expected {low} to {high}"


TABLES = [
    (TERNARY, {(P, Z): 0.01, (P, M): 1e-4, (Z, P): 0.065, (Z, M): 0.185, (M, Z): 0.0, (M, P): 0.3}),
    (TERNARY, {(P, Z): 1.0, (P, M): 0.0, (Z, P): 0.5, (Z, M): 0.5, (M, Z): 0.25, (M, P): 0.75}),
    (TERNARY, {(P, Z): 0.0, (P, M): 0.0, (Z, P): 0.0, (Z, M): 0.0, (M, Z): 0.0, (M, P): 0.0}),
    (BINARY, {(P, M): 0.02, (P, U): 0.0, (M, P): 1e-3, (M, U): 0.0}),
]


@pytest.mark.parametrize("index", range(len(TABLES)))
def test_every_transition_is_made_at_its_rate(index):
    kind, table = TABLES[index]
    rates = ReadErrorRates(kind=kind, rates=tuple((p, r, rate) for (p, r), rate in table.items()))
    generator = np.random.default_rng(index)
    for programmed in kind.programmed:
        read = inject(np.full(COUNT, programmed.number, dtype=np.int8), rates, generator)
        for value in kind.programmed:
            if value is not programmed:
                assert_binomial(int((read == value.number).sum()), COUNT, table[programmed, value])


def test_zero_and_nonzero_weights_of_one_layer_follow_their_own_rows():
    kind, table = TABLES[0]
    rates = ReadErrorRates(kind=kind, rates=tuple((p, r, rate) for (p, r), rate in table.items()))
    generator = np.random.default_rng(10)
    weights = generator.integers(-1, 2, (1000, 1500)).astype(np.int8)
    read = inject(weights, rates, generator)
    assert read.dtype == np.int8
    assert read.shape == weights.shape
    for (programmed, value), rate in table.items():
        stored = weights == programmed.number
        assert_binomial(int((read[stored] == value.number).sum()), int(stored.sum()), rate)


def test_an_unresolved_read_falls_either_way():
    rates = ReadErrorRates.of_type(BINARY, ErrorType.UNRESOLVED, 0.4)
    read = inject(np.full(COUNT, -1, dtype=np.int8), rates, np.random.default_rng(11))
    assert_binomial(int((read == 1).sum()), COUNT, 0.2)


@pytest.mark.parametrize(
    ("kind", "error", "weight", "expected"),
    [
        (TERNARY, ErrorType.SIGN, 1, {-1: 0.1}),
        (TERNARY, ErrorType.SIGN, 0, {}),
        (TERNARY, ErrorType.TO_ZERO, -1, {0: 0.1}),
        (TERNARY, ErrorType.TO_ZERO, 0, {}),
        (TERNARY, ErrorType.FROM_ZERO, 0, {1: 0.05, -1: 0.05}),
        (TERNARY, ErrorType.FROM_ZERO, 1, {}),
        (BINARY, ErrorType.SIGN, 1, {-1: 0.1}),
    ],
)
def test_ladder_rates_are_of_one_type(kind, error, weight, expected):
    read = inject(
        np.full(COUNT, weight, dtype=np.int8), ReadErrorRates.of_type(kind, error, 0.1), np.random.default_rng(12)
    )
    for value in {-1, 0, 1} - {weight}:
        assert_binomial(int((read == value).sum()), COUNT, expected.get(value, 0.0))


def test_a_binary_cell_makes_no_zeros():
    with pytest.raises(InputError, match="a binary cell makes no error of type 3"):
        ReadErrorRates.of_type(BINARY, ErrorType.FROM_ZERO, 0.1)


rate = st.floats(0, 0.5)


@given(st.lists(rate, min_size=6, max_size=6), st.integers(0, 2**32), st.integers(0, 50), st.integers(1, 50))
@settings(max_examples=50, deadline=None)
def test_reads_are_weights_and_composite_is_their_average(values, seed, rows, columns):
    pairs = [(P, Z), (P, M), (Z, P), (Z, M), (M, Z), (M, P)]
    rates = ReadErrorRates(kind=TERNARY, rates=tuple((p, r, v) for (p, r), v in zip(pairs, values, strict=True)))
    generator = np.random.default_rng(seed)
    weights = generator.integers(-1, 2, (rows + 1, columns)).astype(np.int8)
    before = weights.copy()
    read = inject(weights, rates, generator)
    assert np.isin(read, (-1, 0, 1)).all()
    assert (weights == before).all()
    expected = np.mean([rates.error_probability({1: P, 0: Z, -1: M}[int(w)]) for w in weights.ravel()])
    assert rates.composite([weights]) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_static_errors_stay_and_read_errors_change():
    rates = ReadErrorRates.of_type(TERNARY, ErrorType.SIGN, 0.3)
    weights = [np.ones((40, 50), dtype=np.int8), np.ones(300, dtype=np.int8)]

    def reader(model, seed):
        read = model(rates).chip(weights, np.random.default_rng(seed))
        return lambda: np.concatenate([m.applied(w).ravel() for m, w in zip(read(), weights, strict=True)])

    static = reader(StaticFaults, 1)
    first = static()
    assert (first == static()).all()
    assert (first != 1).any()
    assert (first != reader(StaticFaults, 2)()).any()
    noisy = reader(ReadFaults, 1)
    assert (noisy() != noisy()).any()
    assert all((layer == 1).all() for layer in weights)


@pytest.mark.parametrize("rate", [0.0, 1e-12, 1e-3, 0.3, 0.999, 1.0])
def test_successes_of_independent_trials_lie_anywhere_alike(rate):
    size = COUNT
    positions = bernoulli_positions(size, rate, np.random.default_rng(13))
    assert (np.diff(positions) > 0).all()
    assert_binomial(len(positions), size, rate)
    for part in range(4):  # wherever they lie
        inside = (positions >= part * size // 4) & (positions < (part + 1) * size // 4)
        assert_binomial(int(inside.sum()), size // 4, rate)
    pairs = int((np.diff(positions) == 1).sum())  # neighbours know nothing of each other
    assert_binomial(pairs, size - 1, rate**2) if rate < 1 else None
    assert bernoulli_positions(0, rate, np.random.default_rng(0)).size == 0


def test_misreads_must_be_in_order():
    for positions, values in (([1, 0], [1, 1]), ([1, 1], [1, 1]), ([-1], [1]), ([0, 1], [1])):
        with pytest.raises(InputError, match="positions"):
            Misreads(np.array(positions), np.array(values, np.int8))


def table_rows(**changes):
    pairs = [("+1", "0"), ("+1", "-1"), ("0", "+1"), ("0", "-1"), ("-1", "+1"), ("-1", "0")]
    return pd.DataFrame(
        {
            "programmed": [p for p, _ in pairs], "read": [r for _, r in pairs],
            "probability": np.linspace(0.1, 0.6, 6) / 2, "ci_low": 0.0, "ci_high": 0.7,
        }
    ).assign(**changes)  # fmt: skip


def test_rates_are_those_of_the_table():
    rates = ReadErrorRates.from_table(table_rows(), TERNARY)
    assert rates.error_probability(P) == pytest.approx(0.05 + 0.1)
    assert ReadErrorRates.from_table(table_rows(), TERNARY, which="lower").error_probability(Z) == 0.0
    # Upper ends may add up to more than 1: scaled.
    assert ReadErrorRates.from_table(table_rows(), TERNARY, which="upper").error_probability(Z) == pytest.approx(1.0)


def test_a_table_must_hold_every_misread_once():
    for rows in (table_rows().iloc[1:], pd.concat([table_rows(), table_rows().iloc[:1]])):
        with pytest.raises(TableError, match="each misread of a ternary cell once"):
            ReadErrorRates.from_table(rows, TERNARY)
    with pytest.raises(TableError, match="binary"):
        ReadErrorRates.from_table(table_rows(), BINARY)


@pytest.mark.parametrize(
    ("kind", "rates", "message"),
    [
        (TERNARY, ((P, Z, 1.1),), "not in 0..1"),
        (TERNARY, ((P, Z, -0.1),), "not in 0..1"),
        (TERNARY, ((P, Z, math.nan),), "not in 0..1"),
        (TERNARY, ((P, Z, 0.6), (P, M, 0.6)), "add up to 1.2, more than 1"),
        (TERNARY, ((P, P, 0.1),), "cannot misread"),
        (TERNARY, ((P, U, 0.1),), r"cannot misread \+1 as \?"),
        (BINARY, ((Z, P, 0.1),), "a binary cell cannot misread 0"),
    ],
)
def test_impossible_rates(kind, rates, message):
    with pytest.raises(InputError, match=message):
        ReadErrorRates(kind=kind, rates=rates)
