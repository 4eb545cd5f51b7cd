"""Rows of a run folder against tasks that are simulated again, here by an executor that only pretends to."""

import json
import shutil
from concurrent.futures import Executor, Future
from dataclasses import replace

import pytest

from rramsim.ber.distribution import Distribution
from rramsim.ber.machine import probe
from rramsim.ber.point_runs import table_points
from rramsim.ber.result import PointResult
from rramsim.ber.tables import sweep_tables
from rramsim.ber.verify import drawn_rows, verify
from rramsim.errors import MissingResourceError, StudyError, TableError
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import unheard
from rramsim.study import load_run_study
from rramsim.weights import Weight

STUDY = '[study]\nname = "s"\nseed = 7\n[corners]\nvdd_v = [1.1, 1.2]\n[ber]\nestimator = "monte_carlo"\n'
RESULT = PointResult(
    symmetric=True, counts={Weight.PLUS: 190, Weight.ZERO: 10}, failed=0,
    summaries={
        "latched": 190, "latching_time_median_s": 5e-9, "latching_time_p95_s": 6e-9, "margin_median_v": 0.5,
        "energy_mean_j": 2.5e-13, "energy_std_j": 1e-14,
    },
    distributions={"energy_j": Distribution.of([float(value) for value in range(100)])},
)  # fmt: skip


def result_of(task):
    return RESULT if task.programmed == Weight.PLUS else replace(RESULT, twins={"+1": "-1", "-1": "+1"})


class Pretending(Executor):
    """Has every task's result at once."""

    def __init__(self, ngspice="39"):
        self.ngspice = ngspice
        self.ran = []

    def submit(self, function, /, *arguments):
        future = Future()
        if function is probe:
            future.set_result({"ngspice": self.ngspice})
        else:
            self.ran.append(arguments[0].id)
            future.set_result(result_of(arguments[0]))
        return future


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    (folder.path / "study.toml").write_text(STUDY)
    study = load_run_study(folder)
    finished = [(task, result_of(task)) for task in study.sweep.tasks(ngspice="39")]
    for task, result in finished:
        folder.save(task, result)
    done = table_points(study.sweep, finished)
    for table, frame in sweep_tables(done, study.ber.estimation).items():
        (folder.path / table.file).write_text(table.text(frame))
    return folder


def check(folder, *, rows=100, executor=None):
    study = load_run_study(folder)
    drawn = drawn_rows(study.study.seed, folder, rows)
    return list(verify(study.sweep, folder, executor or Pretending(), drawn, progress=unheard))


def differences(folder):
    return {str(difference) for row in check(folder) for difference in row.differences}


def edit(path, row, column, value):
    lines = path.read_text().splitlines()
    texts = lines[row - 1].split(",")
    texts[lines[0].split(",").index(column)] = value
    path.write_text("\n".join([*lines[: row - 1], ",".join(texts), *lines[row:]]) + "\n")


def test_a_folder_that_agrees_is_told_row_by_row_and_stays_as_it_was(folder):
    before = {path: path.stat().st_ctime_ns for path in folder.path.rglob("*")}
    executor = Pretending()
    checked = check(folder, executor=executor)
    assert [row.number for row in checked] == list(range(2, 14))
    assert len(executor.ran) == len(set(executor.ran)) == 4  # two of a zero, four of +1 and its mirror image
    assert all(str(row).endswith(": ok") for row in checked)
    assert str(checked[0]).startswith("row 2 (ternary_2t2r, tt_27c_1v1, +1 read as 0), task ")
    assert {path: path.stat().st_ctime_ns for path in folder.path.rglob("*")} == before


def test_the_seed_draws_the_rows(folder):
    study = load_run_study(folder)
    drawn = drawn_rows(study.study.seed, folder, 4)
    assert drawn == drawn_rows(study.study.seed, folder, 4)
    assert len(drawn) == 4
    assert list(drawn) == sorted(drawn)
    (folder.path / "study.toml").write_text(STUDY.replace("seed = 7", "seed = 8"))
    assert list(drawn_rows(load_run_study(folder).study.seed, folder, 4)) != list(drawn)
    assert len(drawn_rows(study.study.seed, folder, 1000)) == 12


@pytest.mark.parametrize(
    ("name", "column", "value", "stored"),
    [
        ("ber.csv", "probability", "0.06", "0.05"),
        ("ber.csv", "vdd_v", "1.10", "1.1"),
        ("ber.csv", "error_type", "1", "2"),
        ("ber.csv", "simulations", "201", "200"),
        ("reads.csv", "energy_std_j", "1.1e-14", "1e-14"),
        ("reads.csv", "latching_time_p95_s", "", "6e-09"),
        ("distributions.csv", "ci_high", "12.0", "10.0"),
    ],
)
def test_every_column_is_compared(folder, name, column, value, stored):
    edit(folder.path / name, 2, column, value)
    assert differences(folder) == {f"{name}, row 2, {column}: stored {value}, found {stored}"}
    assert str(check(folder)[0]).endswith(": differs")
    assert str(check(folder)[1]).endswith(": differs")  # the other row of that task
    assert str(check(folder)[2]).endswith(": ok")


def test_a_folder_of_before_distributions_were_kept_agrees(folder):
    (folder.path / "distributions.csv").unlink()
    for task in load_run_study(folder).sweep.tasks(ngspice="39"):
        folder.save(task, replace(result_of(task), distributions={}))
        assert "distributions" not in folder.task_path(task).read_text()
    assert differences(folder) == set()


def test_rows_that_are_missing_or_too_many_are_told(folder):
    path = folder.path / "ber.csv"
    lines = path.read_text().splitlines(keepends=True)
    key = lines[1].split(",")[-2][:12]
    path.write_text("".join(lines[:2] + lines[3:]))
    assert differences(folder) == {f"ber.csv, row of task {key}, ternary_2t2r +1 read as -1: stored nothing, found one"}
    path.write_text("".join([*lines, lines[1]]))
    assert differences(folder) == {"ber.csv, row 14, row: stored one, found nothing"}
    path.write_text("".join(lines))
    reads = folder.path / "reads.csv"
    reads.write_text("".join(reads.read_text().splitlines(keepends=True)[:1]))
    assert len(differences(folder)) == 6


def test_the_order_of_rows_and_further_columns_do_not_matter(folder):
    path = folder.path / "ber.csv"
    header, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{header},note", *(f"{row},mine" for row in reversed(rows))]) + "\n\n")
    assert differences(folder) == set()


def test_the_task_file_is_compared_too_but_may_be_missing(folder):
    task = load_run_study(folder).sweep.tasks(ngspice="39")[0]
    path = folder.task_path(task)
    name = f"tasks/{task.id}.json"
    folder.save(task, replace(RESULT, counts={Weight.PLUS: 191, Weight.ZERO: 9}))
    assert differences(folder) == {f"{name}, counts.+1: stored 191, found 190", f"{name}, counts.0: stored 9, found 10"}
    path.write_text(path.read_text().replace("191", "190"))
    assert differences(folder) == {f"{name}, file: stored damaged (its checksum is wrong), found a result"}
    shutil.rmtree(path.parent)
    assert differences(folder) == set()


def test_a_row_of_no_task_names_the_likely_cause(folder):
    text = (folder.path / "ber.csv").read_text()
    other = Pretending(ngspice="40")
    for recorded, cause in (
        (None, "it was run with another ngspice than 40; study.toml, the model files"),
        ("39", "it was run with ngspice 39, and this is 40$"),
        ("40", r"; likely study\.toml, the model files or rramsim itself have changed since, or the row was edited$"),
    ):
        if recorded:
            (folder.path / "provenance.json").write_text(json.dumps({"ngspice": recorded}))
        with pytest.raises(
            TableError, match=rf"ber\.csv, row 2: .*study\.toml yields no task '[0-9a-f]{{64}}'.*{cause}"
        ):
            check(folder, executor=other)
    assert other.ran == []  # found out before any work
    edit(folder.path / "ber.csv", 3, "task_id", "0123")
    with pytest.raises(TableError, match=r"row 3: .* yields no task '0123'"):
        check(folder)
    (folder.path / "ber.csv").write_text(text)
    (folder.path / "study.toml").write_text(STUDY + "max_trials = 300\n")
    with pytest.raises(TableError, match=r"row 2: .* yields no task"):
        check(folder)


def test_a_folder_that_is_none_or_mangled_is_refused(folder, tmp_path):
    with pytest.raises(MissingResourceError, match=r"nowhere is no run folder: it does not exist"):
        load_run_study(RunFolder(tmp_path / "nowhere"))
    with pytest.raises(MissingResourceError, match=r"is no run folder: it holds no study\.toml"):
        load_run_study(RunFolder(tmp_path))
    text = (folder.path / "ber.csv").read_text()
    for mangled, message in (
        (text.splitlines()[0], "has no rows"),
        (text.replace("probability", "p"), "is not a BER table: column probability missing"),
        (text.replace(",TT,", ",", 1), "row 2: has 15 values, needs 16"),
        ("\0", "is not a BER table"),
    ):
        (folder.path / "ber.csv").write_text(mangled)
        with pytest.raises(TableError, match=message):
            check(folder)
    (folder.path / "ber.csv").write_text(text)
    (folder.path / "reads.csv").write_text("cell\n")
    with pytest.raises(TableError, match=r"reads\.csv is not a table of reads: column process"):
        check(folder)
    (folder.path / "reads.csv").unlink()
    with pytest.raises(MissingResourceError, match="no table of reads"):
        check(folder)
    (folder.path / "study.toml").write_text("[[[")
    with pytest.raises(StudyError, match="is not TOML"):
        load_run_study(folder)
