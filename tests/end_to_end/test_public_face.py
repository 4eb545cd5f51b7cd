"""A notebook's hour: a study made in Python, run, opened again and drawn."""

import pandas as pd
import pytest

import rramsim
from rramsim.pipeline import silent

pytestmark = pytest.mark.spice


def test_from_a_study_to_plots(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = rramsim.build_study(
        name="own", seed=3, ber={"max_trials": 20, "relative_precision": 0.4, "floor": 1e-6},
        network=[{"name": "n", "settings": {"hidden": [8]}, "epochs": 1}],
        injection={"modes": ["static"], "repeats": 2},
    )  # fmt: skip
    told = []

    def stage(name, unit):
        told.append(name)
        return silent(name, unit)

    run = rramsim.run(study, workers=2, stage=stage)
    assert told == ["sweep", "waveforms", "train", "inject", "report"]
    folder = tmp_path / "runs" / "own"
    assert run.path.resolve() == folder
    assert (folder / "report.html").is_file()
    assert len(run.ber) == 6
    assert run.provenance["command"] == "rramsim.run"
    assert set(run.accuracy["network"]) == {"n"}
    again = rramsim.open_run(str(folder))
    assert rramsim.write_report(str(folder)) == folder / "report.html"
    pd.testing.assert_frame_equal(again.ber, run.ber)

    # The folder belongs to the study: from Python or from its file, what is finished is not done again.
    tasks = {path: path.stat().st_mtime_ns for path in (folder / "tasks").iterdir()}
    rramsim.sweep(folder / "study.toml", out=folder, workers=1)
    pd.testing.assert_frame_equal(rramsim.inject(study, out=folder, workers=1), run.accuracy)
    assert [path.name for path in rramsim.train(study, out=folder, workers=1)] == ["n.safetensors"]
    kept = folder / "networks" / "n.safetensors"
    assert rramsim.train(study, out=folder, workers=1) == [kept]

    # Tables and networks alone, as they are published, give the same accuracies elsewhere.
    elsewhere = tmp_path / "elsewhere"
    for path in (kept, folder / "ber.csv", folder / "stamps.json"):
        target = elsewhere / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    pd.testing.assert_frame_equal(rramsim.inject(study, out=elsewhere, workers=1), run.accuracy)
    assert "training" not in "".join(path.read_text() for path in (elsewhere / "tasks").iterdir())
    assert {path: path.stat().st_mtime_ns for path in (folder / "tasks").iterdir()} == tasks

    assert "<svg" in rramsim.plot_ber(run, error_type="3").svg
    assert "<svg" in rramsim.plot_reads(run, quantity="energy").svg
    assert "<svg" in rramsim.plot_accuracy(run).svg
    assert "<svg" in rramsim.plot_importance(run, error_type="1").svg
