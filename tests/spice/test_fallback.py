"""Second tries: circuits that need them, the options they set, and that nothing of them is left behind."""

from dataclasses import dataclass, replace

import pytest

from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.point import Point
from rramsim.ber.tables import ber_table
from rramsim.ber.task import PointTask
from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.catalog import CELLS
from rramsim.circuits.environment import Environment
from rramsim.circuits.technology import load_technology
from rramsim.corners import parse_corner
from rramsim.devices.presets import load_preset
from rramsim.errors import ConvergenceError, ModelFileError, NgspiceVersionError, SimulationError
from rramsim.intervals import IntervalMethod
from rramsim.resources import data_root
from rramsim.runs.task import run_task
from rramsim.spice.analyses import Dc, Op, Tran
from rramsim.spice.engine import engine
from rramsim.spice.fallback import FALLBACKS, run_with_fallbacks
from rramsim.weights import Weight

pytestmark = pytest.mark.spice

# Newton's steps on v^900 are v/900: from 1 V some 700 iterations, more than ngspice does before it gives up.
SLOW = """* slow
i1 0 x 1u
b1 x 0 i = 1e300*v(x)^900
.ic v(x)=1
.tran 1f 20n 0 10n uic
.save v(x)
.end
"""
# The iterations jump by 0.4 % for ever.
JUMPY = "bjumpy xjumpy 0 v = v(xjumpy) > 1 ? 0.998 : 1.002"
JUMPS = f"* jumps\n{JUMPY}\n.tran 1n 20n\n.save v(xjumpy)\n.end\n"
NEVER = "* never\nb1 x 0 v = v(x) > 0.5 ? 0 : 1\nr1 x 0 1k\n.tran 1n 1u\n.save v(x)\n.end\n"
# A step of voltage on a resistor, a capacitor and a diode: every fallback integrates it differently.
STEP = """* step
v1 in 0 pulse(0 1 1u 1n 1n 2u)
r1 in a 1k
c1 a 0 1n
d1 a 0 dio
.model dio d is=1e-15
.tran 2n 5u 0 20n
.save v(a)
.end
"""


class AddedLine(ReadDeck):
    """A read deck with one more line."""

    line = ""

    @property
    def text(self):
        return super().text.replace("\n.temp", f"\n{self.line}\n.temp")


class JumpyDeck(AddedLine):
    line = JUMPY


class FailingDeck(AddedLine):
    """A read that has no solution once output Q falls below half the supply."""

    line = "bfail xfail 0 v = v(q) > 0.6 ? 0 : (v(xfail) > 0.5 ? 0 : 1)"


def deck_of(kind, deck):
    return kind(cell=deck.cell, corner=deck.corner, technology=deck.technology, conditions=deck.conditions)


def tran(stop):
    return Tran(step=stop / 100, stop=stop)


@pytest.fixture
def ngspice():
    return engine()


@pytest.fixture
def tried(monkeypatch, ngspice):
    """Options of the tries, in order."""
    seen = []
    original = type(ngspice).set_options

    def record(self, options):
        seen.append(tuple(options))
        original(self, options)

    monkeypatch.setattr(type(ngspice), "set_options", record)
    return seen


def plain(ngspice, deck, vectors, t_stop, *, options=(), assignments=()):
    """Run once, without second tries."""
    ngspice.unload()
    ngspice.load(deck)
    ngspice.set_options(options)
    ngspice.alter(assignments)
    return ngspice.run(tran(t_stop), vectors)


def bits(waves):
    return b"".join(values.tobytes() for values in waves.values())


@pytest.mark.parametrize("current", [1e-6, 1e-3])
def test_more_iterations_solve_what_the_defaults_do_not(ngspice, tried, current):
    with pytest.raises(ConvergenceError):
        plain(ngspice, SLOW, ["x"], 20e-9, assignments=[("i1", current)])
    tried.clear()
    waves = run_with_fallbacks(ngspice, SLOW, [("i1", current)], tran(20e-9), ["x"])
    assert tried == [(), FALLBACKS["iterations"]]
    # The altered value, not that of the deck: they are 0.8 % apart, and the solution is exact to 1e-3 / 900.
    assert waves["x"][-1] == pytest.approx((current * 1e-300) ** (1 / 900), rel=1e-5)


def test_looser_tolerances_come_last(ngspice, tried):
    with pytest.raises(ConvergenceError):
        plain(ngspice, JUMPS, ["xjumpy"], 20e-9)
    tried.clear()
    waves = run_with_fallbacks(ngspice, JUMPS, [], tran(20e-9), ["xjumpy"])
    assert tried == [(), *FALLBACKS.values()]
    assert waves["xjumpy"] == pytest.approx(1.0, abs=2.1e-3)


def test_what_never_converges_is_the_error_of_the_first_try(ngspice, tried, tmp_path):
    with pytest.raises(ConvergenceError) as alone:
        plain(ngspice, NEVER, ["x"], 1e-6)
    tried.clear()
    with pytest.raises(ConvergenceError, match=r"did not converge, nor did .* \(iterations, gear, loose\)") as caught:
        run_with_fallbacks(ngspice, NEVER, [], tran(1e-6), ["x"], deck_path=tmp_path / "never.cir")
    assert tried == [(), *FALLBACKS.values()]
    assert caught.value.state == alone.value.state
    assert "Timestep too small" in caught.value.log_tail
    assert caught.value.deck_path == tmp_path / "never.cir"


def test_another_error_is_not_tried_again(ngspice, tried):
    with pytest.raises(SimulationError, match="no vector 'b'"):
        run_with_fallbacks(ngspice, STEP, [], tran(5e-6), ["b"])
    assert tried == [()]


@pytest.mark.parametrize("analysis", [Op(), Dc(source="v1", start=0.0, stop=1.0, step=0.25)], ids=["op", "dc"])
def test_operating_points_and_sweeps_are_tried_again_too(ngspice, tried, analysis):
    deck = f"* jumps\nv1 a 0 1\nr1 a 0 1k\n{JUMPY}\n{analysis.card}\n.save v(xjumpy)\n.end\n"
    found = run_with_fallbacks(ngspice, deck, [], analysis, ["xjumpy"])
    assert tried == [(), *FALLBACKS.values()]
    assert found["xjumpy"] == pytest.approx(1.0, abs=2.1e-3)
    never = deck.replace(JUMPY, "b1 xjumpy 0 v = v(xjumpy) > 0.5 ? 0 : 1\nr9 xjumpy 0 1k")
    with pytest.raises(ConvergenceError, match=f"the {analysis.name} did not converge, nor did it with the fallback"):
        run_with_fallbacks(ngspice, never, [], analysis, ["xjumpy"])


@pytest.mark.parametrize("name", FALLBACKS)
def test_options_set_on_a_loaded_circuit_are_those_of_a_deck(ngspice, name):
    options = FALLBACKS[name]
    as_command = plain(ngspice, STEP, ["a"], 5e-6, options=options)
    listed = "\n".join(ngspice.command("option")).lower()
    as_text = plain(ngspice, STEP.replace("\n.tran", f"\n.options {' '.join(options)}\n.tran"), ["a"], 5e-6)
    assert bits(as_command) == bits(as_text)
    for wanted in ("itl1 (dc iterations) = 500", "itl4 (transient iterations) = 500"):
        assert wanted in listed
    assert ("integration method = gear" in listed) == (name != "iterations")
    assert ("= 0.005" in listed and "gmin     (devices)  = 1e-11" in listed) == (name == "loose")


def test_methods_and_tolerances_make_a_difference(ngspice):
    waves = {name: bits(plain(ngspice, STEP, ["a"], 5e-6, options=options)) for name, options in FALLBACKS.items()}
    # What converges is the same to the last bit with more iterations allowed.
    assert waves["iterations"] == bits(plain(ngspice, STEP, ["a"], 5e-6))
    assert len(set(waves.values())) == 3


def test_an_option_outlives_neither_its_deck_nor_its_sample(ngspice):
    before = bits(plain(ngspice, STEP, ["a"], 5e-6))
    for options in FALLBACKS.values():
        assert bits(plain(ngspice, STEP, ["a"], 5e-6, options=options))
        assert bits(plain(ngspice, STEP, ["a"], 5e-6)) == before
    run_with_fallbacks(ngspice, JUMPS, [], tran(20e-9), ["xjumpy"])
    assert bits(run_with_fallbacks(ngspice, STEP, [], tran(5e-6), ["a"])) == before
    slow = [bits(run_with_fallbacks(ngspice, SLOW, [("i1", i)], tran(20e-9), ["x"])) for i in (1e-6, 1e-3, 1e-6)]
    assert slow[0] == slow[2] != slow[1]


def test_a_read_is_tried_again_with_its_own_devices(bench, draw_reads, ngspice, tried):
    ordinary = bench()
    samples = draw_reads(ordinary.deck, 1, seed=4)
    expected = [bits(ordinary.waveforms(sample)) for sample in samples]
    jumpy = Reader(ngspice, deck_of(JumpyDeck, ordinary.deck))
    tried.clear()
    for sample in samples:
        again, usual = jumpy.read(sample), ordinary.read(sample)
        assert again.weight is usual.weight
        assert again.energy == pytest.approx(usual.energy, rel=0.05)
    assert tried == [(), *FALLBACKS.values(), ()] * len(samples)
    assert [bits(ordinary.waveforms(sample)) for sample in samples] == expected


@dataclass(frozen=True, kw_only=True)
class Changed(PcsaRead):
    """Reads of a kind of deck."""

    kind: type[ReadDeck] = ReadDeck

    @property
    def identity(self):
        return {**super().identity, "fields": {"kind": self.kind.__qualname__}}

    def deck(self, corner):
        return deck_of(self.kind, super().deck(corner))


@pytest.fixture
def make_task():
    """Make a task of a kind of deck."""

    def make(kind, programmed="0", trials=16, technology="generic_130nm_5v"):
        devices = load_preset("hfo2_130nm").statistics
        environment = Environment(technology=load_technology(technology), devices=devices)
        bench = Changed(
            name="ternary_2t2r", settings=ReadSection(), environment=environment, cells=(CELLS["ternary_2t2r"],),
            kind=kind,
        )  # fmt: skip
        corner = parse_corner("tt_27c_1v2")
        return PointTask(
            bench=bench,
            corner=corner,
            programmed=programmed,
            spread=bench.spread(corner, programmed),
            stop=StopRule(max_trials=trials),
            seed=1,
            ngspice=engine().version_text,
        )

    return make


def test_reads_without_a_solution_are_counted_as_failed(make_task):
    task = make_task(FailingDeck)
    result = run_task(task)
    assert result.failed > 0
    assert result.trials > 0
    assert result.trials + result.failed == task.stop.max_trials
    # A read of +1 is one whose Q fell.
    assert result.counts.get(Weight.PLUS, 0) == 0
    (coding,) = task.bench.codings
    frame = ber_table([(Point(coding=coding, task=task), result)], IntervalMethod.CLOPPER_PEARSON)
    assert (frame["failed"] == result.failed).all()
    assert (frame["simulations"] == task.stop.max_trials).all()
    assert run_task(task) == result


def test_a_task_is_refused_by_another_ngspice_and_with_other_models(make_task, tmp_path):
    task = make_task(ReadDeck, trials=1)
    with pytest.raises(NgspiceVersionError, match=r"planned with ngspice 1, and .* has"):
        run_task(replace(task, ngspice="1"))
    source = data_root("device_models") / "cmos"
    for path in source.glob("generic_130nm_5v.*"):
        text = path.read_text().replace("inline = true", "inline = false")
        (tmp_path / path.name).write_text(text)
    task = make_task(ReadDeck, trials=1, technology=str(tmp_path / "generic_130nm_5v.toml"))
    assert run_task(task).trials == 1
    assert task.id  # as a sweep knows it before a worker sees it
    library = tmp_path / "generic_130nm_5v.lib"
    library.write_text(library.read_text().replace("vth0={0.68", "vth0={0.69"))
    with pytest.raises(
        ModelFileError, match=f"{library} or the code of Changed on .* is not what the sweep was planned with"
    ):
        run_task(task)
    library.unlink()
    with pytest.raises(ModelFileError, match="does not exist"):
        run_task(task)


def test_a_deck_that_never_converges_is_an_error(make_task):
    with pytest.raises(ConvergenceError, match="fallback options"):
        run_task(make_task(FailingDeck, programmed="+1", trials=3))


def test_a_value_that_another_sample_altered_is_as_in_the_deck_again():
    deck = "* two\nv1 a 0 1\nv2 b 0 1\nr1 a 0 1k\nr2 b 0 1k\n.op\n.save v(a) v(b)\n.end\n"
    ngspice = engine()

    def voltages(*assignments):
        found = run_with_fallbacks(ngspice, deck, assignments, Op(), ["a", "b"])
        return [float(found[name][0]) for name in ("a", "b")]

    assert voltages(("v1", 2.0)) == [2.0, 1.0]
    assert voltages(("v2", 3.0)) == [1.0, 3.0]
    assert voltages(("v1", 4.0), ("v2", 5.0)) == [4.0, 5.0]
    assert voltages() == [1.0, 1.0]
