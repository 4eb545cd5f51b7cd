"""Decks for ngspice alone: the program tells the verdict that rramsim finds, of any bench and sample."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rramsim.ber.sample import plain_sample
from rramsim.circuits.benches.pair.bench import AbstractPairRead
from rramsim.circuits.benches.pair.read import Reader
from rramsim.circuits.benches.pair.verdict import verdict_commands
from rramsim.circuits.plain_deck import plain_deck
from rramsim.corners import parse_corner
from rramsim.spice.engine import engine
from rramsim.spice.plain import printed, run_by_program
from rramsim.study import load_study

pytestmark = pytest.mark.spice

OWN = Path(__file__).parents[1] / "end_to_end"
STUDY = """
[study]
name = "plain"
seed = 7
[corners]
process = ["TT", "SS"]
[read]
t_sense_s = "25 ns"
cells = ["ternary_2t2r", "OWN/own_circuit/latch.toml"]
[ber]
max_trials = 100
[[bench]]
name = "product"
use = "xnor_read"
[[bench]]
name = "single"
use = "reference_read"
[[bench]]
name = "early"
use = "pcsa_read"
settings = { cells = ["binary_2t2r"], t_sense_s = "3 ns" }
[[bench]]
name = "set"
use = "program_set"
[[bench]]
name = "weak"
use = "program_reset"
settings = { v_sl_v = 1.2 }
[[bench]]
name = "form"
use = "program_form"
[[bench]]
name = "window"
use = "OWN/own_bench/comparator.py:Comparator"
settings.levels = [0.3, 0.46, 0.62]
[[bench]]
name = "delay"
use = "OWN/own_bench/delay.py:Delay"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("plain") / "study.toml"
    path.write_text(STUDY.replace("OWN", str(OWN)))
    return load_study(path)


@dataclass(frozen=True, kw_only=True)
class Alone:
    sample: object
    printed: dict


@pytest.fixture
def alone(study, tmp_path):
    """Export a sample of a bench, and run it by the program."""

    def run(bench, programmed, number, corner="ss_27c_1v2", changed=None):
        bench = next(one for one in study.benches if one.name == bench)
        sample = plain_sample(
            study.sweep, changed(bench) if changed else bench, parse_corner(corner), programmed, number
        )
        path = tmp_path / "a deck.cir"
        path.write_text(sample.text)
        return Alone(sample=sample, printed=run_by_program(path))

    return run


def test_verdict_latching_time_and_margin_are_those_of_the_python_judgement(study, alone):
    points = [
        (bench.name, programmed, number)
        for bench in study.benches
        if isinstance(bench, AbstractPairRead)
        for programmed in bench.alphabet.programmed
        for number in (None, 0)
    ]
    outcomes, infinite = set(), 0
    for point in points:
        found = alone(*point)
        quantities = found.sample.quantities
        assert found.printed["outcome"] == found.sample.outcome, point
        assert float(found.printed["latching_time_s"]) == pytest.approx(quantities["latching_time"], rel=1e-6), point
        assert float(found.printed["margin_v"]) == pytest.approx(quantities["margin"], rel=1e-4, abs=1e-9), point
        outcomes.add(found.sample.outcome)
        infinite += found.printed["latching_time_s"] == "inf"
    assert outcomes == {"+1", "0", "-1", "?"}
    assert 3 < infinite < len(points) / 2


@pytest.mark.parametrize("bench", ["set", "weak", "form"])
def test_what_a_pulse_came_to_is_the_python_judgement(study, alone, bench):
    (state,) = next(one for one in study.benches if one.name == bench).alphabet.programmed
    for number in (None, 1):
        found = alone(bench, state, number)
        quantities = found.sample.quantities
        assert found.printed["outcome"] == found.sample.outcome
        assert float(found.printed["final_resistance_ohm"]) == pytest.approx(quantities["final_resistance"], rel=1e-6)
        assert float(found.printed["peak_current_a"]) == pytest.approx(quantities["peak_current"], rel=1e-6)
        assert f"* expected: final_resistance_ohm = {quantities['final_resistance']}" in found.sample.text


def test_gates_that_decide_and_a_window_beyond_the_decision(read_deck, draw_reads, tmp_path):
    deck = read_deck("tt_27c_1v2", output_stage=True, t_sense=20e-9, t_window=60e-9)
    late = 0
    for sample in draw_reads(deck, 3, 5):
        outcome = Reader(engine(), deck).read(sample)
        path = tmp_path / "deck.cir"
        path.write_text(
            plain_deck(
                deck, sample.alterations(deck), verdict=verdict_commands(deck), options=(), about=(), expected={}
            )
        )
        found = run_by_program(path)
        assert found["outcome"] == outcome.weight.value
        assert float(found["latching_time_s"]) == pytest.approx(outcome.latching_time, rel=1e-6)
        late += 20e-9 < outcome.latching_time < 60e-9
    assert late


def test_a_sample_is_that_of_the_sweep_and_a_mirrored_one_its_image(study, alone):
    (task,) = (
        task for task in study.sweep.tasks(ngspice=engine().version_text)
        if (task.bench.name, task.corner.id, task.programmed) == ("ternary_2t2r", "ss_27c_1v2", "+1")
    )  # fmt: skip
    values = list(task.block(1))[7]
    for sign, (r_bl, r_blb) in {"+1": values[:2], "-1": values[1::-1]}.items():
        found = alone("ternary_2t2r", sign, 57)
        assert f"alter r.xcell.xbl.rmem = {r_bl!r}\n" in found.sample.text
        assert f"alter r.xcell.xblb.rmem = {r_blb!r}\n" in found.sample.text
        assert found.printed["outcome"] == sign
        assert f"{task.id}\n" in found.sample.text
    assert "mirror image of sample 57" in found.sample.text


def test_a_bench_without_words_of_ngspices_prints_its_last_values(alone):
    found = alone("delay", "slow", 3)
    assert found.printed["outcome"] == "unsaid"
    assert (float(found.printed["last_0"]) > 0.5) == (found.sample.outcome == "there")
    found = alone("window", "middle", 3)
    assert found.printed["outcome"] == "unsaid"
    assert {"last_0", "last_1", "last_2"} <= set(found.printed)
    assert float(found.printed["last_2"]) == pytest.approx(0.46 * 1.2, abs=0.2)


def test_a_sample_that_fails_fails_alone_and_one_with_other_options_has_them(alone):
    def with_line(line):
        def changed(bench):
            @dataclass(frozen=True, kw_only=True)
            class Changed(type(bench)):
                def deck(self, corner):
                    deck = super().deck(corner)
                    return replace(deck, text=deck.text.replace("\n.tran", f"\n{line}\n.tran"))

            return Changed(name=bench.name, settings=bench.settings, environment=bench.environment)

        return changed

    never = "bfail xfail 0 v = v(out) < 0.1 ? 0 : (v(xfail) > 0.5 ? 0 : 1)"
    found = alone("delay", "slow", None, changed=with_line(never))
    assert found.sample.outcome == found.printed["outcome"] == "failed"
    assert "last_0" not in found.printed
    jumpy = "bjumpy xjumpy 0 v = v(xjumpy) > 1 ? 0.998 : 1.002"
    found = alone("delay", "slow", None, changed=with_line(jumpy))
    assert "\noption reltol=5e-3\n" in found.sample.text
    assert found.sample.outcome == "away"
    assert float(found.printed["last_0"]) == pytest.approx(0.17, abs=0.02)


def test_what_is_printed_is_read_by_name():
    assert printed(["x = 1", "tran1.x = 2", "noise", "a b = 3"]) == {"x": "2"}
