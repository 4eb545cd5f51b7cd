"""A bench that rramsim has never heard of, from its class and netlist to the report: with outcomes of its own."""

import math
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from rramsim.circuits.coding import Mirror
from rramsim.circuits.record import Record
from rramsim.cli.inspection import run_wave
from rramsim.cli.picture import Picture
from rramsim.errors import InputError, SimulationError, StudyError
from rramsim.study import load_study
from rramsim.tables.ber import BER
from rramsim.tables.points import read_points

pytestmark = pytest.mark.spice

OWN = Path(__file__).with_name("own_bench")
STUDY = """
[study]
name = "window"
seed = 5
[corners]
process = ["TT", "SS"]
vdd_v = [2.5]
[ber]
max_trials = 100
[[bench]]
name = "window"
use = "comparator.py:Comparator"
[bench.settings]
levels = [0.3, 0.46, 0.62]
sigma_v = 0.03
"""


@pytest.fixture
def study(tmp_path):
    """Write a study beside the bench, with texts of it replaced."""
    shutil.copytree(OWN, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "study.toml"

    def make(*changes, text=STUDY):
        for found, other in changes:
            assert found in text
            text = text.replace(found, other)
        path.write_text(text)
        return path

    return make


def test_from_its_class_to_the_report(study, rramsim, tmp_path):
    study()
    run = tmp_path / "run"
    swept = rramsim("sweep", "study.toml", "--out", run)
    assert swept.code == 0, swept.err
    ber = read_points(BER, run / "ber.csv", {"window": load_study(tmp_path / "study.toml").codings[0].alphabet})
    assert len(ber) == 2 * 6
    assert set(ber["error_type"]) == {"near", "far"}
    assert set(ber["failed"]) == {0}
    assert ber["t_sense_s"].isna().all()
    rates = ber.set_index(["process", "programmed", "read"])["probability"]
    assert 0 < rates["TT", "bottom", "inside"] < 1e-3 < 1  # too rare to be counted
    assert rates["TT", "bottom", "over"] == 0
    reliability = pd.read_csv(run / "reliability.csv")
    factors = [name for name in reliability.columns if name.startswith("importance:")]
    thresholds = [f"importance:vth:xdut.{name}" for name in ("xmp1", "xmn1", "xmp2", "xmn2")]
    assert factors == ["importance:level", *thresholds]
    lower = reliability[(reliability["read"] == "inside") & (reliability["programmed"] == "bottom")]
    assert (lower[thresholds[1]] > lower[thresholds[3]]).all()  # of the other end of the window
    reads = pd.read_csv(run / "reads.csv")
    assert reads["window_mean_v"].between(0.4, 0.7).all()

    tables = {path: path.read_bytes() for path in run.glob("*.csv")}
    times = {path: path.stat().st_mtime_ns for path in (run / "tasks").iterdir()}
    again = rramsim("sweep", "study.toml", "--out", run)
    assert again.code == 0, again.err
    assert {path: path.stat().st_mtime_ns for path in (run / "tasks").iterdir()} == times
    assert {path: path.read_bytes() for path in run.glob("*.csv")} == tables

    verified = rramsim("verify", run)
    assert verified.code == 0, verified.err
    assert len(re.findall(r"\(window, .*: ok$", verified.out, re.MULTILINE)) == 5

    # The tables are read without the class: provenance.json holds the alphabet.
    (tmp_path / "comparator.py").unlink()
    reported = rramsim("report", run)
    assert reported.code == 0, reported.err
    page = (run / "report.html").read_text(encoding="utf-8")
    for text in ("Two inverters that switch at different levels", "taken for the next level", "level of the middle",
                 "bottom read as inside", 'id="ber_window_near"', 'id="window_window"'):  # fmt: skip
        assert text in page
    assert "Two resistive memory devices" not in page


def test_rates_of_lines_are_those_of_counting(study, rramsim, tmp_path):
    rates = {}
    for estimator in ("line_sampling", "monte_carlo"):
        study(
            ('["TT", "SS"]', '["TT"]'), ("sigma_v = 0.03", "sigma_v = 0.15"),
            ("max_trials = 100", f'max_trials = 600\nestimator = "{estimator}"'),
        )  # fmt: skip
        done = rramsim("sweep", "study.toml", "--out", tmp_path / estimator)
        assert done.code == 0, done.err
        table = pd.read_csv(tmp_path / estimator / "ber.csv")
        rates[estimator] = table.set_index(["programmed", "read"])
    lines, counts = rates["line_sampling"], rates["monte_carlo"]
    assert set(lines["estimator"]) == {"line_sampling"}
    frequent = counts.index[counts["probability"] > 0.01]
    assert len(frequent) >= 3
    for misread in frequent:
        p = lines.loc[misread, "probability"]
        assert counts.loc[misread, "probability"] == pytest.approx(p, abs=4 * math.sqrt(p / 600))


WRONG = {
    "no such class": (("comparator.py:Comparator", "comparator.py:Comparater"), "bench[0].use", "did you mean 'Compar"),
    "no such file": (("comparator.py:Comparator", "own.py:Comparator"), "bench[0].use", "no file"),
    "no such module": (("comparator.py:Comparator", "not_there:Own"), "bench[0].use", "cannot be imported"),
    "no such bench": (("comparator.py:Comparator", "pcsa_reed"), "bench[0].use", "did you mean 'pcsa_read'"),
    "no bench": (("comparator.py:Comparator", "comparator.py:Path"), "bench[0].use", "is no bench"),
    "nothing to import": (("comparator.py:Comparator", "comparator.py:"), "bench[0].use", "module:Class"),
    "unknown setting": (("sigma_v", "sigma_w"), "bench[0].settings.sigma_w", "did you mean 'sigma_v'?"),
    "impossible setting": (("0.03", "-1"), "bench[0].settings.sigma_v", "greater than 0"),
    "missing setting": (("levels = [0.3, 0.46, 0.62]", ""), "bench[0].settings.levels", "is required"),
    "name of a cell": (
        ('[[bench]]\nname = "window"', '[read]\n[[bench]]\nname = "ternary_2t2r"'),
        "bench", "'ternary_2t2r'",
    ),
    "correlation of nothing": (
        ("[[bench]]", '[[devices.correlation]]\nbetween = ["level", "vth:xmn9"]\ncoefficient = 0.5\n[[bench]]'),
        "devices.correlation", "'vth:xmn9': no such source",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_before_anything_is_written(study, rramsim, tmp_path, name):
    change, key, message = WRONG[name]
    study(change)
    done = rramsim("sweep", "study.toml", "--out", tmp_path / "run")
    assert done.code == 2, done.err
    told = " ".join(done.err.split())
    assert f" {key}: " in told
    assert message in told
    assert not (tmp_path / "run").exists()


def broken(folder, found, other):
    path = folder / "comparator.py"
    path.write_text(path.read_text().replace(found, other))


@pytest.mark.parametrize(
    ("found", "other", "message"),
    [
        ("ALPHABET = Alphabet(", "ALPHABET = Alphabett(", "NameError"),
        ('("bottom", "inside", "near")', '("bottom", "outside", "near")', "no bottom read as outside"),
        ("    def measure(self", "    def measured(self", "it lacks measure"),
        ("self.environment.technology.models_text", "self.environment.models_text", "AttributeError"),
        (
            "    @property\n    def alphabet",
            "    @classmethod\n    def resolved(cls, settings, folder):\n        "
            "return settings.levls\n\n    @property\n    def alphabet",
            r"bench\[0\]\.use: AttributeError",
        ),
        (
            "    @property\n    def alphabet",
            "    @classmethod\n    def problems(cls, settings, environment):\n        "
            "return 1 / 0\n\n    @property\n    def alphabet",
            r"bench\[0\]\.settings: ZeroDivisionError",
        ),
    ],
)
def test_a_class_that_fails_is_told(study, tmp_path, found, other, message):
    path = study()
    broken(tmp_path, found, other)
    with pytest.raises(StudyError, match=message):
        load_study(path)


def test_its_code_and_its_settings_are_part_of_the_identity(study, tmp_path):
    def ids():
        return {task.id for task in load_study(tmp_path / "study.toml").sweep.tasks(ngspice="39")}

    study()
    first = ids()
    assert ids() == first
    study(("0.46", "0.47"))
    second = ids()
    study()
    broken(tmp_path, "position < -1", "position < -1.0")
    third = ids()
    assert len(first | second | third) == 3 * len(first) == 18


def test_reads_and_benches_in_one_study(study):
    text = STUDY + '[[bench]]\nname = "slow"\nuse = "pcsa_read"\n[bench.settings]\nt_sense_s = "90 ns"\n'
    only = load_study(study(text=text))
    assert [coding.name for coding in only.codings] == ["window", "slow_ternary_2t2r"]
    both = load_study(study(("[ber]", '[read]\ncells = ["binary_2t2r", "ternary_2t2r"]\n[ber]'), text=text))
    names = [coding.name for coding in both.codings]
    assert names == ["binary_2t2r", "ternary_2t2r", "window", "slow_ternary_2t2r"]
    assert [bench.t_sense for bench in both.benches] == [50e-9, None, 90e-9]
    assert len({deck.name for deck in both.sweep.decks()}) == 6
    assert len({task.id for task in both.sweep.tasks(ngspice="39")}) == 2 * (2 + 3 + 2)


@pytest.mark.parametrize(
    ("found", "other", "message"),
    [
        ('outcome = "under"', 'outcome = "below"', "the outcome 'below' is none of under, inside, over"),
        ('{"window": window}', '{"windows": window}', "the quantity window, which a summary needs, was not measured"),
        ('{"window": window}', '{"window": math.nan}', "the quantity window is not a number"),
        ('{"window": window}', '{"window": "wide"}', "the quantity window is not a number: 'wide'"),
        ('{"window": window}', '{"window": None}', "the quantity window is not a number: None"),
        (
            '{"window": window}',
            '{"window": window} | ({"high": position} if position > 0 else {})',
            "bench window: the quantity high was measured in some simulations and not in others; each must give the "
            "same ones, high, window, infinite (math.inf) where something did not happen",
        ),
        ("return Record(", "return position or Record(", "bench window: measure gave"),
        ('"under": Event(', '"lower": Event(', "has a signal of lower"),
        ('"under": Event(high=-1.0)', '"under": Event(high=-1.5)', "was judged under, which is from -inf to -1.5"),
        ('(f"xdut.', '(f"xdat.', "xdat"),
    ],
)
def test_a_class_that_says_what_it_did_not_declare_fails(study, rramsim, tmp_path, found, other, message):
    study(('["TT", "SS"]', '["TT"]'))
    broken(tmp_path, found, other)
    done = rramsim("sweep", "study.toml", "--out", tmp_path / "run")
    assert done.code == (2 if message == "xdat" else 1), (done.out, done.err)  # a handle is tried before all else
    assert message in " ".join(done.err.split())


def test_waves_of_any_bench(study, tmp_path):
    """Of a user's by its own name, where the tables have two others for it."""
    study(text='[study]\nname = "delay"\n[[bench]]\nname = "delay"\nuse = "delay.py:Delay"\n')
    asked = {"corner": "tt_27c_1v2", "bench": "delay", "programmed": "slow"}
    for wrong, message in (
        ({"bench": "dely"}, "--bench 'dely' is none of .*delay"),
        ({"programmed": "lrs"}, "--programmed 'lrs' is not what delay takes; allowed: fast, slow"),
        ({"cell": "once"}, "only one of the two"),
    ):
        with pytest.raises(InputError, match=message):
            run_wave(tmp_path / "study.toml", tmp_path / "w", **{**asked, **wrong})
        assert not (tmp_path / "w").exists()
    found = run_wave(tmp_path / "study.toml", tmp_path / "w", **asked, picture=Picture.PNG)
    assert found == [tmp_path / "w" / f"wave_delay_tt_27c_1v2_slow.{ending}" for ending in ("png", "csv")]
    assert found[0].read_bytes().startswith(b"\x89PNG")
    assert pd.read_csv(found[1])["out_v"].iloc[-1] == pytest.approx(1 - math.exp(-0.19), rel=0.05)


def test_a_symbol_leaves_nothing_behind_and_every_coding_is_reported(study, rramsim, tmp_path):
    text = '[study]\nname = "delay"\n[ber]\nmax_trials = 20\n[[bench]]\nname = "delay"\nuse = "delay.py:Delay"\n'
    study(text=text)
    run = tmp_path / "run"
    done = rramsim("run", "study.toml", "--out", run, "--workers", "1")
    assert done.code == 0, done.err
    rates = pd.read_csv(run / "ber.csv").set_index(["cell", "programmed", "read"])["probability"]
    # With the resistor of the fast one, the slow one would be there in time, each time.
    assert rates.to_dict() == {
        ("once", "fast", "away"): 0, ("twice", "fast", "away"): 0, ("twice", "slow", "there"): 0,
    }  # fmt: skip
    waves = pd.read_csv(run / "waveforms.csv")
    assert waves[["cell", "programmed"]].drop_duplicates().to_numpy().tolist() == [["twice", "fast"], ["twice", "slow"]]
    last = waves.groupby("programmed")["out_v"].last()
    assert last["fast"] > 0.99
    assert last["slow"] == pytest.approx(1 - math.exp(-0.19), rel=0.05)
    assert 'id="waveforms_twice"' in (run / "report.html").read_text(encoding="utf-8")


def test_a_fault_of_a_bench_names_its_place(study, rramsim, tmp_path):
    """A worker's traceback is in the run folder and, with --debug, on standard error, until a run has no failure."""
    study()
    code = tmp_path / "comparator.py"
    text = code.read_text()
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith("def measure("))
    end = next(number for number in range(at, len(lines)) if lines[number].rstrip().endswith(":"))
    code.write_text("".join([*lines[: end + 1], "        return None + 1  # a fault\n", *lines[end + 1 :]]))
    run = tmp_path / "run"
    done = rramsim("--debug", "sweep", "study.toml", "--out", run, "--workers", "1")
    assert done.code == 1
    assert f"told in full in {run / 'failures.txt'}; the first is window" in done.err
    assert "its task ended with TypeError" in done.err
    for told in (done.err, (run / "failures.txt").read_text()):
        assert "In the worker:" in told
        assert "return None + 1  # a fault" in told
    code.write_text(text)
    mended = rramsim("sweep", "study.toml", "--out", run, "--workers", "1")
    assert mended.code == 0, mended.err
    assert not (run / "failures.txt").exists()


def test_images_with_other_quantities_are_an_error(study):
    (bench,) = load_study(study()).benches
    mirror = Mirror(
        programmed=(("bottom", "top"), ("top", "bottom")), read=(("under", "over"), ("over", "under")), sources=()
    )
    record = Record(outcome="under", quantities={"window": 0.5})
    assert bench.mirrors(mirror, record, Record(outcome="over", quantities={"window": 0.5}))
    for other in ({"window": 0.5, "high": 1.0}, {}):
        with pytest.raises(SimulationError, match=r"bench window: the quantity (high|window) was measured in some"):
            bench.mirrors(mirror, record, Record(outcome="over", quantities=other))
