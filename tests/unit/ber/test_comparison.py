"""What another processor makes of the same task is told from what somebody altered."""

from dataclasses import replace

import numpy as np
import pytest

from rramsim.ber.comparison import file_differences, table_differences
from rramsim.ber.event import EventResult
from rramsim.ber.point_runs import table_points
from rramsim.ber.result import PointResult
from rramsim.ber.tables import sweep_tables
from rramsim.rare.estimate import Estimate
from rramsim.rare.method import Method
from rramsim.rare.reasons import Note, Reason
from rramsim.runs.folder import RunFolder
from rramsim.study import load_run_study

STUDY = '[study]\nname = "s"\nseed = 7\n[corners]\nvdd_v = [1.1]\n'
COLUMNS = ("latching_time_median_s", "latching_time_p95_s", "margin_median_v", "energy_mean_j", "energy_std_j")


def lines(*, rate=2.4e-9, beta=5.8, directions=((0.6, -0.8),), regions=2.0, trials=48):
    values = rate * np.linspace(0.5, 1.5, trials)
    sums = [float((values**power).sum()) for power in (1, 2, 3)]
    estimate = Estimate(trials=trials, sum_p=sums[0], sum_p2=sums[1], sum_p3=sums[2], simulations=210)
    notes = (Note(reason=Reason.FAILURE_REGIONS, value=regions),)
    return EventResult(
        method=Method.LINE_SAMPLING, estimate=estimate, beta=beta, directions=directions, notes=notes
    )  # fmt: skip


def result(task, *, counts=None, summaries=(5e-9, 6e-9, 0.5, 2.5e-13, 1e-14), latched=190, **event):
    dimension = task.spread.dimension
    pair = event.pop("direction", (0.6, -0.8, 0.0))
    direction = (*pair, *[0.0] * (dimension - len(pair)))
    events = {read: lines(directions=(direction,), **event) for read in ("0", "-1")}
    measured = dict(zip(COLUMNS, summaries, strict=True)) | {"latched": latched}
    return PointResult(symmetric=True, counts=counts or {"+1": 200}, failed=0, summaries=measured, events=events)


@pytest.fixture
def found_out(tmp_path):
    """All differences where a folder holds what one set of values gives, and the task gives another."""
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    (folder.path / "study.toml").write_text(STUDY)
    study = load_run_study(folder)
    task = next(task for task in study.sweep.tasks(ngspice="39") if task.programmed == "+1")

    def tables(one):
        return sweep_tables(table_points(study.sweep, [(task, one)]), study.ber.estimation)

    def compare(stored, found):
        one, other = result(task, **stored), result(task, **found)
        folder.save(task, one)
        for table, frame in tables(one).items():
            (folder.path / table.file).write_text(table.text(frame))
        kept = {table: table.texts(folder.path / table.file) for table in tables(one)}
        return [*table_differences(task, other, tables(other), kept), *file_differences(task, other, folder)]

    return compare


def test_what_is_the_same_has_no_difference(found_out):
    assert found_out({}, {}) == []


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ({"rate": 2.4e-9}, {"rate": 2.4e-9 * (1 + 3e-8)}),
        ({"rate": 2.4e-9, "beta": 1e-3}, {"rate": 2.4e-9, "beta": 1e-3 + 1e-9}),
        ({"direction": (0.6, -0.8, 1.5e-8)}, {"direction": (0.6, -0.8, 1.5001e-8)}),  # what is left of a cancellation
        ({"direction": (0.6, -0.8, 0.0)}, {"direction": (0.6, -0.8, -1e-12)}),
        ({"summaries": (5e-9, 6e-9, 0.5, 2.5e-13, 1e-30)}, {"summaries": (5e-9, 6e-9, 0.5, 2.5e-13, 3e-30)}),
        ({"summaries": (5e-9, 6e-9, 0.5, 2.5e-13, 1e-14)}, {"summaries": (5.00000001e-9, 6e-9, 0.5, 2.5e-13, 1e-14)}),
    ],
)  # fmt: skip
def test_rounding_is_told_from_a_difference(found_out, stored, found):
    differences = found_out(stored, found)
    assert differences
    assert all(difference.is_rounding for difference in differences), [str(one) for one in differences]


@pytest.mark.parametrize(
    ("stored", "found", "where"),
    [
        ({"rate": 2.4e-9}, {"rate": 2.4e-9 * (1 + 1e-6)}, {"probability", "ci_high", "events.0.estimate.sum_p3"}),
        ({"rate": 0.3}, {"rate": 0.3 * (1 - 1e-6)}, {"probability", "events.-1.estimate.sum_p"}),
        ({"beta": 5.8}, {"beta": 5.8 + 6e-6}, {"design_point_distance", "events.0.beta"}),
        ({"direction": (0.6, -0.8)}, {"direction": (0.6 + 1e-6, -0.8)}, {"events.0.directions.0.0", "importance:r_bl"}),
        ({"direction": (0.6, -0.8, 0.0)}, {"direction": (0.6, -0.8, 1e-6)}, {"events.0.directions.0.2"}),
        ({"direction": (0.6, -0.8, 0.01)}, {"direction": (0.6, -0.8, 0.01 * (1 + 1e-6))}, {"events.0.directions.0.2"}),
        ({"trials": 48}, {"trials": 49}, {"events.0.estimate.trials"}),
        ({"regions": 2.0}, {"regions": 3.0}, {"notes", "events.0.notes.0.value"}),
        ({"latched": 10**9}, {"latched": 10**9 + 1}, {"latched", "summaries.latched"}),
        ({"counts": {"+1": 10**9}}, {"counts": {"+1": 10**9 + 1}}, {"reads", "counts.+1"}),
        ({"counts": {"+1": 200}}, {"counts": {"+1": 200, "0": 0}}, {"counts"}),
        ({"summaries": (5e-9, 6e-9, 0.5, 2.5e-13, 1e-14)}, {"summaries": (5e-9, 6e-9, 0.5, 2.5e-13, 1.000001e-14)},
         {"energy_std_j", "summaries.energy_std_j"}),
        ({"summaries": (5e-9, 6e-9, None, 2.5e-13, 1e-14)}, {}, {"margin_median_v", "summaries.margin_median_v"}),
    ],
)  # fmt: skip
def test_what_was_altered_is_a_difference(found_out, stored, found, where):
    told = {difference.column for difference in found_out(stored, found) if not difference.is_rounding}
    assert where <= told


def test_another_estimator_is_a_difference_however_near_the_rate(found_out, tmp_path):
    study = load_run_study(RunFolder(tmp_path / "run"))
    task = next(task for task in study.sweep.tasks(ngspice="39") if task.programmed == "+1")
    folder = RunFolder(tmp_path / "run")
    one = result(task)
    folder.save(task, one)
    other = replace(one, events={read: replace(event, method=Method.MULTI_ROOT) for read, event in one.events.items()})
    (first, second) = file_differences(task, other, folder)
    assert (first.column, first.is_rounding) == ("events.-1.method", False)
    assert str(second) == (
        f'tasks/{task.id}.json, events.0.method: stored "line_sampling", found "multi_root_line_sampling"'
    )


def test_a_kept_rate_that_cost_more_than_is_allowed_is_not_taken(found_out, tmp_path):
    folder = RunFolder(tmp_path / "run")
    task = next(task for task in load_run_study(folder).sweep.tasks(ngspice="39") if task.programmed == "+1")
    data = task.to_json(result(task))
    assert task.from_json(data) == result(task)
    data["events"]["0"]["estimate"]["simulations"] = 20_001
    with pytest.raises(ValueError, match="at most 20000 simulations"):
        task.from_json(data)
