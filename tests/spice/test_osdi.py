"""Memory devices as compiled Verilog-A in ngspice, against the sub-circuits; and an ngspice without OSDI refuses them.

Models are compiled where the package openvaf-py and a C compiler are here (``osdi/compile.py``), and run where ngspice
has OSDI: ``NGSPICE_LIBRARY_PATH`` may name such a library, as that of Debian's bookworm-backports (46).
"""

import importlib.util
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

import rramsim
from rramsim.circuits.benches.programming.forms import form_of
from rramsim.circuits.simulation import Deck, Simulation
from rramsim.corners import parse_corner
from rramsim.devices.compact.card import load_card
from rramsim.errors import DeckError, InputError, SimulationError
from rramsim.resources import data_root
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers
from rramsim.study import build_study

pytestmark = pytest.mark.spice
TT = parse_corner("tt_27c_1v2")
COMPILER = Path(__file__).with_name("osdi") / "compile.py"
CARDS = {"stanford": "stanford.osdi", "stanford_1t1r": "stanford.osdi", "sky130_reram": "sky130_reram.osdi"}
NAMES = ["OSDI_DESCRIPTORS", "rram_stanford", "gap_initial", "n_current", "d_barrier", "n_gamma"]


def has_osdi():
    """Whether the ngspice of this process knows the command that loads compiled models."""
    try:
        engine().command("osdi")
    except SimulationError:
        return False
    return True


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A folder with the models compiled."""
    if not has_osdi():
        pytest.skip(f"ngspice {engine().version_text} is built without OSDI; NGSPICE_LIBRARY_PATH may name one with it")
    if importlib.util.find_spec("openvaf_py") is None or shutil.which("cc") is None:
        pytest.skip("compiling Verilog-A needs openvaf-py, which has no wheel for every Python, and a C compiler")
    found = tmp_path_factory.mktemp("osdi")
    for name in {*CARDS.values()}:
        source = data_root("device_models") / "rram" / name.replace(".osdi", ".va")
        subprocess.run([sys.executable, str(COMPILER), str(source), str(found / name)], check=True)
    return found


@pytest.fixture
def compiled(folder, monkeypatch):
    """The models, where rramsim looks for them."""
    monkeypatch.setenv("RRAMSIM_OSDI", str(folder))
    return folder


def study(**settings):
    section = {"name": "b", "use": "program_set", **settings}
    return build_study(name="s", bench=[section], ber={"estimator": "monte_carlo", "max_trials": 10, "max_errors": 10})


def held(voltage, stop):
    return f"pwl(0 0 {stop * 1e-3:g} {voltage:g} {stop:g} {voltage:g})"


def both(card, wave, *, stop, state, step, temperature_c=27.0):
    """Waveforms of a device between a source and ground, as sub-circuit and compiled."""
    found = []
    for osdi in (None, CARDS[card]):
        form = form_of(load_card(card).device, osdi)
        analysis = Tran(step=step, stop=stop, max_step=step, uic=True)
        lines = [
            f"* {card}", *form.needs, *form.definition, f"vte te 0 dc 0 {wave}",
            *form.instance(("te", "0", "state"), state), ".options noinit reltol=1e-5", f".temp {temperature_c}",
            analysis.card, ".save v(te) v(state) i(vte)", ".end",
        ]  # fmt: skip
        deck = Deck(name="device", text="\n".join(lines) + "\n", analysis=analysis, vectors=("te", "state", "i(vte)"))
        found.append(Simulation(engine(), deck).run([]))
    return found


def pulsed(use, changed, **settings):
    """Quantities of a pulse on a typical cell but for some sources, by the name of the source."""
    (bench,) = study(use=use, settings=settings).benches
    (symbol,) = bench.alphabet.programmed
    spread = bench.spread(TT, symbol)
    values = {**dict(zip(spread.names, spread.typical, strict=True)), **changed}
    waves = Simulation(engine(), bench.deck(TT)).run(bench.alterations(TT, symbol, [*values.values()]))
    return bench.judged(TT, waves)


def test_an_ngspice_without_osdi_refuses_before_anything_is_written(tmp_path, monkeypatch):
    if has_osdi():
        pytest.skip(f"ngspice {engine().version_text} has OSDI")
    names = [*NAMES, *load_card("stanford").device.names]
    (tmp_path / "stanford.osdi").write_bytes(b"\x7fELF\0" + b"".join(name.encode() + b"\0" for name in names))
    monkeypatch.setenv("RRAMSIM_OSDI", str(tmp_path))
    told = r"b at tt_27c_1v2 cannot be simulated: .*without OSDI and cannot load .*stanford\.osdi.*NGSPICE_LIBRARY_PATH"
    with pytest.raises(InputError, match=told) as refused:
        rramsim.sweep(study(settings={"osdi": "stanford.osdi"}), out=tmp_path / "out", workers=1)
    assert "Bipolar" not in str(refused.value)  # of the device types that ngspice lists
    assert not (tmp_path / "out").exists()
    with pytest.raises(DeckError, match="built without OSDI"):
        pulsed("program_set", {}, osdi="stanford.osdi")
    assert pulsed("program_set", {}).outcome == "lrs"  # as sub-circuit, in the same process


@pytest.mark.parametrize("card", CARDS)
def test_butterfly(compiled, card):
    """A whole loop: where the cell switches, a step of time is what the two differ by."""
    device = load_card(card).device
    high = device.state_of(device.range_ohm[1] * 0.1)
    period, top = 4e-6, 1.8
    wave = f"pwl(0 0 {period / 4:g} {top} {3 * period / 4:g} {-top} {period:g} 0)"
    subcircuit, module = both(card, wave, stop=period, state=high, step=period / 4000)
    times = np.linspace(0.01, 0.99, 400) * period
    currents = [np.interp(times, waves["time"], waves["i(vte)"]) for waves in (subcircuit, module)]
    states = [np.interp(times, waves["time"], waves["state"]) for waves in (subcircuit, module)]
    assert np.ptp(states[0]) > 0.3
    difference = np.abs(currents[1] / currents[0] - 1)
    assert difference.max() < 5e-3
    assert np.quantile(difference, 0.98) < 1e-4
    assert np.abs(states[1] - states[0]).max() < 1e-3
    assert states[1][-1] == pytest.approx(states[0][-1], abs=1e-6)


@pytest.mark.parametrize("temperature_c", [-20.0, 85.0])
@pytest.mark.parametrize(
    ("card", "state", "voltage"),
    [("stanford", 1.5, 1.1), ("stanford_1t1r", 1.2, 0.9), ("sky130_reram", 4.0, 1.3), ("sky130_reram", 4.3, -1.3)],
)
def test_time_to_switch(compiled, card, state, voltage, temperature_c):
    towards = 0.1  # nm
    device = load_card(card).device
    end = state + math.copysign(towards, device.rate(state, voltage, temperature_c))
    expected, _ = quad(lambda x: 1 / device.rate(x, voltage, temperature_c), state, end)
    stop = 2 * expected
    waves = both(card, held(voltage, stop), stop=stop, state=state, step=stop / 500, temperature_c=temperature_c)
    first, other = (float(np.interp(towards, np.abs(one["state"] - state), one["time"])) for one in waves)
    assert first == pytest.approx(expected, rel=0.01)
    assert other == pytest.approx(first, rel=1e-3)


@pytest.mark.parametrize("voltage", [2.5, -3.0])
@pytest.mark.parametrize("card", CARDS)
def test_a_violent_pulse_ends_at_the_same_bound(compiled, card, voltage):
    state = sum(load_card(card).device.bounds) / 2
    first, other = both(card, held(voltage, 1e-7), stop=1e-7, state=state, step=1e-10)
    assert other["state"][-1] == pytest.approx(first["state"][-1], abs=1e-4)


SKY130 = {
    "card": "sky130_reram", "r_initial_ohm": 1e6, "v_bl_v": 2.4, "v_wl_v": 1.7, "r_lrs_max_ohm": 50e3,
    "max_step_s": 1e-10,
}  # fmt: skip


@pytest.mark.parametrize("changed", [{}, {"current": 1.2, "barrier": 0.02, "gamma": 0.97, "vth:xsel": 0.03}])
@pytest.mark.parametrize(
    ("use", "settings", "tolerance"),
    [
        ("program_set", {}, 1e-3),
        ("program_reset", {"max_step_s": 1e-10}, 1e-3),
        ("program_form", {"max_step_s": 1e-8}, 1e-3),
        # Heat runs away within steps of the solver: the sub-circuit itself ends 1 % elsewhere with half the step.
        ("program_set", SKY130, 0.02),
        ("program_reset", {"card": "sky130_reram", "r_initial_ohm": 20e3, "v_sl_v": 2.0, "max_step_s": 1e-10}, 2e-3),
    ],
)
def test_pulses_end_at_the_same_resistance(compiled, use, settings, tolerance, changed):
    first = pulsed(use, changed, **settings)
    other = pulsed(use, changed, **settings, osdi=CARDS[settings.get("card", "stanford_1t1r")])
    assert other.outcome == first.outcome
    for name in ("final_resistance", "energy"):
        assert other.quantities[name] == pytest.approx(first.quantities[name], rel=tolerance)


def test_each_varied_parameter_reaches_the_compiled_device(compiled):
    typical = pulsed("program_set", {}, osdi="stanford.osdi").quantities
    for source, value in {"current": 1.3, "barrier": 0.05, "gamma": 0.9, "initial": 1.2}.items():
        first, other = (pulsed("program_set", {source: value}, **form) for form in ({}, {"osdi": "stanford.osdi"}))
        assert other.quantities != typical
        for name in ("final_resistance", "peak_current", "energy"):
            assert other.quantities[name] == pytest.approx(first.quantities[name], rel=2e-3)


def test_a_sweep_runs_with_it_and_repeats_itself(compiled, tmp_path):
    runs = [
        rramsim.sweep(study(settings={"osdi": "stanford.osdi"}), out=tmp_path / name, workers=1) for name in ("a", "b")
    ]
    assert runs[0].ber.set_index("read")["probability"].to_dict() == {"between": 0, "hrs": 0}
    assert runs[0].reads.equals(runs[1].reads)


def _loaded(osdi):
    """In a worker: what came of a pulse."""
    try:
        return pulsed("program_set", {}, osdi=osdi).outcome
    except DeckError as error:
        return str(error)


def test_another_model_of_that_name_is_refused_in_the_same_process(compiled, tmp_path, monkeypatch):
    """ngspice would go on with the first one, without a word."""
    (tmp_path / "first.osdi").write_bytes((compiled / "stanford.osdi").read_bytes())
    (tmp_path / "other.osdi").write_bytes((compiled / "stanford.osdi").read_bytes() + b"another")
    monkeypatch.setenv("RRAMSIM_OSDI", str(tmp_path))
    with local_workers(1) as executor:
        told = [executor.submit(_loaded, f"{name}.osdi").result() for name in ("first", "other", "other", "first")]
    assert told[0] == told[3] == "lrs"
    assert "has already loaded another compiled model in place of" in told[1]
    assert "has already loaded another compiled model in place of" in told[2]
