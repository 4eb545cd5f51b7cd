"""A damaged file of a finished task is told and runs again; a number in it is right or not there."""

import json
import logging
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.ber.event import EventResult
from rramsim.ber.result import PointResult
from rramsim.errors import OutputError
from rramsim.rare.estimate import Estimate
from rramsim.rare.method import Method
from rramsim.rare.reasons import Note, Reason
from rramsim.runs.folder import RunFolder
from rramsim.study import load_study

FUZZ = settings.get_profile("files")
RESULT = PointResult(
    symmetric=True, counts={"+1": 187, "-1": 1, "0": 12}, failed=0,
    summaries={  # as in the file
        "energy_mean_j": 2.53e-13, "energy_std_j": 1.4e-14, "latched": 188, "latching_time_median_s": 5.5e-9,
        "latching_time_p95_s": 6.25e-9, "margin_median_v": 0.5137,
    },
    events={
        "-1": EventResult(
            method=Method.LINE_SAMPLING,
            estimate=Estimate(trials=48, sum_p=6.1e-6, sum_p2=8.1e-13, sum_p3=1.1e-19, simulations=117),
            beta=5.125, directions=((0.6, -0.8, 0.0),),
            notes=(Note(reason=Reason.FAILURE_REGIONS, value=2.0), Note(reason=Reason.PRECISION_NOT_REACHED)),
        ),
        "0": EventResult(method=Method.LINE_SAMPLING, estimate=Estimate(simulations=31), beta=8.4),
    },
)  # fmt: skip
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-1, 300), st.floats(), st.text(max_size=5),
        st.sampled_from([10**400, 187, 187.0, "187", True, math.nan, -math.inf, 188, 1e-300]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = RunFolder(tmp_path_factory.mktemp("run"))
    folder.prepare()
    return folder


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.toml"
    path.write_text('[study]\nname = "s"\n')
    return load_study(path).sweep.tasks(ngspice="39")


@pytest.fixture(scope="module")
def whole(folder, tasks):
    """Path and content of a task's file."""
    folder.save(tasks[0], RESULT)
    (path,) = (folder.path / "tasks").iterdir()
    return path, path.read_bytes()


@pytest.fixture(scope="module")
def warnings():
    """Warnings of the store, as they come."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("rramsim.runs.folder")
    logger.addHandler(handler)
    yield records
    logger.removeHandler(handler)


def check(folder, task, warnings):
    """The true result, or none and a warning that names the file."""
    warnings.clear()
    loaded = folder.load(task)
    if loaded is None:
        (warning,) = warnings
        assert task.id in warning.getMessage()
        assert "the task runs again" in warning.getMessage()
    else:
        assert repr(loaded) == repr(replace(RESULT, counts=loaded.counts))  # 1 is not 1.0
        assert {weight: repr(count) for weight, count in loaded.counts.items()} == {
            weight: repr(count) for weight, count in RESULT.counts.items()
        }
        assert not warnings
    return loaded


@settings(FUZZ, max_examples=400)
@given(st.data())
def test_damaged_bytes(folder, tasks, whole, warnings, mangled, data):
    path, content = whole
    path.write_bytes(data.draw(mangled(content)))
    check(folder, tasks[0], warnings)


def objects(value):
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)


@settings(FUZZ, max_examples=250)
@given(st.data())
def test_other_keys_and_values(folder, tasks, whole, warnings, data):
    path, content = whole
    record = json.loads(content)
    for _ in range(data.draw(st.integers(1, 3))):
        target = data.draw(st.sampled_from(list(objects(record))))
        key = data.draw(st.sampled_from(sorted(target)) if target else st.text(max_size=5))
        kind = data.draw(st.sampled_from(["value", "value", "remove", "rename", "add"]))
        if kind == "value":
            target[key] = data.draw(JSON)
        elif kind == "add":
            target[data.draw(st.text(max_size=5))] = data.draw(JSON)
        elif key in target:
            value = target.pop(key)
            if kind == "rename":
                target[data.draw(st.sampled_from(sorted(json.loads(content)["result"])))] = value
    path.write_text(json.dumps(record))
    loaded = check(folder, tasks[0], warnings)
    assert (loaded is None) == (json.dumps(record, sort_keys=True) != json.dumps(json.loads(content), sort_keys=True))


@settings(FUZZ, max_examples=100)
@given(st.sampled_from(["counts", "failed", "latched", "energy_mean_j", "margin_median_v"]), JSON)
def test_a_key_that_is_there_twice(folder, tasks, whole, warnings, key, value):
    path, content = whole
    at = content.index(b'"' + key.encode() + b'"')
    path.write_bytes(content[:at] + json.dumps({key: value})[1:-1].encode() + b"," + content[at:])
    check(folder, tasks[0], warnings)


def test_what_is_no_file_of_this_task(folder, tasks, whole, warnings):
    path, content = whole
    folder.save(tasks[1], replace(RESULT, failed=3))
    other = folder.path / "tasks" / f"{tasks[1].id}.json"
    theirs, ours = json.loads(other.read_bytes()), json.loads(content)
    for wrong in (theirs, theirs | {"id": ours["id"]}, ours | {"result": theirs["result"]}, {}, []):
        path.write_text(json.dumps(wrong))
        assert check(folder, tasks[0], warnings) is None
    path.write_bytes(b"")
    assert check(folder, tasks[0], warnings) is None
    path.unlink()
    path.symlink_to(path)
    assert check(folder, tasks[0], warnings) is None
    path.unlink()
    path.mkdir()
    with pytest.raises(OutputError, match="is a folder"):  # before it is run for nothing
        folder.load(tasks[0])
    path.rmdir()
    path.write_bytes(content)
    assert check(folder, tasks[0], warnings) == RESULT


def test_a_result_with_the_names_of_an_earlier_version_runs_again(folder, tasks, warnings):
    """The store's own checksum fits: what the result holds is what it cannot read."""

    class Earlier(PointResult):
        def to_json(self):
            plain = super().to_json()
            estimate = plain["events"]["-1"]["estimate"]
            for name in ("", "_low", "_high"):
                estimate[f"unresolved{name}"] = estimate.pop(f"unknown{name}")
            return plain

    folder.save(tasks[1], Earlier(**{name: getattr(RESULT, name) for name in RESULT.__slots__}))
    assert check(folder, tasks[1], warnings) is None
