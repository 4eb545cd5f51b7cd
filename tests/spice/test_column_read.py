"""Columns and arrays on the ngspice of the test process: the lumped column against every cell, and signs of effects."""

import itertools
from dataclasses import fields, replace

import numpy as np
import pytest

from rramsim.circuits.benches.pair.deck import ReadConditions, ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.benches.pair.response import read_signal
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.crossbar.deck import ArrayDeck
from rramsim.circuits.crossbar.pattern import named_pattern
from rramsim.circuits.crossbar.search import Search
from rramsim.circuits.crossbar.solve import read_array, read_row
from rramsim.circuits.crossbar.wires import Wires
from rramsim.circuits.simulation import Simulation
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.spice.engine import engine
from rramsim.study import build_study
from rramsim.weights import Weight, WeightKind

pytestmark = pytest.mark.spice

R_LRS, R_HRS = 5e3, 350e3
IDEAL = Wires(r_wl_ohm=0, c_wl_f=0, r_bl_ohm=0, c_bl_f=0, r_sl_ohm=0, c_sl_f=0)
CORNERS = ("tt_27c_1v2", "ss_m40c_1v1", "ff_125c_1v3", "sf_27c_2v5")


def make(pattern, row=0, column=0, *, wires=None, corner="tt_27c_1v2", **values):
    return ArrayDeck(
        cell=CELLS["ternary_2t2r"],
        corner=parse_corner(corner),
        technology=load_technology("generic_130nm_5v"),
        conditions=ReadConditions(),
        pattern=pattern,
        row=row,
        column=column,
        wires=wires or Wires(),
        r_lrs=R_LRS,
        r_hrs=R_HRS,
        **{"t_word_line": 10e-9, **values},
    )


class SteadyDeck(ArrayDeck):
    """The word line does not move."""

    word_line = ReadDeck.word_line


def devices(weight):
    """Typical devices; those of a 0 are 10 % apart."""
    return ReadSample(
        r_bl=R_LRS if weight > 0 else R_HRS, r_blb=R_LRS if weight < 0 else R_HRS * (1.1 if not weight else 1)
    )


def read(deck, weight):
    return Reader(engine(), deck).read(devices(weight))


def column_of(*weights):
    return tuple((weight,) for weight in weights)


@pytest.mark.parametrize("number", range(20))
def test_a_lumped_column_latches_when_the_whole_array_does(number):
    """Random patterns, positions, corners and wires up to a hundred times the assumed ones."""
    rng = np.random.default_rng([13, number])
    pattern = named_pattern("random", (8, 5), kind=WeightKind.TERNARY, seed=number)
    scale = 10 ** rng.uniform(0, 2)
    wires = Wires(r_bl_ohm=0.64 * scale, r_sl_ohm=0.64 * scale, r_wl_ohm=5.2 * scale)
    row, column, weight = int(rng.integers(8)), int(rng.integers(5)), (1, 0, -1)[number % 3]
    lumped = make(pattern, row, column, wires=wires, corner=CORNERS[number % 4])
    one, all_of_it = read(lumped, weight), read(replace(lumped, model="array"), weight)
    assert one.weight is all_of_it.weight
    assert one.latching_time == pytest.approx(all_of_it.latching_time, rel=0.01)
    assert one.margin == pytest.approx(all_of_it.margin, rel=0.01)
    assert one.energy == pytest.approx(all_of_it.energy, rel=0.02)


def test_one_cell_on_ideal_lines_is_the_read_of_a_cell(bench):
    """Its wires then are the capacitances of the cell's own netlist; the word line is high all the time."""
    wires = replace(IDEAL, c_bl_f=100e-15, c_sl_f=20e-15)
    for weight in (1, 0, -1):
        deck = make(column_of(0), wires=wires)
        steady = SteadyDeck(**{field.name: getattr(deck, field.name) for field in fields(deck)})
        own, plain = read(steady, weight), bench().read(devices(weight))
        assert own.weight is plain.weight
        assert own.latching_time == pytest.approx(plain.latching_time, rel=1e-3)
        assert own.energy == pytest.approx(plain.energy, rel=1e-3)


def test_like_cells_together_are_those_cells_apart():
    """On ideal lines nothing is approximated: counts and signs of the currents must be right."""
    pattern = column_of(*[1] * 7)
    for weight in (1, -1):
        lumped = make(pattern, 3, wires=IDEAL)
        one, all_of_it = read(lumped, weight), read(replace(lumped, model="array"), weight)
        assert one.latching_time == pytest.approx(all_of_it.latching_time, rel=2e-4)
        assert one.energy == pytest.approx(all_of_it.energy, rel=2e-3)


def test_longer_columns_wires_and_distances_are_slower():
    def time(rows, row, **wires):
        return read(make(column_of(*[0] * rows), row, wires=Wires(**wires)), 1).latching_time

    assert time(8, 0) < time(64, 0) < time(512, 0)
    assert time(64, 0, r_bl_ohm=50, r_sl_ohm=50) < 0.99 * time(64, 63, r_bl_ohm=50, r_sl_ohm=50)
    assert time(32, 31) < 0.99 * time(32, 31, c_bl_f=5e-15)
    assert time(32, 31) < 0.99 * time(32, 31, r_bl_ohm=50)


def test_low_resistances_on_a_bit_line_slow_it_and_favour_the_other():
    """They put the junctions of their transistors onto the line; high ones keep theirs from it."""
    times = {
        (stored, weight): read(make(column_of(*[stored] * 32), 16), weight).latching_time
        for stored in (1, 0, -1) for weight in (1, -1)
    }  # fmt: skip
    assert times[0, 1] == pytest.approx(times[0, -1], rel=1e-3)
    assert times[1, 1] == pytest.approx(times[-1, -1], rel=1e-3)
    assert times[1, -1] == pytest.approx(times[-1, 1], rel=1e-3)
    assert times[1, 1] > 1.02 * times[1, -1]
    assert times[1, 1] > times[0, 1]
    # Alike devices are read by what hangs on the lines.
    alike = ReadSample(r_bl=5e4, r_blb=5e4)
    outcomes = [Reader(engine(), make(column_of(*[stored] * 32), 16)).read(alike).weight for stored in (1, -1)]
    assert outcomes == [Weight.MINUS, Weight.PLUS]


def test_a_word_line_that_rises_late_slows_the_cells_at_its_end():
    pattern = named_pattern("zeros", (2, 32), kind=WeightKind.TERNARY, seed=0)

    def time(column, t_word_line):
        wires = Wires(r_wl_ohm=1e3)
        return read(make(pattern, 0, column, wires=wires, t_word_line=t_word_line), 1).latching_time

    assert time(31, 0.3e-9) > 1.1 * time(0, 0.3e-9)
    assert time(31, 0.3e-9) > 1.05 * time(31, 10e-9)


def test_a_row_is_read_at_once_as_each_of_its_columns_is():
    pattern = ((1, 0, -1), (0, 1, 1), (-1, 1, 0))
    deck = make(pattern, 1, 2, model="array")
    together = read_row(engine(), deck)
    assert [outcome.weight.value for outcome in together.values()] == ["0", "+1", "+1"]
    for column, outcome in together.items():
        alone = read_row(engine(), replace(deck, column=column))[column]
        assert alone.weight is outcome.weight
        if outcome.weight is not Weight.ZERO:
            assert alone.latching_time == pytest.approx(outcome.latching_time, rel=1e-3)
        assert alone.energy == pytest.approx(outcome.energy, rel=1e-2)


def test_an_array_reads_back_what_it_stores():
    pattern = ((1, 0, -1), (0, -1, 1), (-1, 1, 0))
    for model in ("lumped", "array"):
        found = list(read_array(engine(), make(pattern, model=model), whole=False))
        assert [(row, column) for row, column, _ in found] == [(row, column) for row in range(3) for column in range(3)]
        for row, column, outcome in found:
            # Two equal devices never decide.
            assert outcome.weight.number == pattern[row][column]
            assert np.isnan(outcome.energy)


@pytest.mark.parametrize("stored", [Weight.PLUS, Weight.ZERO])
def test_the_search_finds_the_worst_of_all_columns_and_rows(stored):
    """Of wires that are long for three rows, so that places matter; to a hundredth of what there is to find."""
    pattern = named_pattern("zeros", (3, 2), kind=WeightKind.TERNARY, seed=0)
    search = Search(engine(), make(pattern, 1, 1, wires=Wires(r_bl_ohm=100, c_bl_f=2e-14)), stored)
    found = search.worst()
    every = [search.at(row, weights) for row in range(3) for weights in itertools.product((-1, 0, 1), repeat=3)]
    least, most = (choose(one.distance for one in every) for choose in (min, max))
    assert least < most - 1e-3 * abs(least)
    assert found.distance <= least + 0.01 * (most - least)
    assert found.weights[found.row] == stored.number


def test_what_ends_early_is_what_the_whole_read_gives():
    pattern = named_pattern("random", (4, 4), kind=WeightKind.TERNARY, seed=2)
    for model in ("lumped", "array"):
        deck = make(pattern, 2, 1, model=model)
        for early, whole in zip(
            read_row(engine(), deck, whole=False).values(), read_row(engine(), deck).values(), strict=True
        ):
            assert early.weight is whole.weight
            assert early.latching_time == whole.latching_time


def test_the_response_of_an_uneven_column_is_the_imbalance_less_what_the_pattern_adds():
    """Of either sign, near the balance too: a scale that is made of the uneven column itself would jump there."""
    settings = {"rows": 32, "columns": 2, "pattern": "plus"}
    (found,) = build_study(name="s", bench=[{"name": "b", "use": "column_read", "settings": settings}]).benches
    point = parse_corner("tt_27c_1v2")
    simulation = Simulation(engine(), found.deck(point))
    response = found.response(simulation, point, "0", found.spread(point, "0"))
    reader = Reader(engine(), found.deck(point))
    offsets = []
    for imbalance in (-0.6, -0.2, -0.05, 0.0, 0.05, 0.2, 0.6):
        sample = ReadSample(r_bl=350e3 * np.exp(-imbalance / 2), r_blb=350e3 * np.exp(imbalance / 2))
        offsets.append(response.imbalance(read_signal(reader.waveforms(sample), reader.deck)) - imbalance)
    assert max(offsets) < -0.01
    assert max(offsets) - min(offsets) < 0.15
