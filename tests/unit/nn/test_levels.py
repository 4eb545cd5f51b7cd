"""Errors by level: rates are those of the table, and weights that share a part fail together as the plane says."""

import itertools
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri
from scipy.stats import binom, multivariate_normal

from rramsim.devices.spread import Level
from rramsim.errors import InputError, TableError
from rramsim.nn.faults.draws import SparseDraws
from rramsim.nn.faults.level_rates import LevelRates
from rramsim.nn.faults.levels import LevelFaults
from rramsim.nn.faults.model import CornerErrors
from rramsim.nn.faults.placement import Tiles
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.faults.sides import Side, loadings_of
from rramsim.nn.faults.stuck import StuckCells
from rramsim.weights import Weight, WeightKind

P, Z, M, U = Weight.PLUS, Weight.ZERO, Weight.MINUS, Weight.UNRESOLVED
BINARY, TERNARY = WeightKind.BINARY, WeightKind.TERNARY
CHIP, COLUMN, CELL, READ = Level
SIGMAS = 6  # of a mean over columns or chips: a false alarm in 5e8 checks
LEVEL = 1e-9  # two-sided, of a count


def loadings(**variances):
    """One source a level, so much of the variance each."""
    return tuple((Level(level), level, math.sqrt(part)) for level, part in variances.items() if part)


def one_way(rate, kind=BINARY, **variances):
    """Only +1 is misread, as -1."""
    return LevelRates(kind=kind, sides=(Side(programmed=P, outcomes=((M, rate),), loadings=loadings(**variances)),))


def faults(rates, rows, **options):
    return LevelFaults(rates=rates, placement=Tiles(rows=rows), **options)


def wrong(misreads, shape):
    """Which weights are misread, as (outputs, inputs)."""
    found = np.zeros(math.prod(shape), dtype=bool)
    found[misreads.positions] = True
    return found.reshape(shape)


def both(rate, other, correlation):
    """Probability that two planes are passed whose standard-normal values are so correlated."""
    matrix = [[1.0, correlation], [correlation, 1.0]]
    return float(multivariate_normal.cdf([ndtri(rate), ndtri(other)], cov=matrix, allow_singular=True))


def assert_mean(values, expected):
    """Mean of independent values."""
    error = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    assert abs(float(np.mean(values)) - expected) <= SIGMAS * error, (np.mean(values), expected, error)


def assert_count(hits, trials, rate):
    low, high = binom.ppf(LEVEL / 2, trials, rate), binom.isf(LEVEL / 2, trials, rate)
    assert low <= hits <= high, (hits, trials, rate)


SPLITS = [
    {"column": 0.4, "cell": 0.3, "read": 0.3},
    {"column": 0.05, "cell": 0.45, "read": 0.5},
    {"column": 0.6, "cell": 0.4},
    {"column": 1.0},
    {"read": 1.0},
]


@pytest.mark.parametrize("split", SPLITS, ids=str)
@pytest.mark.parametrize("rate", [0.2, 0.01])
def test_the_mean_rate_is_that_of_the_table_and_columns_spread_as_predicted(split, rate):
    rows, outputs, tiles = 32, 4000, 4
    shape = (outputs, rows * tiles)
    read = faults(one_way(rate, **split), rows).chip([np.ones(shape, np.int8)], np.random.default_rng(1))
    (misreads,) = read()
    assert (misreads.values == -1).all()
    errors = wrong(misreads, shape).reshape(outputs * tiles, rows).sum(axis=1)
    assert_mean(errors / rows, rate)
    # Pairs of weights of a column share its part alone.
    assert_mean(errors * (errors - 1) / (rows * (rows - 1)), both(rate, rate, split.get("column", 0.0)))


@pytest.mark.parametrize("split", SPLITS, ids=str)
def test_reads_of_a_chip_share_what_stays(split):
    rate, shape = 0.1, (20_000, 10)
    read = faults(one_way(rate, **split), 10).chip([np.ones(shape, np.int8)], np.random.default_rng(2))
    first, second = (wrong(read()[0], shape) for _ in range(2))
    kept = split.get("column", 0.0) + split.get("cell", 0.0)
    assert_mean((first & second).mean(axis=1), both(rate, rate, kept))
    assert (kept == pytest.approx(1)) == bool((first == second).all())


def test_what_is_drawn_once_a_chip_is_the_same_at_each_read():
    read = faults(one_way(0.1, column=0.2, read=0.8), 10, anew=False).chip(
        [np.ones((100, 100), np.int8)], np.random.default_rng(3)
    )
    assert read() is read()
    assert read()[0].count > 0


def test_a_chip_shares_its_part_among_layers_and_columns():
    rate, chips, shape = 0.1, 1000, (5, 4)
    model = faults(one_way(rate, chip=0.5, column=0.2, read=0.3), 4)
    generator = np.random.default_rng(4)
    layers = [np.ones(shape, np.int8)] * 2
    found = np.array([[wrong(one, shape).mean() for one in model.chip(layers, generator)()] for _ in range(chips)])
    assert_mean(found.mean(axis=1), rate)
    assert_mean(found[:, 0] * found[:, 1], both(rate, rate, 0.5))


def test_all_of_a_chip_is_all_or_nothing():
    model = faults(one_way(0.3, chip=1.0), 4)
    generator = np.random.default_rng(5)
    counts = Counter(model.chip([np.ones((5, 8), np.int8)], generator)()[0].count for _ in range(1000))
    assert set(counts) == {0, 40}
    assert_count(counts[40], 1000, 0.3)


def test_all_of_columns_is_whole_columns():
    shape, rows = (3000, 20), 10
    (misreads,) = faults(one_way(0.2, column=1.0), rows).chip([np.ones(shape, np.int8)], np.random.default_rng(6))()
    columns = wrong(misreads, shape).reshape(-1, rows).sum(axis=1)
    assert set(columns) == {0, rows}
    assert_count(int((columns == rows).sum()), columns.size, 0.2)


def signed(rate, offset):
    """+1 and -1 whose loss an amplifier's offset makes more and less likely."""
    rest = math.sqrt(1 - offset**2)
    sides = (
        Side(programmed=P, outcomes=((M, rate),), loadings=((COLUMN, "vth", offset), (READ, "r", rest))),
        Side(programmed=M, outcomes=((P, rate),), loadings=((COLUMN, "vth", -offset), (READ, "r", rest))),
    )
    return LevelRates(kind=BINARY, sides=sides)


def test_an_offset_that_hurts_one_sign_favours_the_other():
    rate, offset, shape, rows = 0.1, 0.6, (20_000, 20), 20
    weights = np.ones(shape, np.int8)
    weights[:, ::2] = -1
    (misreads,) = faults(signed(rate, offset), rows).chip([weights], np.random.default_rng(7))()
    assert (misreads.values == -weights.reshape(-1)[misreads.positions]).all()
    found = wrong(misreads, shape)
    minus, plus = found[:, ::2].mean(axis=1), found[:, 1::2].mean(axis=1)
    assert_mean(minus, rate)
    assert_mean(plus, rate)
    assert_mean(minus * plus, both(rate, rate, -(offset**2)))
    assert np.corrcoef(minus, plus)[0, 1] < -0.1


def zero_sides(rate, other, **shares):
    """A zero that falls to either side: by either resistance, and by the offset that both share with opposite signs."""
    split = {Level(level): part for level, part in shares.items()}
    of = {"r_bl": split, "r_blb": split, "vth": {COLUMN: 1.0}}
    up = loadings_of({"r_bl": -0.8, "r_blb": 0.36, "vth": 0.48}, of, what="up")
    down = loadings_of({"r_bl": 0.36, "r_blb": -0.8, "vth": -0.48}, of, what="down")
    sides = (
        Side(programmed=Z, outcomes=((P, rate),), loadings=up),
        Side(programmed=Z, outcomes=((M, other),), loadings=down),
    )
    return LevelRates(kind=TERNARY, sides=sides)


@pytest.mark.parametrize("rates", [(0.02, 0.05), (0.23, 0.23), (0.45, 0.5)])
@pytest.mark.parametrize("shares", [{"cell": 0.5, "read": 0.5}, {"cell": 1.0}, {"read": 1.0}], ids=str)
def test_a_zero_is_misread_to_either_side_at_its_rates(rates, shares):
    """Also where the chances of both, given what stays, would add up to more than 1."""
    shape, rows = (40_000, 10), 10
    model = faults(zero_sides(*rates, **shares), rows)
    (misreads,) = model.chip([np.zeros(shape, np.int8)], np.random.default_rng(8))()
    read = misreads.applied(np.zeros(shape, np.int8))
    for value, rate in zip((1, -1), rates, strict=True):
        assert_mean((read == value).mean(axis=1), rate)
    if min(rates) < 0.2:
        assert_mean((read == 1).mean(axis=1) * (read == -1).mean(axis=1) * 10 / 9, both(*rates, -(0.48**2)))


def test_a_lost_sign_lies_before_a_reversed_one():
    shape, rows = (40_000, 10), 10
    side = Side(programmed=P, outcomes=((Z, 0.1), (M, 0.04)), loadings=loadings(column=0.5, cell=0.5))
    model = faults(LevelRates(kind=TERNARY, sides=(side,)), rows)
    weights = np.ones(shape, np.int8)
    read = model.chip([weights], np.random.default_rng(9))()[0].applied(weights)
    assert_mean((read == 0).mean(axis=1), 0.1)
    assert_mean((read == -1).mean(axis=1), 0.04)
    # Bad columns reverse signs: one bound lies behind the other.
    assert_mean(((read != 1).sum(axis=1) * ((read != 1).sum(axis=1) - 1)) / 90, both(0.14, 0.14, 0.5))
    assert_mean(((read == -1).sum(axis=1) * ((read == -1).sum(axis=1) - 1)) / 90, both(0.04, 0.04, 0.5))


def test_an_unresolved_read_falls_either_way():
    side = Side(programmed=M, outcomes=((U, 0.2), (P, 0.1)), loadings=loadings(cell=0.5, read=0.5))
    weights = np.full((500, 1000), -1, np.int8)
    (misreads,) = faults(LevelRates(kind=BINARY, sides=(side,)), 10).chip([weights], np.random.default_rng(10))()
    assert set(misreads.values) == {1}
    assert_count(misreads.count, weights.size, 0.2)


def test_probabilities_over_many_orders_are_drawn_exactly():
    rates = np.array([0.0, 1e-30, 1e-5, 3e-4, 0.01, 0.0625, 0.3, 0.5, 0.7, 1.0])
    each = 50_000
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(rates.size), each))
    draws = SparseDraws(rates[order])
    generator = np.random.default_rng(11)
    numbers, values = draws.draw(generator)
    assert (np.diff(numbers) > 0).all()
    assert (values < rates[order[numbers]]).all()
    for index, rate in enumerate(rates):
        assert_count(int((order[numbers] == index).sum()), each, rate)
    again, _ = draws.draw(generator)
    common = np.intersect1d(numbers, again)
    assert_count(int((order[common] == 5).sum()), each, 0.0625**2)
    # A uniform value below its probability tells which of two outcomes it is.
    half = values[order[numbers] == 6] < 0.15
    assert_count(int(half.sum()), half.size, 0.5)
    assert SparseDraws(np.zeros(3)).draw(generator)[0].size == 0
    assert SparseDraws(np.empty(0)).draw(generator)[0].size == 0


def test_stuck_devices_leave_the_weight_of_their_states():
    weights = np.tile(np.array([1, 0, -1], np.int8), 100_000)
    model = LevelFaults(rates=one_way(0.0, TERNARY, read=1.0), placement=Tiles(rows=8),
                        stuck=StuckCells(lrs=0.01, hrs=0.03))  # fmt: skip
    read = model.chip([weights.reshape(300, 1000)], np.random.default_rng(12))
    (misreads,) = read()
    values = misreads.applied(weights)
    low, high, each = 0.01, 0.03, 100_000
    # (LRS, HRS) loses its low resistance; or gets a second one, and falls to either side.
    assert_count(int((values[::3] == 0).sum()), each, high * (1 - low))
    assert_count(int((values[::3] == -1).sum()), each, low * (1 - high) / 2 + low * high)
    assert_count(int((values[1::3] == 1).sum()), each, low * (1 - low) + low * low / 2)
    assert_count(int((values[2::3] == 0).sum()), each, high * (1 - low))
    assert (read()[0].applied(weights) == values).all()


def test_stuck_pairs_are_misread_as_what_they_hold():
    """All devices at the high resistance: every weight is a zero, and misread as one."""
    model = faults(zero_sides(0.1, 0.2, read=1.0), 10, stuck=StuckCells(hrs=1.0))
    weights = np.ones((400, 100), np.int8)
    read = model.chip([weights], np.random.default_rng(13))()[0].applied(weights)
    assert_mean((read == 1).reshape(400 * 10, 10).mean(axis=1), 0.1)
    assert_mean((read == -1).reshape(400 * 10, 10).mean(axis=1), 0.2)


def test_a_binary_pair_of_equal_states_falls_to_one_side_for_ever():
    read = faults(one_way(0.0, read=1.0), 10, stuck=StuckCells(hrs=1.0)).chip(
        [np.ones((100, 1000), np.int8)], np.random.default_rng(14)
    )
    (first,), (second,) = read(), read()
    assert_count(first.count, 100_000, 0.5)
    assert first.positions.tolist() == second.positions.tolist()


@pytest.mark.parametrize("stuck", [{}, {"lrs": 0.2}, {"hrs": 0.3}, {"lrs": 0.1, "hrs": 0.15}, {"hrs": 1.0}])
@pytest.mark.parametrize("kind", [BINARY, TERNARY])
def test_the_rate_that_tables_tell_is_that_of_what_is_drawn(kind, stuck):
    misreads = ((P, M, 0.05), (M, P, 0.02)) + (((P, Z, 0.1), (Z, P, 0.04), (Z, M, 0.06)) if kind is TERNARY else ())
    rates = ReadErrorRates(kind=kind, rates=misreads)
    sides = [
        Side(programmed=p, outcomes=((r, rate),), loadings=loadings(read=1.0)) for p, r, rate in misreads if r is not Z
    ]
    if kind is TERNARY:  # a lost sign lies before a reversed one
        sides[0] = Side(programmed=P, outcomes=((Z, 0.1), (M, 0.05)), loadings=loadings(read=1.0))
    model = faults(LevelRates(kind=kind, sides=tuple(sides)), 10, stuck=StuckCells(**stuck))
    weights = [np.tile(np.array([weight.number for weight in kind.programmed], np.int8), 60_000).reshape(600, -1)]
    told = model.misread_rate(
        CornerErrors(rates=rates, mean=rates.composite(weights), causes=None, rows=10, other=lambda _: rates), weights
    )
    (found,) = model.chip(weights, np.random.default_rng(15))()
    assert_count(found.count, weights[0].size, told)
    if not stuck:
        assert told == rates.composite(weights)


def test_a_column_is_the_part_of_an_output_that_one_array_holds():
    found = Tiles(rows=4).amplifiers((3, 2, 3)).reshape(3, 6)
    assert (found[:, :4] == found[:, :1]).all()
    assert len(set(itertools.chain(found[:, 0], found[:, 4]))) == 6
    with pytest.raises(InputError, match="at least one row"):
        Tiles(rows=0)


@pytest.mark.parametrize(
    ("cosines", "shares", "told"),
    [
        (
            {"a": 0.6, "b": 0.8},
            {"a": {READ: 1.0}, "b": {READ: 0.5, CELL: 0.4}},
            "levels of b must not be .* not to 0.9",
        ),
        ({"a": 0.6, "b": 0.8}, {"a": {READ: 1.0}, "b": {READ: 1.5, CELL: -0.5}}, "must not be negative"),
        ({"a": 0.6, "b": 0.8}, {"a": {READ: 1.0}}, "not known which levels the spread of b belongs to"),
        ({"a": 0.6, "b": 0.7}, {"a": {READ: 1.0}, "b": {READ: 1.0}}, "direction cosines add up to 0.8"),
        ({"a": math.nan}, {"a": {READ: 1.0}}, "direction cosines add up to nan"),
    ],
)
def test_what_does_not_share_out_the_variance_is_refused(cosines, shares, told):
    with pytest.raises(InputError, match=f"one: .*{told}"):
        loadings_of(cosines, shares, what="one")


@pytest.mark.parametrize("fractions", [(-0.1, 0.0), (0.6, 0.6), (math.nan, 0.0)])
def test_impossible_fractions_of_stuck_devices_are_refused(fractions):
    with pytest.raises(InputError, match="stuck devices must lie in"):
        StuckCells(lrs=fractions[0], hrs=fractions[1])


def test_sides_must_be_whole():
    with pytest.raises(InputError, match="squares add up to 1"):
        Side(programmed=P, outcomes=((M, 0.1),), loadings=loadings(column=0.5))
    side = Side(programmed=P, outcomes=((M, 0.1),), loadings=loadings(read=1.0))
    with pytest.raises(InputError, match="told twice"):
        LevelRates(kind=BINARY, sides=(side, side))


RATES = ReadErrorRates(
    kind=TERNARY, rates=((P, Z, 1e-3), (P, M, 1e-2), (Z, P, 0.1), (Z, M, 0.2), (M, Z, 1e-3), (M, P, 1e-2))
)
DIRECTIONS = {
    (P, Z): (0.5, -0.8, 0.0), (P, M): (0.45, -0.82, 0.1), (Z, P): (-0.9, 0.1, 0.2), (Z, M): (0.1, -0.9, -0.2),
    (M, Z): (-0.8, 0.5, 0.0), (M, P): (-0.3, -0.8, 0.1),
}  # fmt: skip


def directions(left_out=()):
    rows = []
    for (programmed, read), cosines in DIRECTIONS.items():
        if (programmed, read) not in left_out:
            unit = np.array(cosines) / np.linalg.norm(cosines)
            named = dict(zip(("cosine:r_bl", "cosine:r_blb", "cosine:vth"), unit.tolist(), strict=True))
            rows.append(
                {"programmed": programmed.value, "read": read.value, "region": 1, "cosine:none": math.nan} | named
            )
    return pd.DataFrame(rows)


def levels(vth=(0.0, 1.0, 0.0, 0.0)):
    shares = {"r_bl": (0.0, 0.0, 0.5, 0.5), "r_blb": (0.0, 0.0, 0.25, 0.75), "vth": vth}
    names = [f"share_{level}" for level in Level]
    return pd.DataFrame(
        {"programmed": programmed.value, "source": source} | dict(zip(names, parts, strict=True))
        for programmed in (P, Z, M)
        for source, parts in shares.items()
    )


def test_tables_are_joined_by_their_directions():
    found = LevelRates.from_tables(RATES, directions(), levels())
    assert found.rates.rates == RATES.rates
    assert [len(found.of(programmed)) for programmed in (P, Z, M)] == [1, 2, 2]
    (plus,) = found.of(P)
    assert plus.outcomes == ((Z, 1e-3), (M, 1e-2))
    unit = np.array(DIRECTIONS[P, M]) / np.linalg.norm(DIRECTIONS[P, M])  # that of the more frequent one
    assert plus.along(COLUMN) == {"vth": pytest.approx(unit[2])}
    assert plus.along(CELL) == {"r_bl": pytest.approx(unit[0] * 0.5**0.5), "r_blb": pytest.approx(unit[1] * 0.5)}
    assert sum(plus.variance(level) for level in Level) == pytest.approx(1)
    up, down = found.of(Z)
    assert up.along(COLUMN)["vth"] > 0 > down.along(COLUMN)["vth"]


def test_an_outcome_that_was_entered_from_behind_has_the_direction_of_the_one_behind_it():
    """Of a lost sign that typical devices show already, the nearest bound may be the far one."""
    frequent = ReadErrorRates(kind=TERNARY, rates=((P, Z, 0.6), (P, M, 0.3), *RATES.rates[2:]))
    turned = directions()
    cosines = [name for name in turned.columns if name.startswith("cosine:")]
    turned.loc[0, cosines] = -turned.loc[0, cosines].astype(float)
    (plus,) = LevelRates.from_tables(frequent, turned, levels()).of(P)
    assert plus.outcomes == ((Z, 0.6), (M, 0.3))
    assert plus.along(COLUMN)["vth"] == pytest.approx(0.1 / np.linalg.norm(DIRECTIONS[P, M]))


def test_a_missing_direction_is_that_of_the_outcome_beside_it_or_is_refused():
    found = LevelRates.from_tables(RATES, directions([(P, Z)]), levels())
    assert [side.outcomes for side in found.of(P)] == [((Z, 1e-3), (M, 1e-2))]
    with pytest.raises(TableError, match=r"no direction of 0 read as \+1, whose rate is 0\.1"):
        LevelRates.from_tables(RATES, directions([(Z, P)]), levels())
    with pytest.raises(TableError, match=r"no direction of \+1 read as 0"):
        LevelRates.from_tables(RATES, directions([(P, Z), (P, M)]), levels())
    rare = ReadErrorRates(kind=TERNARY, rates=((P, Z, 1e-15), (P, M, 1e-15), *RATES.rates[2:]))
    found = LevelRates.from_tables(rare, directions([(P, Z), (P, M)]), levels())
    assert [side.variance(READ) for side in found.of(P)] == [1.0, 1.0]


def test_levels_that_nobody_told_are_refused():
    with pytest.raises(InputError, match=r"\+1 read as -1: it is not known which levels the spread of vth belongs to"):
        LevelRates.from_tables(RATES, directions(), levels(vth=(math.nan,) * 4))


def test_independent_errors_are_those_without_a_level():
    model = faults(LevelRates.independent(RATES), 16)
    weights = np.random.default_rng(15).integers(-1, 2, (1000, 1000)).astype(np.int8)
    read = model.chip([weights], np.random.default_rng(16))()[0].applied(weights)
    for programmed, value, rate in RATES.rates:
        stored = weights == programmed.number
        assert_count(int((read[stored] == value.number).sum()), int(stored.sum()), rate)
