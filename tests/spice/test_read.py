"""The read bench: step limit, output stage, measurement definitions."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rramsim.circuits.benches.pair.read import ReadSample, measure_read
from rramsim.weights import Weight, WeightKind

pytestmark = pytest.mark.spice


@pytest.mark.parametrize("corner", ["tt_27c_1v2", "ss_m40c_1v1", "ff_125c_1v3"])
def test_verdicts_and_times_agree_with_a_ten_times_finer_step(corner, bench, draw_reads):
    """The step limit is part of the result: what it costs in accuracy is bounded here."""
    coarse, fine = bench(corner), bench(corner, max_step=0.2e-9)
    samples = draw_reads(coarse.deck, 14, seed=2)
    # All of one bench, then all of the other: each loads its deck once.
    outcomes, references = [coarse.read(s) for s in samples], [fine.read(s) for s in samples]
    t_sense = coarse.deck.conditions.t_sense
    errors = []
    for outcome, reference in zip(outcomes, references, strict=True):
        if abs(reference.latching_time / t_sense - 1) > 0.02:  # else the verdict may be either
            assert outcome.weight is reference.weight
        if math.isfinite(reference.latching_time) and math.isfinite(outcome.latching_time):
            errors.append(abs(outcome.latching_time / reference.latching_time - 1))
        assert outcome.energy == pytest.approx(reference.energy, rel=0.02)
    # Measured over 250 reads: median 0.2 %, 95th percentile 1.2 %, worst 2.8 %.
    assert np.median(errors) < 0.01
    assert max(errors) < 0.05


def test_gates_decide_as_the_threshold_does(bench, draw_reads):
    """Inverters and exclusive or at 1.1, 1.2 and 1.3 V: they may differ only within their own delay of the decision."""
    delay = 3e-9  # of the gates over a slowly falling output: 1.6 ns at most where 900 reads differed
    seen = dict.fromkeys(WeightKind.TERNARY.programmed, 0)
    for corner in ("tt_27c_1v1", "tt_27c_1v2", "tt_27c_1v3"):
        gates = bench(corner, output_stage=True, t_window=70e-9)
        plain = replace(gates.deck, conditions=replace(gates.deck.conditions, output_stage=False))
        t_sense = plain.conditions.t_sense
        for sample in draw_reads(gates.deck, 18, seed=3):
            waves = gates.waveforms(sample)
            by_gates, by_threshold = measure_read(waves, gates.deck), measure_read(waves, plain)
            if by_gates.weight is not by_threshold.weight:
                late = t_sense - by_threshold.latching_time
                assert -delay < late < delay, (corner, sample, by_gates, by_threshold)
            else:
                seen[by_gates.weight] += 1
    assert min(seen.values()) >= 20
    assert sum(seen.values()) >= 150


def waves(time, q, qb, current=0.0):
    return {"time": time, "q": q, "qb": qb, "i(vdd)": np.full_like(time, -current)}


def shape(deck, fall):
    """Q falls linearly from vdd to 0 within 10 ns, half of it at ``fall`` after sense enable."""
    c = deck.conditions
    time = np.linspace(0, c.t_stop, 4001)
    q = np.clip(1.2 * (0.5 - (time - c.t_start - fall) / 10e-9), 0, 1.2)
    return time, q


@pytest.mark.parametrize(("fall", "weight"), [(20e-9, Weight.PLUS), (49e-9, Weight.PLUS), (51e-9, Weight.ZERO)])
def test_decision_latching_time_and_margin_by_definition(read_deck, fall, weight):
    deck = read_deck(t_window=100e-9)
    time, q = shape(deck, fall)
    outcome = measure_read(waves(time, q, np.full_like(time, 1.2)), deck)
    assert outcome.weight is weight
    assert outcome.latching_time == pytest.approx(fall, abs=1e-12)
    assert outcome.margin == pytest.approx(min(0.6, abs(50e-9 - fall) * 1.2 / 10e-9), rel=1e-6)
    mirrored = measure_read(waves(time, np.full_like(time, 1.2), q), deck)
    assert mirrored.weight is {Weight.PLUS: Weight.MINUS}.get(weight, weight)


def test_both_outputs_low_is_unresolved(read_deck):
    for cell, weight in (("ternary_2t2r", Weight.ZERO), ("binary_2t2r", Weight.UNRESOLVED)):
        deck = read_deck(cell=cell)
        time, q = shape(deck, 20e-9)
        outcome = measure_read(waves(time, q, q * 0.99), deck)
        assert outcome.weight is weight
        assert outcome.latching_time == math.inf


def test_latching_counts_from_the_last_time_that_the_outputs_agreed(read_deck):
    deck = read_deck(t_window=100e-9)
    time, q = shape(deck, 20e-9)
    t = time - deck.conditions.t_start
    q = np.where((t > 30e-9) & (t < 40e-9), 1.2, q)  # recovers for a while
    outcome = measure_read(waves(time, q, np.full_like(time, 1.2)), deck)
    assert outcome.latching_time == pytest.approx(40e-9, abs=0.1e-9)


def test_energy_is_charge_from_the_sense_edge_on_times_the_supply(read_deck):
    deck = read_deck()
    time, q = shape(deck, 20e-9)
    outcome = measure_read(waves(time, q, np.full_like(time, 1.2), current=1e-6), deck)
    assert outcome.energy == pytest.approx(
        1.2 * 1e-6 * (deck.conditions.t_stop - deck.conditions.t_precharge), rel=1e-9
    )


def test_a_binary_cell_reads_signs(bench):
    binary = bench(cell="binary_2t2r")
    assert binary.read(ReadSample(r_bl=5e3, r_blb=350e3)).weight is Weight.PLUS
    assert binary.read(ReadSample(r_bl=350e3, r_blb=5e3)).weight is Weight.MINUS
    assert binary.read(ReadSample(r_bl=320e3, r_blb=350e3)).weight is Weight.UNRESOLVED
