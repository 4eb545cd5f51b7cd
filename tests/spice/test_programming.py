"""FORMING, SET and RESET of a 1T1R cell: what a memory cell must do, on the ngspice of the test process."""

import math
from dataclasses import replace

import numpy as np
import pytest

import rramsim
from rramsim.ber.samples import samples
from rramsim.circuits.simulation import Simulation
from rramsim.corners import parse_corner
from rramsim.errors import StudyError
from rramsim.spice.engine import engine
from rramsim.study import build_study

pytestmark = pytest.mark.spice
TT = parse_corner("tt_27c_1v2")


def bench(use, **settings):
    (found,) = build_study(name="s", bench=[{"name": "b", "use": use, "settings": settings}]).benches
    return found


def pulsed(found, corner=TT, **values):
    """Waveforms and record of a cell that is typical but for some values of its sources, by name."""
    (symbol,) = found.alphabet.programmed
    spread = found.spread(corner, symbol)
    typical = dict(zip(spread.names, spread.typical, strict=True))
    given = [*{**typical, **values}.values()]
    waves = Simulation(engine(), found.deck(corner)).run(found.alterations(corner, symbol, given))
    return waves, found.judged(corner, waves)


@pytest.mark.parametrize(("use", "after"), [("program_set", "lrs"), ("program_reset", "hrs"), ("program_form", "lrs")])
def test_the_published_voltages_program_the_cell(use, after):
    found = bench(use)
    waves, record = pulsed(found)
    assert record.outcome == after
    assert 0 < record.quantities["switching_time"] < found.deck(TT).t_off
    assert found.remark(TT, found.alphabet.programmed[0], waves) == ""


@pytest.mark.parametrize("use", ["program_set", "program_reset"])
def test_the_read_after_the_pulse_finds_the_state(use):
    """Two routes to one resistance: current at the end of the read, and the closed form of the state."""
    found = bench(use)
    waves, record = pulsed(found)
    device, across = found.deck(TT).card.device, waves["bl"][-1] - waves["mid"][-1]
    state = waves["state"][-1]
    assert record.quantities["final_resistance"] == pytest.approx(across / device.current(state, across), rel=1e-3)
    # The sine bends the low-voltage resistance by a percent at 0.1 V.
    assert record.quantities["final_resistance"] == pytest.approx(device.resistance(state), rel=0.02)


def test_the_word_line_sets_the_compliance():
    """More gate voltage: more current, a lower LRS, more energy; current times LRS stays of the order of a volt."""
    records = [pulsed(bench("program_set", v_wl_v=level))[1].quantities for level in (1.4, 1.8, 2.2)]
    for name, sign in (("peak_current", 1), ("final_resistance", -1), ("energy", 1)):
        values = [sign * record[name] for record in records]
        assert values == sorted(values)
        assert len(set(values)) == 3
    for record in records:
        assert 0.3 < record["peak_current"] * record["final_resistance"] < 1.2


def test_a_weaker_transistor_leaves_a_higher_lrs():
    """Mismatch of the select transistor is spread of LRS."""
    found = bench("program_set")
    (_, weak), (_, strong) = (pulsed(found, **{"vth:xsel": shift}) for shift in (0.1, -0.1))
    assert weak.quantities["final_resistance"] > 1.05 * strong.quantities["final_resistance"]
    assert weak.quantities["peak_current"] < strong.quantities["peak_current"]


def test_hrs_rises_with_the_voltage_of_reset():
    found = [
        pulsed(bench("program_reset", v_sl_v=level))[1].quantities["final_resistance"] for level in (1.2, 1.8, 2.6)
    ]
    assert found == sorted(found)
    assert found[-1] > 1.5 * found[0]


@pytest.mark.parametrize("use", ["program_set", "program_reset"])
def test_the_wrong_polarity_does_not_program(use):
    settings = {"program_set": {"v_bl_v": 0.0, "v_sl_v": 1.8}, "program_reset": {"v_bl_v": 2.6, "v_sl_v": 0.0}}
    found = bench(use, **settings[use])
    _, record = pulsed(found)
    assert record.outcome == found.before
    assert math.isinf(record.quantities["switching_time"])


def test_energy_is_voltage_times_current_over_time():
    found = bench("program_set")
    waves, record = pulsed(found)
    deck = found.deck(TT)
    # Of a SET the bit line gives all but what charges gates: its supply times the charge of the pulse.
    flat = (waves["time"] > deck.t_on + 2e-9) & (waves["time"] < deck.t_off)
    current = float(np.interp((deck.t_on + deck.t_off) / 2, waves["time"][flat], -waves["i(vbl)"][flat]))
    assert record.quantities["energy"] == pytest.approx(1.8 * current * 1e-6, rel=0.02)
    _, longer = pulsed(bench("program_set", t_pulse_s=2e-6))
    assert longer.quantities["energy"] == pytest.approx(2 * record.quantities["energy"], rel=0.05)


@pytest.mark.parametrize(("use", "settings"), [("program_set", {}), ("program_reset", {"v_sl_v": 1.4})])
def test_the_step_does_not_decide(use, settings):
    found = bench(use, **settings)
    usual = pulsed(found)[1].quantities
    fine = pulsed(bench(use, **settings, max_step_s=found.deck(TT).analysis.max_step / 10))[1].quantities
    assert fine["final_resistance"] == pytest.approx(usual["final_resistance"], rel=0.01)
    assert fine["energy"] == pytest.approx(usual["energy"], rel=0.02)


SKY130 = {
    "program_reset": {"card": "sky130_reram", "r_initial_ohm": 20e3, "v_sl_v": 2.0},
    "program_set": {"card": "sky130_reram", "r_initial_ohm": 1e6, "v_bl_v": 2.4, "v_wl_v": 1.7, "r_lrs_max_ohm": 50e3},
}


@pytest.mark.parametrize("use", SKY130)
def test_the_step_decides_for_no_drawn_cell_of_a_device_that_heats(use):
    """With steps of 1 ns, or a relative tolerance of 1e-4, some cells of 50 end 6 to 40 % elsewhere."""
    usual, fine = bench(use, **SKY130[use]), bench(use, **SKY130[use], max_step_s=1e-10)
    (symbol,) = usual.alphabet.programmed
    spread = usual.spread(TT, symbol)
    drawn = spread.values(np.random.default_rng(3).standard_normal((20, spread.dimension)))
    found = []
    for one in (usual, fine):
        simulation = Simulation(engine(), one.deck(TT))
        records = [one.judged(TT, simulation.run(one.alterations(TT, symbol, values))) for values in drawn.tolist()]
        found.append([record.quantities["ln_resistance"] for record in records])
    assert found[0] == pytest.approx(found[1], abs=0.02)


def test_a_reset_undoes_a_set():
    """What one pulse leaves is what the next one begins with."""
    lrs = pulsed(bench("program_set"))[1].quantities["final_resistance"]
    hrs = pulsed(bench("program_reset", r_initial_ohm=lrs))[1].quantities["final_resistance"]
    again = pulsed(bench("program_set", r_initial_ohm=hrs))[1].quantities["final_resistance"]
    assert hrs > 20 * lrs
    assert again == pytest.approx(lrs, rel=0.05)


def test_the_cell_of_sky130_programs_too():
    reset = bench("program_reset", card="sky130_reram", r_initial_ohm=20e3, v_sl_v=2.0)
    assert pulsed(reset)[1].outcome == "hrs"
    form = bench("program_set", card="sky130_reram", r_initial_ohm=1e6, v_bl_v=2.4, v_wl_v=1.7, r_lrs_max_ohm=50e3)
    assert pulsed(form)[1].outcome == "lrs"


def test_a_set_that_never_switches_is_told(tmp_path):
    section = {"name": "weak", "use": "program_set", "settings": {"v_bl_v": 0.5}}
    study = build_study(name="s", bench=[section], ber={"estimator": "monte_carlo", "max_trials": 20, "max_errors": 20})
    (found,) = study.benches
    waves, record = pulsed(found)
    assert record.outcome == "hrs"
    told = found.remark(TT, "hrs", waves)
    assert "rramsim wave STUDY --corner tt_27c_1v2 --cell weak --weight hrs" in told
    result = rramsim.sweep(study, out=tmp_path / "out", workers=1)
    assert told in (tmp_path / "out" / "warnings.txt").read_text().splitlines()
    assert result.ber.set_index("read")["probability"].to_dict() == {"between": 0, "hrs": 1}
    reads = result.reads.iloc[0]
    assert reads["switched"] == 0
    assert math.isnan(reads["switching_time_median_s"])
    assert reads["ln_resistance_mean"] == pytest.approx(math.log(300e3), abs=0.2)


@pytest.mark.parametrize(
    ("use", "settings", "match"),
    [
        ("program_set", {"card": "stanfrod"}, r"card: no device card 'stanfrod'"),
        ("program_set", {"card": "sky130_reram", "r_initial_ohm": 5e3}, r"r_initial_ohm: 5000 Ω is no state of sky130"),
        ("program_set", {"parameters": {"gama0": 3}}, r"parameters: .*unknown parameter 'gama0'"),
        ("program_set", {"parameters": {"gap_max": 3.0}}, r"parameters: .*SET and RESET would change places"),
        ("program_set", {"v_bl_v": 5.2}, r"v_bl_v: .*beyond the validity of stanford_1t1r"),
        ("program_set", {"v_wl_v": 6}, r"v_wl_v: .*beyond the validity of generic_130nm_5v"),
        ("program_set", {"v_bl_v": 0.0}, r"nothing would be programmed"),
        ("program_set", {"v_read_v": 1.9}, r"the read would program the cell"),
        ("program_set", {"r_lrs_max_ohm": 2e5}, r"must be below r_hrs_min_ohm"),
        ("program_set", {"l_select_m": 0.2e-6}, r"l_select_m: .*at least 5e-07 m"),
        ("program_set", {"t_pulse_s": 1}, r"t_pulse_s"),
        ("program_set", {"v_bl": 1.8}, r"v_bl: unknown key"),
        ("program_reset", {"max_step_s": 1e-6}, r"must not exceed t_pulse_s"),
        (
            "program_reset",
            {"card": "sky130_reram", "r_initial_ohm": 20e3, "max_step_s": 1e-9},
            r"max_step_s: .*beyond the validity of sky130_reram as a sub-circuit: at most 3e-10 s",
        ),
    ],
)
def test_bad_settings_are_refused_with_their_key(use, settings, match):
    with pytest.raises(StudyError, match=match):
        bench(use, **settings)


def test_a_temperature_beyond_the_card_is_refused(tmp_path):
    text = rramsim.resources.device_card_path("stanford_1t1r").read_text()
    (tmp_path / "own.toml").write_text(text.replace("temperature_max_c = 125", "temperature_max_c = 60"))
    section = {"name": "b", "use": "program_set", "settings": {"card": "own.toml"}}
    with pytest.raises(StudyError, match=r"temperature_c 85 is beyond the validity of stanford_1t1r"):
        build_study(name="s", bench=[section], corners={"temperature_c": [85]}, folder=tmp_path)


def test_identity_is_the_device_not_where_its_card_lies(tmp_path):
    (tmp_path / "own.toml").write_text(rramsim.resources.device_card_path("stanford_1t1r").read_text())

    def ids(settings, **more):
        sections = {"bench": [{"name": "b", "use": "program_set", "settings": settings}], **more}
        study = build_study(name="s", folder=tmp_path, **sections)
        return [task.id for task in study.sweep.tasks(ngspice="39")]

    plain = ids({})
    assert ids({"card": "own.toml"}) == plain
    assert ids({}, devices={"lrs": {"r_median_ohm": 4e3}}) == plain
    for other in ({"v_wl_v": 1.7}, {"sigma_ln_gamma": 0.2}, {"parameters": {"ea": 0.81}}, {"r_lrs_max_ohm": 9e3}):
        assert ids(other) != plain


def test_states_beyond_a_bound_are_those_of_the_bound():
    found = bench("program_set")
    handles = dict(found.alterations(TT, "hrs", [0.0, 1.0, 0.0, 1.0, 9.0]))
    assert handles["@c.xmem.cstate[ic]"] == found.deck(TT).card.device.bounds[1]


def test_hot_cells_switch_sooner():
    found = bench("program_set", v_bl_v=1.2)
    cold, hot = (
        pulsed(found, replace(TT, temperature_c=temperature))[1].quantities["switching_time"] for temperature in (0, 85)
    )
    assert hot < cold


def test_samples_are_those_that_the_sweep_counts(tmp_path):
    """The summaries of the table are those of the samples one by one."""
    section = {"name": "b", "use": "program_set", "settings": {}}
    study = build_study(name="s", bench=[section], ber={"estimator": "monte_carlo", "max_trials": 40, "max_errors": 40})
    (task,) = study.sweep.tasks(ngspice=engine().version_text)
    found, again = samples(task, 40), samples(task, 10)
    assert found.head(10).equals(again)
    assert list(found.columns[:6]) == ["vth:xsel", "current", "barrier", "gamma", "initial", "outcome"]
    counted = task.run([], None)
    told = {summary.column: summary.of(found[summary.quantity]) for summary in task.bench.summaries}
    assert {name: pytest.approx(value) for name, value in told.items()} == dict(counted.summaries)
