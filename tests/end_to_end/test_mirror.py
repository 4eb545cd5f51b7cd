"""What is simulated once: all codings of a circuit, and a read with its mirror image where the two are proved alike."""

import math

import pandas as pd
import pytest

from rramsim.ber.plan import ngspice_version
from rramsim.ber.point_runs import table_points
from rramsim.ber.sweep import sweep
from rramsim.ber.verify import drawn_rows, verify
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs, unheard
from rramsim.spice.workers import local_workers
from rramsim.study import load_study
from rramsim.weights import Weight

pytestmark = pytest.mark.spice

STUDY = """
[study]
name = "mirror"
seed = 11
[devices.hrs]
r_median_ohm = 60e3
[read]
cells = ["binary_2t2r", "ternary_2t2r"]
[ber]
max_trials = 100
"""
TEXTS = {"programmed": str, "read": str, "error_type": str}


@pytest.fixture(scope="module")
def workers():
    with local_workers(2) as executor:
        yield executor


@pytest.fixture
def run(tmp_path, workers):
    """Sweep a study; what was swept, the folder, its tables."""

    def make(text=STUDY, name="run"):
        path = tmp_path / f"{name}.toml"
        path.write_text(text)
        swept, folder = load_study(path).sweep, RunFolder(tmp_path / name)
        folder.prepare()
        sweep(swept, folder, workers)
        tables = {
            table: pd.read_csv(folder.path / f"{table}.csv", dtype=TEXTS)
            for table in ("ber", "reliability", "directions", "levels")
        }
        return swept, folder, tables

    return make


LOPSIDED = """
from dataclasses import fields
from functools import cached_property

from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.benches.pair.deck import ReadDeck


class Loaded(ReadDeck):
    @cached_property
    def text(self):
        return super().text.replace("\\n.ic ", "\\ncload q 0 60f\\n.ic ")


class Lopsided(PcsaRead):
    def deck(self, corner):
        deck = super().deck(corner)
        return Loaded(**{field.name: getattr(deck, field.name) for field in fields(deck)})
"""


@pytest.fixture
def lopsided(tmp_path):
    """A study whose deck loads one output, which no netlist tells."""
    (tmp_path / "lopsided.py").write_text(LOPSIDED)
    bench = STUDY.replace("[read]", '[[bench]]\nname = "loaded"\nuse = "lopsided.py:Lopsided"\n[bench.settings]')
    return bench + "relative_precision = 0.15\nmax_simulations = 2000\n"


def test_both_cells_and_both_signs_are_of_one_task(run):
    _, folder, tables = run()
    ber = tables["ber"]
    assert len(list((folder.path / "tasks").iterdir())) == 2
    assert len(ber) == 6 + 4
    assert (ber["mirrored"] == (ber["programmed"] == "-1")).all()
    signs, zeros = ber[ber["programmed"] != "0"], ber[ber["programmed"] == "0"]
    assert signs["task_id"].nunique() == zeros["task_id"].nunique() == 1
    plain = signs.replace({"0": "?"}).assign(mirror=signs["programmed"] + signs["read"])
    for kind in ("-1", "?"):
        rates = plain[(plain["programmed"] == "+1") & (plain["read"] == kind)]["probability"]
        opposite = {"-1": "+1", "?": "?"}[kind]
        mirrored = plain[(plain["programmed"] == "-1") & (plain["read"] == opposite)]["probability"]
        assert {*rates, *mirrored} == {rates.iloc[0]}
        assert len(rates) == len(mirrored) == 2
    assert zeros["probability"].nunique() == 1


def test_importance_factors_of_a_mirror_image_are_mirrored(run):
    _, _, tables = run()
    table = tables["reliability"][tables["reliability"]["cell"] == "binary_2t2r"].set_index(["programmed", "read"])
    one, other = table.loc["+1", "-1"], table.loc["-1", "+1"]
    pairs = [("r_bl", "r_blb"), ("vth:xsa.xmn1", "vth:xsa.xmn2"), ("vth:xcell.xbl.xmn1", "vth:xcell.xblb.xmn1")]
    for name, image in pairs:
        assert one[f"importance:{name}"] == pytest.approx(other[f"importance:{image}"], rel=1e-9)
        assert one[f"importance:{image}"] == pytest.approx(other[f"importance:{name}"], rel=1e-9)
    assert one["importance:r_bl"] != one["importance:r_blb"]


def test_the_offset_that_hurts_one_sign_favours_the_other(run):
    """Of a mirror image, directions are signed with their sources exchanged, and levels are those of its own states."""
    _, _, tables = run()
    table = tables["directions"][tables["directions"]["cell"] == "binary_2t2r"].set_index(["programmed", "read"])
    one, other = table.loc["+1", "-1"], table.loc["-1", "+1"]
    for name, image in [("r_bl", "r_blb"), ("vth:xsa.xmn1", "vth:xsa.xmn2"), ("vth:xsa.xmp3", "vth:xsa.xmp4")]:
        assert one[f"cosine:{name}"] == pytest.approx(other[f"cosine:{image}"], rel=1e-9)
        assert one[f"cosine:{image}"] == pytest.approx(other[f"cosine:{name}"], rel=1e-9)
    # +1 = (LRS, HRS) is lost by a high resistance that is too low, and a low one that is too high.
    assert one["cosine:r_blb"] < -0.9 < 0 < one["cosine:r_bl"]
    offset = [name for name in table.columns if name.startswith("cosine:vth:xsa.xmn")]
    assert one[offset].astype(float) @ other[offset].astype(float) < 0
    levels = tables["levels"].set_index(["cell", "programmed", "source"])
    shares = [name for name in levels.columns if name.startswith("share_")]
    for name, image in [("r_bl", "r_blb"), ("vth:xsa.xmn1", "vth:xsa.xmn2")]:
        plus, minus = levels.loc[("binary_2t2r", "+1", name)], levels.loc[("binary_2t2r", "-1", image)]
        assert plus[shares].tolist() == minus[shares].tolist()


def test_a_mirror_image_has_the_rate_of_its_own_simulation(run, workers):
    swept, _, tables = run()
    (task,) = (t for t in swept.tasks(ngspice=ngspice_version(workers)) if t.programmed == Weight.PLUS)
    apart = swept.apart(task)
    (result,) = Runs(workers, None).results([apart])
    ber = tables["ber"][tables["ber"]["cell"] == "ternary_2t2r"].set_index(["programmed", "read"])
    for read in (Weight.PLUS, Weight.ZERO):
        own, shared = result.event(read).estimate, ber.loc["-1", read.value]
        width = math.hypot(
            (own.interval()[1] - own.interval()[0]) / 3.92, (shared["ci_high"] - shared["ci_low"]) / 3.92
        )
        assert abs(own.probability - shared["probability"]) < 4 * width


def test_what_only_the_deck_knows_to_be_lopsided_is_simulated_on_both_sides(run, lopsided, workers):
    swept, folder, tables = run(lopsided)
    ber = tables["ber"]
    assert ber[ber["programmed"] != "0"].groupby("programmed")["task_id"].nunique().eq(1).all()
    assert ber["task_id"].nunique() == 3
    assert not ber["mirrored"].any()
    zeros = ber[ber["programmed"] == "0"].set_index("read")
    assert zeros["ci_low"].max() > zeros["ci_high"].min()  # one sign is read more often
    checked = list(verify(swept, folder, workers, drawn_rows(1, folder, 100), progress=unheard))
    assert len(checked) == 10
    assert not any(row.differences for row in checked)
    again = sweep(swept, folder, workers)
    assert again.resumed == again.tasks >= 3


def test_the_code_of_a_class_that_derives_from_the_read_is_part_of_its_results(lopsided, tmp_path):
    def ids(text=LOPSIDED, folder=tmp_path):
        folder.mkdir(exist_ok=True)
        (folder / "lopsided.py").write_text(text)
        (folder / "study.toml").write_text(lopsided)
        return [task.id for task in load_study(folder / "study.toml").sweep.tasks(ngspice="39")]

    assert ids() != ids(
        LOPSIDED + "    def measure(self, corner, waves):\n        return super().measure(corner, waves)\n"
    )
    assert ids() == ids(folder=tmp_path / "elsewhere")


def test_a_correlation_that_is_not_mirrored_ends_the_symmetry(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    assert len(load_study(path).sweep.tasks(ngspice="39")) == 2
    text = '[[devices.correlation]]\nbetween = ["{}", "{}"]\ncoefficient = 0.4\n'
    path.write_text(STUDY + text.format("r_bl", "r_blb"))
    assert len(load_study(path).sweep.tasks(ngspice="39")) == 2
    path.write_text(STUDY + text.format("r_bl", "vth:xsa.xmn1"))
    assert len(load_study(path).sweep.tasks(ngspice="39")) == 3


def test_counted_zeros_are_shared_out_to_both_signs(tmp_path, workers):
    path = tmp_path / "study.toml"
    path.write_text(STUDY + 'estimator = "monte_carlo"\n')
    swept = load_study(path).sweep
    (task,) = (t for t in swept.tasks(ngspice=ngspice_version(workers)) if t.programmed == Weight.ZERO)
    (result,) = Runs(workers, None).results([task])
    ((_, seen),) = table_points(swept, [(task, result)])
    plus, minus = (seen.event(weight).estimate for weight in (Weight.PLUS, Weight.MINUS))
    assert plus == minus
    assert plus.probability == (result.counts[Weight.PLUS] + result.counts[Weight.MINUS]) / 200
    assert plus.simulations == 100
