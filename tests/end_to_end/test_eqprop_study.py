"""Networks of equilibrium propagation in a study: trained, stored, mapped, measured under errors and reported."""

import json

import pandas as pd
import pytest

from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.deployed import DEPLOYED, LEARNING
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING

pytestmark = pytest.mark.spice

NETWORKS = """
[[eqprop]]
name = "ternary"
preset = "p_1h"
dataset = "digits"
network = { connections = [{ kind = "dense", units = 16 }, { kind = "dense", units = 10 }] }
phases = { free_steps = 15, schedule = "even_odd" }
training = { epochs = 2 }

[[eqprop]]
name = "binary"
preset = "p_1h"
weights = "binary"
dataset = "digits"
network = { connections = [{ kind = "dense", units = 16 }, { kind = "dense", units = 10 }] }
phases = { free_steps = 15, schedule = "even_odd" }
training = { epochs = 2 }

[[network]]
name = "perceptron"
settings.hidden = [8]
epochs = 1

[injection]
modes = ["static"]
repeats = 3
ladder = [0.1]
"""


@pytest.fixture
def study(tmp_path, tiny_text):
    path = tmp_path / "study.toml"
    text = tiny_text.replace('["TT", "SS"]', '["TT"]').replace("max_trials = 20", "max_trials = 4")
    path.write_text(text + NETWORKS)
    return path


def test_a_study_goes_from_the_circuit_to_deployed_networks(study, tmp_path, rramsim_here):
    folder = tmp_path / "run"
    done = rramsim_here("map", study, "--out", folder)
    assert done.code == 0, done.err
    assert "not trained, so mapped by shape" in done.err or "ternary: 1,184 weights" in done.out
    done = rramsim_here("run", study, "--out", folder)
    assert done.code == 0, done.err

    table = DEPLOYED.read(folder / DEPLOYED.file)
    assert list(table["network"]) == [name for name in ("ternary", "binary") for _ in range(4)]
    assert list(table["stage"]) == ["learnt", "stored", "corner", "corner"] * 2
    accuracy = ACCURACY.read(folder / ACCURACY.file)
    assert list(dict.fromkeys(accuracy["network"])) == ["perceptron", "ternary", "binary"]
    shared = table[table["stage"] != "learnt"].merge(accuracy, on="task_id", suffixes=("", "_other"))
    assert len(shared) >= 6
    assert (shared["accuracy"] == shared["accuracy_other"]).all()
    learning = LEARNING.read(folder / LEARNING.file)
    assert list(learning["epoch"]) == [1, 2, 1, 2]
    one, other = (part.drop(columns="network").reset_index(drop=True) for _, part in learning.groupby("network"))
    pd.testing.assert_frame_equal(one, other)  # one training serves both
    mapping = MAPPING.read(folder / MAPPING.file)
    own = mapping[mapping["network"] == "binary"]
    assert list(own["reads"]) == [16 * 64, 160 * 2 * 15]
    assert list(own["plus"] + own["minus"]) == list(own["weights"])
    assert set(ENERGY.read(folder / ENERGY.file)["network"]) == {"perceptron", "ternary", "binary"}
    page = (folder / "report.html").read_text()
    for part in ('id="deployed-table"', 'id="deployed"', 'id="learning_ternary"', "EP-trained, RRAM-deployed"):
        assert part in page

    before = {path: path.read_bytes() for path in folder.rglob("*.csv")}
    tasks = {path.name for path in (folder / "tasks").iterdir()}
    again = rramsim_here("inject", study, "--out", folder)
    assert again.code == 0, again.err
    assert "were trained" not in again.err
    assert {path: path.read_bytes() for path in folder.rglob("*.csv")} == before
    assert {path.name for path in (folder / "tasks").iterdir()} == tasks
    assert rramsim_here("verify", folder, "--rows", "2").code == 0

    stale = study.read_text().replace("repeats = 3", "repeats = 4")
    study.write_text(stale)
    assert rramsim_here("train", study, "--out", folder).code == 0
    assert rramsim_here("report", folder).code == 0
    page = (folder / "report.html").read_text()
    assert "deployed.csv was made for other networks or another injection" in page
    assert 'id="deployed-table"' not in page


def test_training_alone_keeps_the_networks(study, tmp_path, rramsim_here):
    folder = tmp_path / "run"
    done = rramsim_here("train", study, "--out", folder)
    assert done.code == 0, done.err
    assert [line.rpartition("/")[2] for line in done.out.splitlines()] == [
        f"{name}.safetensors" for name in ("perceptron", "ternary", "binary")
    ]
    assert (folder / LEARNING.file).is_file()
    assert not (folder / "training").exists()
    assert not (folder / DEPLOYED.file).exists()
    study.write_text(
        study.read_text().replace('name = "ternary"\n', 'name = "ternary"\nfile = "run/networks/ternary.safetensors"\n')
    )
    done = rramsim_here("train", study, "--out", tmp_path / "other")
    assert done.code == 0, done.err
    networks = [tmp_path / name / "networks" / "ternary.safetensors" for name in ("run", "other")]
    assert json.dumps([path.stat().st_size > 0 for path in networks]) == "[true, true]"


@pytest.mark.parametrize(("old", "new", "message"), [
    ('preset = "p_1h"', 'preset = "p_9h"', "eqprop[0].preset: unknown preset"),
    ("units = 10", "units = 9", "network 'ternary': digits has 10 classes, the network 9"),
    ('name = "binary"', 'name = "binary"\nfile = "none.safetensors"', "none.safetensors cannot be read"),
    ("free_steps = 15", "free_step = 15", "eqprop[0].phases.free_step: unknown key"),
])  # fmt: skip
def test_bad_input_ends_with_2_and_nothing_written(old, new, message, study, tmp_path, rramsim_here):
    study.write_text(study.read_text().replace(old, new))
    done = rramsim_here("run", study, "--out", tmp_path / "run")
    assert (done.code, message in done.err) == (2, True), done.err
    assert not (tmp_path / "run").exists()
