"""A stamp holds for the content that it was made of, and for no other."""

import json

import pytest

from rramsim.files import write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.runs.stamps import file_hash, read_stamps, stamp_study, stamp_tables
from rramsim.study import build_study
from rramsim.study.run_folder import keep_study, swept_content
from rramsim.validation import read_toml


def test_a_table_that_was_changed_or_never_stamped_has_no_origin(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("1")
    stamp_tables(tmp_path, ["a.csv"], {"sweep": "x"})
    stamp_study(tmp_path, {"sweep": "y"})
    stamps = read_stamps(tmp_path)
    assert stamps.study == {"sweep": "y"}
    assert stamps.origin(tmp_path / "a.csv") == {"sweep": "x"}
    assert stamps.origin(tmp_path / "b.csv") is None
    assert stamps.origin(tmp_path / "none.csv") is None
    (tmp_path / "a.csv").write_text("2")  # as by a run that was killed before it stamped
    assert read_stamps(tmp_path).origin(tmp_path / "a.csv") is None
    stamp_tables(tmp_path, ["a.csv", "b.csv"], {"sweep": "z"})
    assert {read_stamps(tmp_path).origin(tmp_path / name)["sweep"] for name in ("a.csv", "b.csv")} == {"z"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"study": {}, "tables": {"a.csv": 1}}', "[" * 100_000, "\x00"])
def test_damaged_stamps_are_none(text, tmp_path):
    (tmp_path / "a.csv").write_text("1")
    stamp_tables(tmp_path, ["a.csv"], {})
    (tmp_path / "stamps.json").write_text(text)
    assert read_stamps(tmp_path).origin(tmp_path / "a.csv") is None
    stamp_tables(tmp_path, ["a.csv"], {"sweep": "x"})
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
    assert read_stamps(tmp_path).study == study.identity | {
        "ngspice": "39", "content": swept_content(read_toml(tmp_path / "study.toml")),
    }  # fmt: skip
    keep_study(build_study(name="s", seed=1), folder)
    assert "ngspice" not in read_stamps(tmp_path).study
    write_atomic(tmp_path / "study.toml", "# a remark\n" + (tmp_path / "study.toml").read_text())
    assert read_stamps(tmp_path).study["content"] == swept_content(read_toml(tmp_path / "study.toml"))
