"""Finished tasks on disk: whole or not there, and a damaged one runs again."""

import json
import logging
from dataclasses import replace

import pytest

from rramsim.ber import task as task_module
from rramsim.ber.result import PointResult
from rramsim.errors import OutputError
from rramsim.files import content_id
from rramsim.runs.folder import RunFolder
from rramsim.study import load_study
from rramsim.weights import Weight

RESULT = PointResult(
    symmetric=True, counts={Weight.PLUS: 190, Weight.ZERO: 10}, failed=0,
    summaries={
        "latched": 190, "latching_time_median_s": 5e-9, "latching_time_p95_s": 6e-9, "margin_median_v": 0.5,
        "energy_mean_j": 2.5e-13, "energy_std_j": 1e-14,
    },
)  # fmt: skip


@pytest.fixture
def tasks(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        '[study]\nname = "s"\n[corners]\nvdd_v = [1.1, 1.2]\n[read]\ncells = ["ternary_2t2r", "binary_2t2r"]'
    )
    return load_study(path).sweep.tasks(ngspice="39")


@pytest.fixture
def folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    return folder


def test_a_task_id_depends_on_everything_that_can_change_the_result(tmp_path, tasks):
    ids = {task.id for task in tasks}
    assert len(ids) == len(tasks) == 4  # two cells of one circuit, two corners, +1 and its mirror image, 0
    base = '[study]\nname = "s"\n'
    changes = [
        '[study]\nname = "s"\nseed = 1\n',
        base + "[corners]\ntemperature_c = [28]",
        base + '[corners]\nprocess = ["FF"]',
        base + '[devices]\npreset = "synaptogen"',
        base + "[devices.hrs]\nsigma_ln_c2c = 0.5",
        base + "[read]\nmismatch = false",
        base + "[read]\nt_sense_s = 40e-9",
        base + "[read]\nmax_step_s = 1e-9",
        base + "[read.geometry.pcsa]\nc_q = 9e-14",
        base + "[ber]\nmax_trials = 300",
        base + "[ber]\nmax_errors = 3",
    ]
    path = tmp_path / "changed.toml"
    for text in changes:
        path.write_text(text)
        ids |= {task.id for task in load_study(path).sweep.tasks(ngspice="39")}
    path.write_text(base)
    ids |= {task.id for task in load_study(path).sweep.tasks(ngspice="40")}
    assert len(ids) == 4 + 2 * (len(changes) + 1)


@pytest.mark.parametrize("fallbacks", [{}, {"gear": ("method=gear",)}])
def test_a_task_id_depends_on_the_fallback_options(tasks, monkeypatch, fallbacks):
    before = {task.id for task in tasks}
    monkeypatch.setattr(task_module, "FALLBACKS", fallbacks)
    assert before.isdisjoint(replace(task).id for task in tasks)


def test_a_name_or_a_folder_is_no_part_of_an_id(tmp_path, tasks):
    path = tmp_path / "elsewhere.toml"
    path.write_text('[study]\nname = "other"\ntitle = "x"\n[corners]\nvdd_v = [1.2, 1.1]\n')
    ids = {task.id for task in load_study(path).sweep.tasks(ngspice="39")}
    assert ids == {task.id for task in tasks if task.bench.name == "ternary_2t2r"}


def test_what_is_saved_is_loaded(folder, tasks):
    folder.save(tasks[0], RESULT)
    assert folder.load(tasks[0]) == RESULT
    assert folder.load(tasks[1]) is None


def signed(record):
    """A record with the checksum that belongs to it: what is wrong in it is not damage."""
    record = {key: value for key, value in record.items() if key != "sha256"}
    return json.dumps(record | {"sha256": content_id(record)})


def corrupted(text):
    data = json.loads(text)
    result = data["result"]
    yield "other digit", text.replace('"+1":190', '"+1":198')
    yield "other number", json.dumps(data | {"result": result | {"failed": 1}})
    yield "no checksum", json.dumps({key: value for key, value in data.items() if key != "sha256"})
    yield "other checksum", json.dumps(data | {"sha256": "0" * 64})
    yield "not a number", text.replace("0.5", "NaN")
    yield "nested", "[" * 100_000
    yield "empty", ""
    yield "cut", text[: len(text) // 2]
    yield "not JSON", "x" + text
    yield "other type", "[1, 2]"
    yield "other task", signed(data | {"id": "0" * 64})
    yield "no result", signed({"id": data["id"]})
    yield "unknown weight", signed(data | {"result": result | {"counts": {"7": 1}}})
    yield "negative count", signed(data | {"result": result | {"counts": {"+1": -1}}})
    yield "no counts", signed(data | {"result": result | {"counts": {}}})
    yield "missing key", signed(data | {"result": {k: v for k, v in result.items() if k != "failed"}})
    yield "unknown key", signed(data | {"result": result | {"extra": 1}})


def test_a_damaged_task_file_is_told_and_runs_again(folder, tasks, caplog):
    folder.save(tasks[0], RESULT)
    (path,) = (folder.path / "tasks").iterdir()
    whole = path.read_text()
    for name, text in corrupted(whole):
        path.write_text(text)
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert folder.load(tasks[0]) is None, name
        assert "the task runs again" in caplog.text, name
    path.write_bytes(b"\xff\xfe\x00")
    assert folder.load(tasks[0]) is None
    path.write_text(whole)
    assert folder.load(tasks[0]) == RESULT


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(OutputError, match="cannot make the output folder"):
        RunFolder(tmp_path / "run").prepare()


def test_opening_a_folder_removes_what_killed_runs_left(folder):
    for place in (".", "tasks", "decks"):
        (folder.path / place / ".ber.csv-0123abcd.rramsim-tmp").write_text("cut")
    folder.prepare()
    assert sorted(path.name for path in folder.path.rglob("*")) == ["decks", "tasks"]


def test_decks_are_kept_under_readable_names(folder, tasks):
    deck = tasks[0].deck
    folder.save_deck(deck.name, deck.text)
    assert (folder.path / "decks" / "ternary_2t2r_tt_27c_1v1.cir").read_text() == deck.text


@pytest.mark.parametrize("name", ["tasks", "decks", "networks", "figures"])
def test_a_folder_that_is_a_link_or_a_file_is_refused(name, tmp_path):
    run = RunFolder(tmp_path / "run")
    (tmp_path / "outside" / name).mkdir(parents=True)
    run.make()
    run.check()
    (run.path / name).symlink_to(tmp_path / "outside" / name)
    with pytest.raises(OutputError, match=f"{name} is a link"):
        run.check()
    (run.path / name).unlink()
    (run.path / name).write_text("mine")
    with pytest.raises(OutputError, match=f"{name} is no folder"):
        run.check()
    (tmp_path / "link").symlink_to(tmp_path / "outside")  # the run folder itself may be one
    RunFolder(tmp_path / "link").check()


@pytest.mark.parametrize("name", ["ber.csv", "report.html", "decks/a.cir", "figures/a.svg", "networks/n.safetensors"])
def test_a_folder_in_the_place_of_a_file_is_refused(name, tmp_path):
    (tmp_path / "run" / name).mkdir(parents=True)
    (tmp_path / "run" / "notes").mkdir()
    with pytest.raises(OutputError, match="is a folder, where a file may have to be written"):
        RunFolder(tmp_path / "run").check()
