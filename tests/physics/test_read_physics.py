"""What a precharge sense amplifier must do, whatever the numbers."""

import itertools
import math
from dataclasses import replace

import pytest

from rramsim.circuits.benches.pair.characterise import nominal_window
from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.corners import Corner, ProcessCorner
from rramsim.devices.presets import load_preset
from rramsim.devices.resistance import LognormalResistance
from rramsim.spice.engine import engine
from rramsim.weights import Weight

pytestmark = pytest.mark.spice

COMPLEMENTARY, TWO_HRS = (5e3, 350e3), (320e3, 350e3)


def read(bench, r_bl, r_blb, shifts=()):
    return bench.read(ReadSample(r_bl=r_bl, r_blb=r_blb, threshold_shifts=tuple(shifts)))


def test_the_lower_resistance_wins(bench):
    wide = bench(t_window=400e-9, t_sense=400e-9)
    values = (2e3, 10e3, 50e3, 100e3, 200e3)
    for r_bl, r_blb in itertools.permutations(values, 2):
        assert read(wide, r_bl, r_blb).weight is (Weight.PLUS if r_bl < r_blb else Weight.MINUS)


def test_latching_takes_longer_with_more_resistance(bench):
    wide = bench(t_window=400e-9)
    for ratio in (3.0, 10.0, 30.0):  # not nearly equal: below 5 kΩ the select transistors then decide
        times = [read(wide, r, r * ratio).latching_time for r in (2e3, 5e3, 10e3, 20e3, 50e3, 100e3)]
        assert times == sorted(times)


def test_mirrored_cells_read_mirrored(bench):
    wide = bench(t_window=400e-9)
    # mp1 mp2 mp3 mp4 mn1 mn2 mn3, select bl, select blb
    shifts = (0.01, -0.02, 0.005, 0.0, 0.015, -0.01, 0.003, 0.004, -0.006)
    mirror = (1, 0, 3, 2, 5, 4, 6, 8, 7)
    for r_bl, r_blb in ((5e3, 350e3), (100e3, 130e3), (200e3, 150e3)):
        one = read(wide, r_bl, r_blb, shifts)
        other = read(wide, r_blb, r_bl, [shifts[i] for i in mirror])
        assert {one.weight, other.weight} in ({Weight.PLUS, Weight.MINUS}, {Weight.ZERO})
        # The same equations in another order: rounding may differ, and the integrator's step with it.
        assert other.latching_time == pytest.approx(one.latching_time, rel=1e-3)
        assert other.energy == pytest.approx(one.energy, rel=1e-3)


def test_mismatch_decides_between_equal_resistances(bench):
    wide = bench(t_window=400e-9, t_sense=400e-9)
    for index, (shift, weight) in itertools.product((4, 5), ((0.01, 1), (-0.01, -1))):
        shifts = [0.0] * 9
        shifts[index] = shift
        # A higher threshold of mn1 (index 4) slows the fall of q: qb wins, weight -1.
        expected = -weight if index == 4 else weight
        outcome = read(wide, 20e3, 20e3, shifts)
        assert outcome.weight is {1: Weight.PLUS, -1: Weight.MINUS}[expected]


def test_the_window_of_a_study_is_that_of_its_own_devices_and_supplies(read_deck):
    devices = replace(
        load_preset("hfo2_130nm").statistics,
        lrs=LognormalResistance(r_median=2e4, sigma_ln_d2d=0.1, sigma_ln_c2c=0.1),
        hrs=LognormalResistance(r_median=6e4, sigma_ln_d2d=0.1, sigma_ln_c2c=0.1),
    )
    frame = nominal_window(read_deck(), devices)
    assert set(zip(frame["r_bl_ohm"], frame["r_blb_ohm"], strict=True)) == {(2e4, 6e4), (6e4, 6.6e4)}
    low, high = frame["vdd_v"].min(), frame["vdd_v"].max()
    assert (low, high) == (1.0, 5.0)
    point = frame[frame["vdd_v"] == low].set_index("r_bl_ohm")["latching_time_s"]
    assert 1e-9 < point[2e4] < point[6e4] < 400e-9


def test_the_sense_window_is_open_at_1v2_and_closed_near_nominal(bench):
    low, nominal = bench("tt_27c_1v2", t_window=400e-9), bench("tt_27c_4v8", t_window=400e-9)
    assert read(low, *COMPLEMENTARY).latching_time < 15e-9
    assert read(low, *TWO_HRS).latching_time > 100e-9
    assert read(low, *TWO_HRS).weight is Weight.ZERO
    assert read(nominal, *TWO_HRS).latching_time < 50e-9
    assert read(nominal, *TWO_HRS).weight is not Weight.ZERO


def test_complementary_pairs_latch_before_two_high_resistances_at_45_corners(read_deck):
    deck = read_deck(t_window=120e-9)
    for process, vdd, temperature in itertools.product(ProcessCorner, (1.1, 1.2, 1.3), (-40.0, 27.0, 125.0)):
        corner = Corner(process=process, vdd=vdd, temperature_c=temperature)
        bench = Reader(engine(), replace(deck, corner=corner))
        quick, slow = read(bench, *COMPLEMENTARY), read(bench, *TWO_HRS)
        assert quick.weight is Weight.PLUS, corner.id
        assert quick.latching_time < 0.3 * min(slow.latching_time, 120e-9), corner.id


def test_read_energy_lies_between_what_the_capacitors_need_and_twice_that(bench):
    energies = {}
    for corner, vdd in (("tt_27c_1v2", 1.2), ("tt_27c_1v8", 1.8), ("tt_27c_3v3", 3.3)):
        energies[vdd] = read(bench(corner), *COMPLEMENTARY).energy
        # The losing output swings from vdd to 0 and is recharged: C_Q with the gates on it. Bit lines reach vdd less a
        # threshold at most: both of them, with their junctions, once more than C_Q's own share.
        wire = 100e-15
        assert wire * vdd**2 < energies[vdd] < 4 * wire * vdd**2
    assert energies[1.2] < energies[1.8] < energies[3.3]


def test_a_zero_costs_less_than_a_sign(bench):
    assert read(bench(), 350e3, 385e3).energy < read(bench(), *COMPLEMENTARY).energy


def test_an_open_device_never_lets_its_side_fall(bench):
    wide = bench(t_window=400e-9)
    assert read(wide, 5e3, 1e12).weight is Weight.PLUS
    assert read(wide, 1e12, 1e12).latching_time == math.inf
