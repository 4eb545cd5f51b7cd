"""What a notebook sees: names that cost nothing until they are used, studies made in Python, plots of a run."""

import importlib.metadata
import inspect
import subprocess
import sys

import pytest
import tomli_w

import rramsim
from rramsim.errors import InputError, StudyError

HEAVY = ("numpy", "pandas", "pydantic", "matplotlib", "torch", "PySpice", "jinja2", "scipy")


def test_the_import_alone_costs_nothing():
    code = f"import sys, rramsim; print([name for name in {HEAVY!r} if name in sys.modules], dir(rramsim))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[] [")
    assert "'build_study'" in done.stdout


def test_every_name_is_there_and_says_what_it_does():
    for name in rramsim.__all__:
        assert getattr(rramsim, name) is not None
        assert name in dir(rramsim)
        if callable(getattr(rramsim, name)):
            assert inspect.getdoc(getattr(rramsim, name))
    with pytest.raises(AttributeError, match="has no attribute 'sweeep'"):
        _ = rramsim.sweeep
    assert rramsim.__version__ == importlib.metadata.version("rramsim")


@pytest.mark.parametrize(
    "name", ["run", "sweep", "inject", "train", "map_networks", "build_study", "plot_ber", "plot_reads", "plot_mapping"]
)
def test_arguments_behind_the_first_are_keywords(name):
    parameters = list(inspect.signature(getattr(rramsim, name)).parameters.values())
    first = 0 if name == "build_study" else 1
    assert all(item.kind in (item.KEYWORD_ONLY, item.VAR_KEYWORD) for item in parameters[first:])


SECTIONS = {
    "corners": {"process": ["TT", "SS"], "vdd_v": [1.1, "1200 mV"]},
    "read": {"t_sense_s": "40 ns", "cells": ["binary_2t2r", "ternary_2t2r"]},
    "devices": {"correlation": [{"between": ["r_bl", "r_blb"], "coefficient": 0.3}]},
    "network": [{"name": "n", "epochs": 3}],
    "bench": [{"name": "slow", "use": "pcsa_read", "settings": {"t_sense_s": "90 ns"}}],
}


def test_a_study_made_in_python_is_that_of_its_file(tmp_path):
    study = rramsim.build_study(name="own", seed=4, **SECTIONS)
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps({"study": {"name": "own", "seed": 4}, **SECTIONS}))
    loaded = rramsim.load_study(path)
    assert study.resolved() == loaded.resolved()
    assert (study.file, loaded.file) == (None, path)
    path.write_text(tomli_w.dumps(study.resolved()))
    again = rramsim.load_study(str(path))
    assert again.resolved() == study.resolved()
    ids = [[task.id for task in item.sweep.tasks(ngspice="39")] for item in (study, loaded, again)]
    assert ids[0] == ids[1] == ids[2]


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"corners": {"vddv": [1.2]}}, "corners.vddv: unknown key; did you mean 'vdd_v'"),
        ({"corner": {}}, "corner: unknown key; did you mean 'corners'"),
        ({"read": {"t_sense_s": "40 mV"}}, "read.t_sense_s: the unit must be s"),
        ({"read": {"cells": ["own.toml"]}}, "read.cells[0]: no file"),
        ({"corners": {"vdd_v": [20.0]}}, "corners.vdd_v"),
        ({"bench": [{"name": "b", "use": "none"}]}, "bench[0].use: unknown bench"),
    ],
)
def test_what_is_wrong_is_told_by_key(sections, message):
    with pytest.raises(StudyError) as caught:
        rramsim.build_study(name="own", **sections)
    assert message in str(caught.value)


def test_paths_start_at_its_folder(tmp_path):
    with pytest.raises(StudyError) as caught:
        rramsim.build_study(name="own", folder=tmp_path, read={"cells": ["own.toml"]})
    assert str(tmp_path / "own.toml") in str(caught.value)


@pytest.mark.parametrize("stage", ["run", "sweep"])
def test_workers_and_a_scheduler_exclude_each_other(stage, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = rramsim.build_study(name="own")
    with pytest.raises(InputError, match="exclude each other"):
        getattr(rramsim, stage)(study, workers=2, scheduler="tcp://localhost:1")
    assert not list(tmp_path.iterdir())


def test_a_study_without_networks_has_nothing_to_train(tmp_path):
    for stage in (rramsim.train, rramsim.inject, rramsim.map_networks):
        with pytest.raises(InputError, match="names no network"):
            stage(rramsim.build_study(name="own"), out=tmp_path / "run")
    assert not list(tmp_path.iterdir())
