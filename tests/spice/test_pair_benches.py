"""Products in the sense amplifier, and one device against a reference, on the ngspice of the test process."""

import numpy as np
import pytest

from rramsim.circuits.benches.pair.read import Reader, ReadSample
from rramsim.circuits.simulation import Simulation
from rramsim.corners import parse_corner
from rramsim.spice.engine import engine
from rramsim.study import build_study
from rramsim.weights import Weight

pytestmark = pytest.mark.spice

INPUTS = {"+1": (("x", 1.2), ("xb", 0.0)), "-1": (("x", 0.0), ("xb", 1.2))}


def bench(use, devices=None, **settings):
    sections = {"devices": devices} if devices else {}
    (found,) = build_study(name="s", bench=[{"name": "b", "use": use, "settings": settings}], **sections).benches
    return found


@pytest.mark.parametrize("corner", ["tt_27c_1v2", "ss_m40c_1v3", "ff_125c_1v1", "fs_27c_2v5", "sf_27c_4v8"])
def test_every_weight_times_every_input(corner):
    found, point = bench("xnor_read"), parse_corner(corner)
    simulation = Simulation(engine(), found.deck(point))
    for symbol in found.alphabet.programmed:
        weight, put = (int(part) for part in symbol.split("x"))
        # Devices as the medians are; of a 0 either side may win where the supply is high, but for the equal pair.
        values = found.spread(point, symbol).typical
        read = found.judged(point, simulation.run(found.alterations(point, symbol, values)))
        assert read.outcome == (f"{weight * put:+d}" if weight else "0")


def test_an_input_of_minus_one_reads_the_exchanged_pair():
    """The mirror that exchanges inputs and bit lines but keeps the outputs: the same transistors see the same."""
    found = bench("xnor_read")
    deck = found.deck(parse_corner("tt_27c_1v2"))
    paths = [transistor.path for transistor in deck.transistors]
    image = {"xsa.xmx1": "xsa.xmx2", "xsa.xmx3": "xsa.xmx4", "xcell.xbl.xmn1": "xcell.xblb.xmn1"}
    image |= {other: one for one, other in image.items()}
    shifts = dict(zip(paths, np.random.default_rng(4).normal(0, 0.02, len(paths)).tolist(), strict=True))
    crossed = [shifts[image.get(path, path)] for path in paths]
    for r_bl, r_blb in ((5e3, 350e3), (350e3, 5e3), (90e3, 120e3), (200e3, 150e3)):
        straight = Reader(engine(), deck, inputs=INPUTS["+1"]).read(
            ReadSample(r_bl=r_bl, r_blb=r_blb, threshold_shifts=tuple(shifts.values()))
        )
        other = Reader(engine(), deck, inputs=INPUTS["-1"]).read(
            ReadSample(r_bl=r_blb, r_blb=r_bl, threshold_shifts=tuple(crossed))
        )
        assert other.weight is straight.weight
        assert other.latching_time == pytest.approx(straight.latching_time, rel=1e-3)
        assert other.margin == pytest.approx(straight.margin, rel=1e-3, abs=1e-3)


def test_inputs_that_are_not_driven_are_refused():
    deck = bench("xnor_read").deck(parse_corner("tt_27c_1v2"))
    for given in ((), (("x", 1.2),), (("x", 1.2), ("y", 0.0))):
        with pytest.raises(ValueError, match="has the inputs"):
            Reader(engine(), deck, inputs=given)


CLOSE = {"lrs": {"r_median_ohm": 20e3, "sigma_ln_d2d": 0.4}, "hrs": {"r_median_ohm": 60e3, "sigma_ln_d2d": 0.4}}


@pytest.mark.parametrize(
    ("use", "programmed", "wrong"),
    [("xnor_read", "+1x-1", "+1"), ("xnor_read", "-1x-1", "-1"), ("reference_read", "-1", "+1")],
)
def test_the_response_falls_and_rises_as_reads_are_judged(use, programmed, wrong):
    """At drawn devices: its sign is the outcome's, crossed or not."""
    found, point = bench(use, CLOSE), parse_corner("tt_27c_1v2")
    spread = found.spread(point, programmed)
    simulation = Simulation(engine(), found.deck(point))
    response = found.response(simulation, point, programmed, spread)
    assert {found.stimulus(point, programmed).right, Weight(wrong)} == {Weight.PLUS, Weight.MINUS}
    seen = []
    for z in np.random.default_rng(7).standard_normal((60, spread.dimension)) * 1.5:
        values = spread.values(z).tolist()
        outcome = found.judged(point, simulation.run(found.alterations(point, programmed, values))).outcome
        event, value = response.events[outcome], response(z)
        assert event.low <= value <= event.high
        seen.append(outcome)
    assert {"+1", "-1"} <= set(seen)
    # The direction that is tried first leads to the wrong outcome.
    towards = response.steepest(wrong)
    values = [response(distance * towards) for distance in (0.0, 1.0, 2.0)]
    assert values == sorted(values, reverse=wrong == "-1")


@pytest.mark.parametrize("use", ["pcsa_read", "xnor_read", "reference_read", "column_read"])
def test_a_recharge_that_does_not_end_is_told_and_a_longer_one_mends_it(use):
    """Supply charge is what a read costs only if the outputs are where they were before it."""
    slow = parse_corner("ss_m40c_1v1")

    def told(**settings):
        found = bench(use, **settings)
        symbol = found.alphabet.programmed[0]
        waves = Simulation(engine(), found.deck(slow)).run(
            found.alterations(slow, symbol, found.spread(slow, symbol).typical)
        )
        return found.remark(slow, symbol, waves), found.judged(slow, waves).quantities["energy"]

    short, long, longer = (told(t_precharge_s=time) for time in (10e-9, 100e-9, 300e-9))
    assert "the recharge after a read of typical devices ends with an output at 0." in short[0]
    assert "of 1.1 V" in short[0]
    assert long[0] == longer[0] == ""
    assert short[1] < 0.75 * long[1]
    assert long[1] == pytest.approx(longer[1], rel=0.1)
