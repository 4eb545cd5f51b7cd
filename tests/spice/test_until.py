"""Transients that end before their stop: the points of the whole one to the last bit, and nothing left behind."""

import resource

import numpy as np
import pytest

from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.errors import ConvergenceError, InputError, MeasurementError, SimulationError
from rramsim.spice.analyses import Dc, Op, Tran
from rramsim.spice.engine import engine
from rramsim.spice.fallback import run_with_fallbacks
from rramsim.spice.until import Checkpoints, Until

pytestmark = pytest.mark.spice

LATCHED, LEVEL = (5e3, 350e3), (350e3, 385e3)
STEPS = (1.5e-9, 3e-9, 6e-9, 12e-9, 25e-9)  # after sense enable [s]
SHORT = Tran(step=10e-12, stop=10e-9, max_step=10e-12)
RC = f"""* rc
v1 in 0 dc 0 pulse(0 1 0 1p 1p 1 2)
r1 in out 1k
c1 out 0 1p
{SHORT.card}
.save v(out) v(in)
.end
"""


@pytest.fixture
def ngspice():
    return engine()


@pytest.fixture
def rc(ngspice):
    ngspice.load(RC)
    return ngspice


def same(waves, others, points=None):
    assert waves.keys() == others.keys()
    for name, values in waves.items():
        assert values[:points].tobytes() == others[name][:points].tobytes(), name
    return True


def checkpoints(deck, enough):
    return Checkpoints(times=tuple(deck.conditions.t_start + step for step in STEPS), enough=enough)


def apart(waves):
    """Both outputs are resolved, and farther apart than 0.9 of a supply of 1.2 V."""
    q, qb = waves["q"][-1], waves["qb"][-1]
    return (q < 0.6) != (qb < 0.6) and abs(q - qb) > 0.9 * 1.2


def test_a_transient_ends_where_all_conditions_of_one_end_hold(rc):
    whole = rc.run(SHORT, ("out", "in"))
    half = Until(conditions=(("out", ">", 0.5), ("in", ">", 0.9)))
    never = Until(conditions=(("out", ">", 0.5), ("in", "<", 0.1)))
    ended = rc.run(SHORT, ("out", "in"), until=(never, half))
    assert ended["out"][-1] > 0.5 >= ended["out"][-2]
    assert ended["time"][-1] == pytest.approx(1e-9 * np.log(2), rel=0.05)  # R C ln 2
    assert same(ended, whole, ended["time"].size)
    assert same(rc.run(SHORT, ("out", "in"), until=(never,)), whole)
    assert same(rc.run(SHORT, ("out", "in")), whole)


@pytest.mark.parametrize("after", [3.3e-9, 23e-9, 24.9e-9])
@pytest.mark.parametrize("pair", [LATCHED, LEVEL])
def test_a_condition_on_the_time_is_no_breakpoint(bench, pair, after):
    """ngspice's own ``stop when time > …`` makes the integrator step to that time, and the points before it differ."""
    reads = bench()
    sample = ReadSample(r_bl=pair[0], r_blb=pair[1])
    end = reads.deck.conditions.t_start + after
    whole = reads.waveforms(sample)
    early = reads.waveforms(sample, until=(Until(conditions=(("time", ">", end),)),))
    assert early["time"][-1] > end >= early["time"][-2]
    assert same(early, whole, early["time"].size)
    assert same(reads.waveforms(sample), whole)


def test_a_judgement_before_the_end_of_the_window_has_the_points_of_the_whole_read(bench):
    reads = bench(t_sense=21.7e-9, t_window=60e-9)
    sample = ReadSample(r_bl=LEVEL[0], r_blb=LEVEL[1])
    early, whole = reads.waveforms(sample, until=reads.deck.decided), reads.waveforms(sample)
    assert early["time"].size < whole["time"].size
    assert same(early, whole, early["time"].size)


@pytest.mark.parametrize("corner", ["tt_27c_1v2", "ss_m40c_1v1", "ff_125c_1v3"])
@pytest.mark.parametrize("pair", [LATCHED, LATCHED[::-1], LEVEL])
@pytest.mark.parametrize("last", range(len(STEPS) + 1))
def test_a_read_goes_on_from_any_checkpoint_as_if_it_had_not_been_there(bench, corner, pair, last):
    reads = bench(corner)
    sample = ReadSample(r_bl=pair[0], r_blb=pair[1])
    whole = reads.waveforms(sample)
    asked = []

    def enough(waves):
        asked.append({name: values.copy() for name, values in waves.items()})
        return len(asked) > last

    early = reads.waveforms(sample, until=checkpoints(reads.deck, enough))
    assert len(asked) == min(last + 1, len(STEPS))
    for step, waves in zip(STEPS, asked, strict=False):
        time = reads.deck.conditions.t_start + step
        assert waves["time"][-1] > time >= waves["time"][-2]
        assert same(waves, whole, waves["time"].size)
    if last < len(STEPS):
        assert same(early, asked[-1])
        assert early["time"].size < whole["time"].size
    else:
        assert same(early, whole)
    assert same(reads.waveforms(sample), whole)


def test_reads_that_end_early_do_not_change_those_between(bench, draw_reads):
    reads = bench()
    samples = draw_reads(reads.deck, 6, seed=3)
    whole = [reads.waveforms(sample) for sample in samples]
    for sample, expected in zip(samples, whole, strict=True):
        early = reads.waveforms(sample, until=checkpoints(reads.deck, apart))
        assert same(early, expected, early["time"].size)
        decided = reads.waveforms(sample, until=reads.deck.decided)
        assert same(decided, expected, decided["time"].size)
    assert all(same(reads.waveforms(sample), expected) for sample, expected in zip(samples, whole, strict=True))


def test_a_latched_read_ends_at_the_first_checkpoint_that_is_enough(bench):
    reads = bench()
    c = reads.deck.conditions
    early = reads.waveforms(ReadSample(r_bl=LATCHED[0], r_blb=LATCHED[1]), until=checkpoints(reads.deck, apart))
    assert apart(early)
    index = next(i for i, step in enumerate(STEPS) if early["time"][-2] <= c.t_start + step < early["time"][-1])
    before = early["time"].searchsorted(c.t_start + STEPS[index - 1], side="right")
    assert not apart({name: values[: before + 1] for name, values in early.items()})


def test_nothing_is_left_behind(rc):
    whole = rc.run(SHORT, ("out",))
    ends = (Until(conditions=(("out", ">", 0.5),)),), Checkpoints(times=(1e-9, 2e-9), enough=lambda _: True)
    for until in (*ends, Checkpoints(times=(1e-9, 2e-9), enough=lambda _: False), Checkpoints(times=(), enough=apart)):
        rc.run(SHORT, ("out",), until=until)
        assert not any("stop" in line for line in rc.command("status"))
        assert not any("tran" in line for line in rc.command("setplot"))
    assert same(rc.run(SHORT, ("out",)), whole)


def test_an_error_of_the_callers_own_leaves_nothing_behind(rc):
    whole = rc.run(SHORT, ("out",))
    with pytest.raises(KeyError, match="nothing"):
        rc.run(SHORT, ("out",), until=Checkpoints(times=(1e-9,), enough=lambda waves: waves["nothing"]))
    assert same(rc.run(SHORT, ("out",)), whole)


def test_errors_are_raised_from_a_run_that_was_to_end_early(rc):
    never = Checkpoints(times=(1e-9,), enough=lambda _: False)
    with pytest.raises(MeasurementError, match="no vector 'b'"):
        rc.run(SHORT, ("b",), until=never)
    with pytest.raises(ConvergenceError) as caught:
        rc.run(Tran(step=10e-12, stop=20e-9), ("out",), until=never)
    assert caught.value.state == "stopped at 1e-08 s of 2e-08 s"
    with pytest.raises(SimulationError, match="ngspice reported: Error: nowhere: no such node"):
        rc.run(SHORT, ("out",), until=(Until(conditions=(("nowhere", ">", 0.5),)),))
    with pytest.raises(ValueError, match="not finite"):
        rc.run(SHORT, ("out",), until=(Until(conditions=(("out", ">", np.nan),)),))
    for analysis in (Op(), Dc(source="v1", start=0.0, stop=1.0, step=0.1)):
        with pytest.raises(InputError, match=r"only a transient can end early, not '\.(op|dc v1 0\.0 1\.0 0\.1)'"):
            rc.run(analysis, ("out",), until=never)


# It has no solution once v(in) passes 0.6 V, at 6 ns.
FAILS = """* fails
v1 in 0 pwl(0 0 10n 1)
r1 in 0 1k
b1 x 0 v = v(in) > 0.6 ? (v(x) > 0.5 ? 0 : 1) : 0
r2 x 0 1k
.tran 10p 10n 0 10p
.save v(in) v(x)
.end
"""


def test_a_run_that_fails_after_a_checkpoint_does_not_converge(ngspice):
    ngspice.load(FAILS)
    times = (2e-9, 4e-9, 8e-9)
    asked = []
    with pytest.raises(ConvergenceError, match="did not converge"):
        ngspice.run(SHORT, ["x"], until=Checkpoints(times=times, enough=asked.append))
    assert len(asked) == 2
    # What is known before it fails is known.
    ngspice.load(FAILS)
    assert ngspice.run(SHORT, ["x"], until=Checkpoints(times=times, enough=lambda _: True))["time"][-1] > 2e-9
    ngspice.load(RC)
    assert ngspice.run(SHORT, ["out"])["out"][-1] == pytest.approx(1, abs=1e-3)


def test_second_tries_end_early_too(ngspice):
    jumps = RC.replace(".save", "bjumpy xj 0 v = v(xj) > 1 ? 0.998 : 1.002\n.save v(xj)")
    whole = run_with_fallbacks(ngspice, jumps, [], SHORT, ["out"])
    asked = []

    def enough(waves):
        asked.append(waves["time"][-1])
        return len(asked) == 2

    early = run_with_fallbacks(ngspice, jumps, [], SHORT, ["out"], until=Checkpoints(times=(1e-9, 4e-9), enough=enough))
    assert early["time"][-1] == asked[1] > 4e-9 > asked[0] > 1e-9
    assert same(early, whole, early["time"].size)
    assert same(run_with_fallbacks(ngspice, jumps, [], SHORT, ["out"]), whole)
    ngspice.load(jumps)
    with pytest.raises(ConvergenceError):  # or this test shows nothing
        ngspice.run(SHORT, ["out"])


def test_checkpoints_must_rise():
    for times in ((2e-9, 1e-9), (1e-9, 1e-9), (-1e-9,), (np.nan,), (np.inf,)):
        with pytest.raises(InputError, match="checkpoints must be rising times"):
            Checkpoints(times=times, enough=apart)


def test_memory_does_not_grow_with_the_reads_that_end_early(bench):
    reads = bench()
    sample = ReadSample(r_bl=LATCHED[0], r_blb=LATCHED[1])

    def read(count):
        for index in range(count):
            reads.waveforms(sample, until=checkpoints(reads.deck, apart) if index % 2 else reads.deck.decided)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    before = read(300)
    assert read(3000) - before < 60  # MiB; ngspice 39 leaks some 3 KB a run, 46 some 11 KB
