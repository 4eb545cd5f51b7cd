"""A stamp holds for the content that it was made of, and for no other."""

import json

import pytest

from rramsim.files import write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.runs.stamps import file_hash, read_stamps, stamp_study, write_stamped
from rramsim.study import build_study
from rramsim.study.run_folder import injected_content, keep_study, swept_content
from rramsim.validation import read_toml


def test_a_file_that_was_changed_or_never_stamped_has_no_origin(tmp_path):
    (tmp_path / "b.csv").write_text("1")
    write_stamped(tmp_path, {"a.csv": "1"}, {"sweep": "x"})
    stamp_study(tmp_path, {"sweep": "y"})
    stamps = read_stamps(tmp_path)
    assert stamps.study == {"sweep": "y"}
    assert stamps.origin(tmp_path / "a.csv") == {"sweep": "x"}
    assert stamps.origin(tmp_path / "b.csv") is None
    assert stamps.origin(tmp_path / "none.csv") is None
    (tmp_path / "a.csv").write_text("2")
    assert read_stamps(tmp_path).origin(tmp_path / "a.csv") is None
    write_stamped(tmp_path, {"a.csv": "2", "b.csv": b"1"}, {"sweep": "z"})
    assert {read_stamps(tmp_path).origin(tmp_path / name)["sweep"] for name in ("a.csv", "b.csv")} == {"z"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "stamps.json"]


@pytest.mark.parametrize("name", ["a.csv", "figures/a.svg"])
def test_what_a_user_put_in_the_place_of_a_file_gets_another_name(name, tmp_path, caplog):
    (tmp_path / "figures").mkdir()
    for number, own in enumerate(("mine", "edited", "edited again")):
        write_stamped(tmp_path, {name: "old"}, {})
        (tmp_path / name).write_text(own)
        write_stamped(tmp_path, {name: "new"}, {})
        kept = tmp_path / f"{name}.own{number + 1}"
        assert (kept.read_text(), (tmp_path / name).read_text()) == (own, "new")
        assert f"a file of your own is now called {kept}" in caplog.text
    write_stamped(tmp_path, {name: "newer"}, {})
    assert len(caplog.records) == 3


def test_wherever_a_writer_is_killed_its_files_are_told_from_a_user_s(tmp_path, monkeypatch):
    """Before each single write: what is there then, old or new, is never set aside."""
    files, newer = (dict.fromkeys(("a.csv", "b.csv"), text) for text in ("old", "new"))
    for writes in range(4):  # the stamps, two files, the stamps
        write_stamped(tmp_path, files, {"sweep": "x"})
        left = iter(range(writes))

        def killed(path, content, left=left):
            if next(left, None) is None:
                raise InterruptedError
            write_atomic(path, content)

        with monkeypatch.context() as patch:
            patch.setattr("rramsim.runs.stamps.write_atomic", killed)
            with pytest.raises(InterruptedError):
                write_stamped(tmp_path, newer, {"sweep": "y"})
        origins = [read_stamps(tmp_path).origin(tmp_path / name) for name in files]
        assert origins == [{"sweep": "y" if (tmp_path / name).read_text() == "new" else "x"} for name in files]
    write_stamped(tmp_path, newer, {"sweep": "y"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "stamps.json"]
    assert "before" not in (tmp_path / "stamps.json").read_text()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"study": {}, "tables": {"a.csv": 1}}', "[" * 100_000, "\x00"])
def test_damaged_stamps_are_none(text, tmp_path):
    write_stamped(tmp_path, {"a.csv": "1"}, {})
    (tmp_path / "stamps.json").write_text(text)
    assert read_stamps(tmp_path).origin(tmp_path / "a.csv") is None
    write_stamped(tmp_path, {"a.csv": "1"}, {"sweep": "x"})
    assert json.loads((tmp_path / "stamps.json").read_text())["tables"]["a.csv"]["sha256"] == file_hash(
        tmp_path / "a.csv"
    )


def test_a_study_is_the_same_in_any_folder_and_layout_and_another_after_a_change(tmp_path):
    study = build_study(name="s", folder=tmp_path)
    changed = [
        build_study(name="s", seed=1), build_study(name="s", corners={"vdd_v": [1.1]}),
        build_study(name="s", ber={"max_trials": 7}), build_study(name="s", devices={"lrs": {"sigma_ln_d2d": 0.3}}),
    ]  # fmt: skip
    assert build_study(name="other", title="t", folder="/").identity == study.identity
    assert len({one.identity["sweep"] for one in (study, *changed)}) == 5
    networks = [
        [],
        [{"name": "n"}],
        [{"name": "n", "cells": ["ternary_2t2r"]}],
        [{"name": "n", "settings": {"hidden": [3]}}],
    ]
    told = [build_study(name="s", network=sections).identity for sections in networks]
    assert len({one["injection"] for one in told}) == 4
    assert {one["sweep"] for one in told} == {study.identity["sweep"]}


def test_the_ngspice_of_a_sweep_is_known_until_another_study_comes(tmp_path):
    folder = RunFolder(tmp_path)
    study = build_study(name="s")
    keep_study(study, folder, ngspice="39")
    keep_study(study, folder)
    kept = read_toml(tmp_path / "study.toml")
    assert read_stamps(tmp_path).study == study.identity | {
        "ngspice": "39", "content": swept_content(kept), "injected": injected_content(kept),
    }  # fmt: skip
    keep_study(build_study(name="s", seed=1), folder)
    assert "ngspice" not in read_stamps(tmp_path).study
    write_atomic(tmp_path / "study.toml", "# a remark\n" + (tmp_path / "study.toml").read_text())
    assert read_stamps(tmp_path).study["content"] == swept_content(read_toml(tmp_path / "study.toml"))


@pytest.mark.parametrize("section", ["network", "injection"])
def test_what_is_said_of_networks_is_told_from_what_is_swept(section):
    data = {
        "study": {"name": "s"},
        "corners": {"vdd_v": [1.2]},
        "network": [{"name": "n"}],
        "injection": {"repeats": 3},
    }
    less = {key: value for key, value in data.items() if key != section}
    assert swept_content(less) == swept_content(data)
    assert injected_content(less) != injected_content(data)
    assert injected_content(data | {"corners": {}}) == injected_content(data)
