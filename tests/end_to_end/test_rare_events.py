"""A study with the default estimator: rates far below one in the number of reads, and what must not change them."""

import math
import shutil

import pytest

from rramsim.ber import plan
from rramsim.ber.plan import ngspice_version
from rramsim.ber.sweep import sweep
from rramsim.ber.verify import drawn_rows, verify
from rramsim.report.html import write_report
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import unheard
from rramsim.spice.workers import local_workers
from rramsim.study import load_study
from rramsim.tables.ber import BER
from rramsim.tables.points import read_points
from rramsim.tables.reliability import IMPORTANCE, RELIABILITY, importance_columns

pytestmark = pytest.mark.spice

STUDY = """
[study]
name = "rare"
seed = 11
[devices]
preset = "hfo2_130nm_strong"
[corners]
process = ["TT", "FF"]
vdd_v = [1.2]
temperature_c = [27]
[ber]
max_trials = 50
floor = 1e-8
"""
TABLES = ("ber.csv", "reads.csv", "reliability.csv", "directions.csv", "levels.csv")


def edited(table, row, column, change):
    """Change one value of a table; what verify is to say of it."""
    lines = table.read_text().splitlines()
    values = lines[row - 1].split(",")
    index = lines[0].split(",").index(column)
    before, values[index] = values[index], change(values[index])
    lines[row - 1] = ",".join(values)
    table.write_text("\n".join(lines) + "\n")
    return f"{table.name}, row {row}, {column}: stored {values[index]}, found {before}"


@pytest.fixture(scope="module")
def workers():
    with local_workers(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.toml"
    path.write_text(STUDY)
    return load_study(path)


def run(study, path, workers):
    folder = RunFolder(path)
    folder.prepare()
    sweep(study.sweep, folder, workers)
    return path


@pytest.fixture(scope="module")
def done(study, tmp_path_factory, workers):
    """Run folder of the study, made once."""
    return run(study, tmp_path_factory.mktemp("done") / "run", workers)


def test_every_rate_has_a_narrow_interval_or_lies_below_the_floor(done):
    ber = read_points(BER, done / "ber.csv")
    assert len(ber) == 2 * 6
    found = ber[ber["probability"] > 0]
    assert ((found["ci_high"] - found["ci_low"]) / 2 <= 0.1 * found["probability"]).all()
    assert (found["simulations"] < 2000).all()
    assert (ber.loc[ber["probability"] == 0, "ci_high"] == 1e-8).all()
    sign = found[found["error_type"] == "1"]
    assert len(sign) == 4
    assert sign["probability"].between(1e-8, 1e-6).all()
    assert set(sign["estimator"]) == {"line_sampling"}
    # A mirrored circuit has mirrored rates.
    for _, corner in sign.groupby("process"):
        low, high = corner["ci_low"].max(), corner["ci_high"].min()
        assert low < high * 1.05


def test_the_reliability_table_tells_causes_and_distance(done):
    table = read_points(RELIABILITY, done / "reliability.csv")
    factors = table[importance_columns(table)]
    known = ~table["below_floor"]
    assert factors[known].sum(axis=1).tolist() == pytest.approx([1.0] * int(known.sum()), rel=1e-9)
    assert (table.loc[~known, "reliability_index"] > 5.6).all()
    assert not known.all()
    lost = table[(table["programmed"] == "+1") & (table["read"] == "-1")]
    # The high resistance varies most: it must fall to the low one.
    assert (lost[IMPORTANCE + "r_blb"] > 0.8).all()
    assert (lost[IMPORTANCE + "vth:xsa.xmn1"] < 0.1).all()
    assert lost["reliability_index"].between(4, 6).all()


def test_what_a_corner_learnt_from_another_is_part_of_its_identity(study, workers):
    tasks = study.sweep.tasks(ngspice=ngspice_version(workers))
    guides = {task.guide.id for task in tasks if task.guide is not None}
    assert guides == {task.id for task in tasks if task.guide is None}
    assert all(task.guide.programmed is task.programmed for task in tasks if task.guide is not None)
    ids = [name.id for task in tasks for name in (task, task.refined)]
    ids += [task.alone.id for task in tasks if task.guide is not None]
    assert len(set(ids)) == len(ids)


def test_a_resumed_sweep_gives_the_same_bytes(study, done, tmp_path, workers):
    shutil.copytree(done, tmp_path / "run")
    for path in sorted((tmp_path / "run" / "tasks").iterdir())[::2]:
        path.unlink()
    run(study, tmp_path / "run", workers)
    for name in TABLES:
        assert (tmp_path / "run" / name).read_bytes() == (done / name).read_bytes()


@pytest.fixture
def impatient(monkeypatch):
    """Every event waits after its first lines, with what they tell."""
    monkeypatch.setattr(plan, "FIRST_BUDGET", 1)


def test_points_that_pause_are_refined(study, done, tmp_path, workers, impatient):
    narrow = study.model_copy(update={"ber": study.ber.model_copy(update={"relative_precision": 0.06})})
    path = run(narrow, tmp_path / "run", workers)
    ber, before = read_points(BER, path / "ber.csv"), read_points(BER, done / "ber.csv")
    found = ber["probability"] > 0
    assert ((ber["ci_high"] - ber["ci_low"])[found] / 2 <= 0.06 * ber["probability"][found]).all()
    tasks = narrow.sweep.tasks(ngspice=ngspice_version(workers))
    assert set(ber["task_id"]) <= {name for task in tasks for name in (task.id, task.refined.id)}
    assert set(ber["task_id"]) & {task.refined.id for task in tasks}
    # What paused is estimated anew and charged for both searches; the reads and the other rates stay.
    for first, more in ((task, task.refined) for task in tasks if task.refined.id in set(ber["task_id"])):
        early, late = RunFolder(path).load(first), RunFolder(path).load(more)
        assert (late.counts, late.summaries) == (early.counts, early.summaries)
        assert first.paused(early)
        for read, event in late.events.items():
            if read in first.paused(early):
                assert early.events[read].estimate.simulations < event.estimate.simulations
                assert event.estimate.sum_p != early.events[read].estimate.sum_p
            else:
                assert event == early.events[read]
    # Two independent estimates of the same rates.
    for old, new in zip(before.itertuples(), ber.itertuples(), strict=True):
        if old.probability and new.probability:
            spread = math.hypot(old.ci_high - old.ci_low, new.ci_high - new.ci_low) / 3.92
            assert abs(old.probability - new.probability) < 4.5 * spread
    # Guided, and then refined: every task that led to a row is run again.
    checked = list(
        verify(
            narrow.sweep,
            RunFolder(path),
            workers,
            drawn_rows(narrow.study.seed, RunFolder(path), 100),
            progress=unheard,
        )
    )
    assert len(checked) == len(ber)
    assert not [difference for row in checked for difference in row.differences]
    table = path / "reliability.csv"
    table.write_text(table.read_text().replace(",False,", ",True,", 1))
    cosine = edited(path / "directions.csv", 5, "cosine:r_bl", lambda text: str(-float(text)))
    share = edited(path / "levels.csv", 3, "share_column", lambda _: "0.125")
    checked = verify(
        narrow.sweep, RunFolder(path), workers, drawn_rows(narrow.study.seed, RunFolder(path), 100), progress=unheard
    )
    found = {str(difference) for row in checked for difference in row.differences}
    assert {told for told in found if told.startswith("directions.csv")} == {cosine}
    assert {told for told in found if told.startswith("levels.csv")} == {share}
    (difference,) = found - {cosine, share}
    assert difference.startswith("reliability.csv, row ")
    assert difference.endswith(", below_floor: stored True, found False")


def test_the_report_shows_causes_and_the_floor(done):
    page = write_report(done).read_text()
    assert "What causes the errors" in page
    assert 'id="importance_ternary_2t2r_type1"' in page
    assert "&lt; 1.0e-8 (reliability index " in page
