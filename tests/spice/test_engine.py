"""The engine on small circuits: results that are checked, errors that tell, and state that does not leak."""

import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.errors import (
    ConvergenceError,
    DeckError,
    MeasurementError,
    NgspiceCrashError,
    NgspiceVersionError,
    RramsimError,
    SimulationError,
)
from rramsim.resources import data_root
from rramsim.spice import engine as engine_module
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import Engine, engine
from rramsim.spice.library import read_version
from rramsim.spice.needs import osdi_line
from rramsim.spice.shared import Shared
from rramsim.spice.workers import local_workers

pytestmark = pytest.mark.spice

RC = """* RC discharge
r1 a 0 1k
c1 a 0 1n ic=1
.tran 2n 5u 0 2n uic
.save v(a)
.end
"""


def tran(stop):
    return Tran(step=stop / 100, stop=stop)


@pytest.fixture
def ngspice():
    return engine()


@pytest.mark.parametrize("resistance", [500.0, 1e3, 4.7e3])
def test_rc_discharge_follows_its_closed_form(ngspice, resistance):
    ngspice.load(RC)
    ngspice.alter([("r1", resistance)])
    waves = ngspice.run(tran(5e-6), ["a"])
    exact = np.exp(-waves["time"] / (resistance * 1e-9))
    # Trapezoids of 2 ns against a time constant of 500 ns or more: error of order (h/tau)^2 / 12 = 1e-6.
    assert np.abs(waves["a"] - exact).max() < 1e-3


def test_the_same_sample_gives_the_same_bits_in_any_order_and_after_other_decks(bench, draw_reads):
    first = bench()
    samples = draw_reads(first.deck, 4, seed=1)

    def bits(sample):
        return b"".join(values.tobytes() for values in first.waveforms(sample).values())

    forward = [bits(sample) for sample in samples]
    other = bench("ss_125c_1v3")
    other.read(samples[0])
    backward = [bits(sample) for sample in reversed(samples)]
    assert backward[::-1] == forward
    assert len(set(forward)) == len(forward)


def test_results_of_a_run_are_not_kept(ngspice):
    ngspice.load(RC)
    for _ in range(3):
        ngspice.run(tran(5e-6), ["a"])
    assert not any("tran" in line for line in ngspice.command("setplot"))


def test_a_command_is_run_or_refused(ngspice):
    ngspice.load(RC)
    assert ngspice.command("echo hello;echo again") == ["hello", "again"]
    with pytest.raises(SimulationError, match=r"ngspice refused 'alter rnone = 1': .*rnone"):
        ngspice.command("alter rnone = 1")


def test_many_alterations_are_split_below_ngspices_command_length(ngspice):
    count = 60
    lines = [f"r{i} a{i} 0 1k\nv{i} a{i} 0 1" for i in range(count)]
    deck = "\n".join(["* many", *lines, ".tran 1u 2u", f".save {' '.join(f'i(v{i})' for i in range(count))}", ".end"])
    ngspice.load(deck)
    ngspice.alter((f"r{i}", 100.0 + i / 7) for i in range(count))
    waves = ngspice.run(tran(2e-6), [f"i(v{i})" for i in range(count)])
    for i in range(count):
        assert waves[f"i(v{i})"][-1] == pytest.approx(-1 / (100 + i / 7), rel=1e-9)


def test_altered_values_are_exact_to_the_last_bit(ngspice):
    ngspice.load("* exact\nv1 a 0 1\nr1 a 0 1k\n.tran 1u 2u\n.save i(v1)\n.end")
    for value in (1 / 3, 123456.789012345678, 7e-11):  # newer versions take 1e-12 Ω for less
        ngspice.alter([("r1", value)])
        assert ngspice.run(tran(2e-6), ["i(v1)"])["i(v1)"][-1] == pytest.approx(-1 / value, rel=1e-12)


def test_a_value_that_is_not_finite_never_reaches_ngspice(ngspice):
    ngspice.load(RC)
    with pytest.raises(ValueError, match="not finite"):
        ngspice.alter([("r1", math.nan)])


@pytest.mark.parametrize(
    ("handle", "message"),
    [("rnone", "rnone"), ("@m.x[delvto]", "m.x"), ("@r1[nothing]", "nothing")],
)
def test_an_unknown_handle_is_an_error(ngspice, handle, message):
    ngspice.load(RC)
    with pytest.raises(
        SimulationError, match=rf"ngspice refused 'alter {handle.replace('[', '.').replace(']', '.')} = 1.0'.*{message}"
    ):
        ngspice.alter([(handle, 1.0)])
    assert ngspice.run(tran(5e-6), ["a"])["a"].size > 100  # and the circuit still works


def test_a_missing_vector_is_an_error_and_never_a_number(ngspice):
    ngspice.load(RC)
    with pytest.raises(MeasurementError, match="no vector 'b'"):
        ngspice.run(tran(5e-6), ["b"])


def test_a_vector_that_is_not_finite_is_an_error(ngspice, monkeypatch):
    ngspice.load(RC)
    read = Shared.vector

    def poisoned(shared, name):
        values = read(shared, name)
        if name == "a":
            values[3] = math.nan
        return values

    monkeypatch.setattr(Shared, "vector", poisoned)
    with pytest.raises(MeasurementError, match="'a' holds a value that is not finite"):
        ngspice.run(tran(5e-6), ["a"])


def test_a_transient_that_ends_early_is_an_error(ngspice, tmp_path):
    ngspice.load(RC, deck_path=tmp_path / "rc.cir")
    with pytest.raises(ConvergenceError, match="did not converge") as caught:
        ngspice.run(tran(6e-6), ["a"])
    assert caught.value.state == "stopped at 5e-06 s of 6e-06 s"
    assert caught.value.deck_path == tmp_path / "rc.cir"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_circuit_without_a_solution_does_not_converge(ngspice):
    ngspice.load("* none\nb1 x 0 v = v(x) > 0.5 ? 0 : 1\nr1 x 0 1k\n.tran 1n 1u\n.save v(x)\n.end")
    with pytest.raises(ConvergenceError):
        ngspice.run(tran(1e-6), ["x"])
    ngspice.load(RC)
    assert ngspice.run(tran(5e-6), ["a"])["a"].size > 100


# ngspice skips plain Newton iteration, steps gmin and says so on standard error, as for a sample that needs it.
STEPPED = """* gmin stepping
v1 a 0 1
r1 a b 1k
d1 b 0 dio
.model dio d is=1e-15
.options noopiter
.tran 1n 10n
.save v(b)
.end
"""


def test_gmin_stepping_is_no_failure(ngspice):
    ngspice.load(STEPPED)
    waves = ngspice.run(tran(10e-9), ["b"])
    assert "gmin" in ngspice.log_tail.lower(), "this deck no longer steps gmin"
    current = (1 - waves["b"][-1]) / 1e3
    assert current == pytest.approx(1e-15 * math.expm1(waves["b"][-1] / 0.025865), rel=0.01)  # kT/q at 27 °C


REFUSED = {
    "missing model": ("m1 a a 0 0 nosuch w=1u l=1u", "could not find a valid modelname"),
    "missing sub-circuit": ("x1 a 0 nosuch", "unknown subckt: x1 a 0 nosuch"),
    "gibberish": ("qqq what is this", "could not find a valid modelname"),
}
FATAL = {
    "unknown parameter": ("r9 a 0 {nope}", r"Undefined parameter \[nope\]"),
    "missing section": (
        f".lib '{data_root('device_models')}/cmos/generic_130nm_5v.lib' zz",
        "section definition zz not",
    ),
}


def _load(line):
    engine().load(f"* wrong\nv1 a 0 1\n{line}\n.tran 1n 1u\n.end\n")


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_deck_is_refused_and_the_next_one_works(ngspice, name):
    line, message = REFUSED[name]
    with pytest.raises(DeckError, match=message):
        _load(line)
    ngspice.load(RC)
    assert ngspice.run(tran(5e-6), ["a"])["a"].size > 100


def test_after_a_missing_include_the_next_deck_works_here_or_in_another_process():
    """From version 42 on ngspice gives up at it."""
    with local_workers(1) as executor:
        with pytest.raises(DeckError, match="Could not find include file"):
            executor.submit(_load, ".include /nonexistent/file.cir").result()
        assert executor.submit(_load, "r9 a 0 1k").exception() is None


def test_a_compiled_model_that_cannot_be_loaded_is_told(tmp_path, monkeypatch):
    """By an ngspice without them, and by one that knows them: this is none."""
    (tmp_path / "no.osdi").write_bytes(b"no code")
    monkeypatch.setenv("RRAMSIM_OSDI", str(tmp_path))
    deck = f"* title\n{osdi_line(tmp_path / 'no.osdi')}v1 a 0 1\nr1 a 0 1k\n.op\n.save v(a)\n.end\n"
    with pytest.raises(DeckError, match="osdi"):
        engine().load(deck)
    engine().load(RC)
    assert engine().run(tran(5e-6), ["a"])["a"].size > 100


def _fatal(line):
    """Errors of a fatal deck, of what comes after it, in a process that ends afterwards."""
    caught = []
    for attempt in (line, "r9 a 0 1k"):
        try:
            _load(attempt)
        except RramsimError as error:
            caught.append(error)
    return caught


@pytest.mark.parametrize("name", FATAL)
def test_after_a_fatal_deck_ngspice_is_given_up(name):
    line, message = FATAL[name]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        refused, after = executor.submit(_fatal, line).result()
    assert isinstance(refused, DeckError)
    assert refused.state == "exit status 1"
    with pytest.raises(DeckError, match=message):
        raise refused
    assert isinstance(after, NgspiceCrashError)


def test_a_deck_without_an_analysis_gives_no_numbers(ngspice):
    ngspice.load("* nothing to do\nv1 a 0 1\nr1 a 0 1\n.end")
    with pytest.raises(SimulationError):
        ngspice.run(tran(1e-6), ["a"])


class OldNgspice:
    """A library that answers as an old one does."""

    def command(self, _text):
        return ["******", "** ngspice-31.3 : Circuit level simulation program"]


def test_an_old_ngspice_is_refused(monkeypatch):
    monkeypatch.setattr(engine_module, "load_shared", OldNgspice)
    with pytest.raises(NgspiceVersionError, match=r"ngspice 31\.3 is too old: rramsim needs 39 or newer"):
        Engine()


def test_the_version_is_read_from_the_banner():
    assert read_version(["******", "** ngspice-45.2 : Circuit level simulation program"]) == ("45.2", 45)
    assert read_version(["** ngspice-44+ : x"]) == ("44+", 44)
    with pytest.raises(NgspiceVersionError, match="does not tell its version"):
        read_version(["hello"])


def test_a_sample_must_fit_its_deck(bench):
    with pytest.raises(RramsimError, match="mismatch of 9 transistors is 9 numbers, given were 2"):
        bench().read(ReadSample(r_bl=5e3, r_blb=1e5, threshold_shifts=(0.0, 0.0)))
    for wrong in (0.0, -1.0, math.inf):
        with pytest.raises(RramsimError, match="r_bl must be above 0"):
            ReadSample(r_bl=wrong, r_blb=1e5)
