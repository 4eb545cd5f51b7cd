"""``rramsim eqprop`` as a user meets it: files that are written, exit codes, and what is said."""

import re
import tomllib

import pytest

from rramsim.cli.main import main
from rramsim.tables.eqprop import CHANGES, DIAGNOSIS, EPOCHS, TEST, TUNING

FILE = """
name = "small"
preset = "p_1h"
dataset = "digits"

[network]
connections = [{ kind = "dense", units = 16 }, { kind = "dense", units = 10 }]
dynamics = "nudge_inside"

[phases]
free_steps = 20
nudged_steps = 8

[training]
epochs = 2

[diagnosis]
betas = [0.05, 0.1]
images = 10
"""


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.toml"
    path.write_text(FILE)
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["eqprop", *(str(argument) for argument in arguments)])
    return ended.value.code or 0, *capsys.readouterr()


def test_a_network_is_trained_and_its_estimates_diagnosed(file, tmp_path, capsys):
    code, out, _ = run(capsys, "train", file)
    folder = tmp_path / "runs" / "small"
    assert code == 0
    assert "epoch 2 of 2: loss " in out
    assert "network: runs/small/small.safetensors" in out
    epochs = EPOCHS.read(folder / "epochs.csv")
    assert list(epochs["epoch"]) == [1, 2]
    assert epochs["loss"].is_monotonic_decreasing
    assert epochs["free_residual"].max() < 0.1
    first = (folder / "epochs.csv").read_bytes()
    (test,) = TEST.read(folder / "test.csv").to_dict("records")
    assert (test["dataset"], test["epochs"], test["images"]) == ("digits", 2, 359)
    assert test["set_low"] < test["accuracy"] < test["set_high"]
    assert f"test: {100 * test['accuracy']:.2f} % of 359 images right" in out
    assert (folder / "epochs.svg").read_text().startswith("<?xml")
    assert (folder / "epochs.png").read_bytes().startswith(b"\x89PNG")

    code, out, _ = run(capsys, "train", file)  # is over: nothing is trained again
    assert (code, "epoch" in out.split("network:")[0]) == (0, False)
    assert (folder / "epochs.csv").read_bytes() == first

    code, out, _ = run(capsys, "diagnose", file, "--weights", folder / "small.safetensors", "--out", "there")
    assert (code, "note:" in out) == (0, False)
    table = DIAGNOSIS.read(tmp_path / "there" / "diagnosis.csv")
    assert len(table) == 2 * 2 * 5
    whole = table[table["parameter"] == "all"].set_index(["estimator", "beta"])["error"]
    assert whole["symmetric", 0.05] < 0.3 * whole["symmetric", 0.1]
    assert whole["one_sided", 0.05] == pytest.approx(0.5 * whole["one_sided", 0.1], rel=0.2)
    assert (tmp_path / "there" / "diagnosis.svg").read_text().startswith("<?xml")
    assert (tmp_path / "there" / "diagnosis.png").read_bytes().startswith(b"\x89PNG")


def test_the_diagnosis_says_where_the_nudge_makes_it_another_loss(file, tmp_path, capsys):
    file.write_text(FILE.replace("nudge_inside", "nudge_outside"))
    code, out, _ = run(capsys, "diagnose", file)
    assert code == 0
    assert "note: with nudge_outside an estimate is the gradient of another loss" in out
    assert (tmp_path / "runs" / "small" / "diagnosis.csv").is_file()
    assert re.search(
        r"^symmetric, beta 0.1: error \S+ of the gradient, cosine 0\.\d{4}, \d+\.\d % of the signs$", out, re.M
    )


def test_phases_are_found_by_trying_and_can_be_pasted(file, tmp_path, capsys):
    file.write_text(FILE + "\n[tuning]\nnudged_steps = [4, 8]\nbetas = [0.1, 0.3]\nimages = 10\n")
    code, out, _ = run(capsys, "tune", file)
    assert code == 0
    assert "note: for initial weights" in out
    table = TUNING.read(tmp_path / "runs" / "small" / "tuning.csv")
    assert len(table) == 2 * 2 * 5
    found = tomllib.loads("[phases]" + out.partition("[phases]")[2].partition("note:")[0])["phases"]
    assert found["free_steps"] == table["free_steps"][0]
    assert found["nudged_steps"] in (4, 8)
    assert found["beta"] in (0.1, 0.3)
    whole = table[table["parameter"] == "all"]
    assert whole["cosine"].min() > 0.9


def test_a_free_phase_that_does_not_come_to_rest_is_told(file, capsys):
    file.write_text(FILE.replace("free_steps = 20", "free_steps = 9"))
    code, out, _ = run(capsys, "diagnose", file)
    assert code == 0
    assert re.search(r"note: after the free phase units still move by \S+ a step, which counts beside a beta of", out)


@pytest.mark.parametrize(
    ("old", "new", "arguments", "message"),
    [
        ("epochs = 2", "epochs = 0", (), "training.epochs"),
        ("free_steps = 20", "free_steps = 20\nbeta = 0", (), "phases.beta: a network that is not nudged"),
        ("nudged_steps = 8", "nudged_steps = 0", (), "phases.nudged_steps"),
        ("epochs = 2", "epochs = 2\nimages = 2000", (), "training.images: digits has 1078 training images (got 2000)"),
        ("epochs = 2", 'epochs = 2\naugmentation = ["flip"]', (), "training.augmentation: images of shape (64,)"),
        ("dynamics", "normalise = { mean = [1, 2], std = [1, 1] }\ndynamics", (), "normalise has 2 means for images"),
        ("dynamics", "inputs = [65]\ndynamics", (), "digits has images of shape (64,), the network takes (65,)"),
        (
            'connections = [{ kind = "dense", units = 16 }',
            'inputs = [1, 8, 8]\nconnections = [{ kind = "convolution", channels = 2, kernel = 4 }',
            (),
            "max pooling of 2 × 2 does not divide a map of 5",
        ),
        ('"digits"', '"digit"', (), "unknown data set 'digit'"),
        (
            "epochs = 2",
            "epochs = 2\nimages = 5000",
            (),
            "training.images: digits has 1078 training images (got 5000)",
        ),
        ("units = 10", "units = 9", (), "digits has 10 classes, the network 9"),
        ("", "", ("--device", "cuda:99"), "device 'cuda:99' cannot be used"),
        ("", "", ("--device", "gpu"), "device 'gpu' cannot be used"),
    ],
)
def test_bad_input_ends_with_2_and_nothing_written(old, new, arguments, message, file, tmp_path, capsys):
    file.write_text(FILE.replace(old, new))
    code, _, err = run(capsys, "train", file, *arguments)
    assert code == 2
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["small.toml"]


def test_weights_of_another_network_are_refused(file, tmp_path, capsys):
    assert run(capsys, "train", file)[0] == 0
    weights = tmp_path / "runs" / "small" / "small.safetensors"
    for old, new, message in (
        ("units = 16", "units = 17", "another network: link1.weight has shape (16, 64), needs (17, 64)"),
        ("nudge_inside", "nudge_outside", "activations, pooling, loss, dynamics or normalisation differ"),
    ):
        file.write_text(FILE.replace(old, new))
        code, _, err = run(capsys, "diagnose", file, "--weights", weights, "--out", "there")
        assert code == 2
        assert message in err
    file.write_text(FILE.replace("free_steps = 20", "free_steps = 21"))
    code, _, err = run(capsys, "train", file)
    assert (code, "is of another training" in err) == (2, True)
    code, _, err = run(capsys, "diagnose", file, "--weights", "none")
    assert (code, "none cannot be read" in err) == (2, True)
    assert not (tmp_path / "there").exists()


STORING = """
optimiser = { kind = "flips", weights = "binary", gammas = [1e-3, 1e-4], thresholds = [3e-5, 1e-5] }
reads = { kind = "static", errors = { 1 = 0.2 } }
"""


def test_weights_are_tested_as_they_are_and_as_an_array_stores_them(file, tmp_path, capsys):
    assert run(capsys, "train", file)[0] == 0
    weights, found = tmp_path / "runs" / "small" / "small.safetensors", {}
    for stored in ("real", "ternary", "binary"):
        asked = () if stored == "real" else ("--stored", stored)
        code, out, _ = run(capsys, "test", file, "--weights", weights, "--out", stored, *asked)
        (row,) = TEST.read(tmp_path / stored / "test.csv").to_dict("records")
        assert (code, row["stored"], row["reads"], row["images"]) == (0, stored, "right", 359)
        assert f"test: {100 * row['accuracy']:.2f} % of 359 images right" in out
        assert f"; {stored} weights" in out
        found[stored] = row["correct"]
    (trained,) = TEST.read(tmp_path / "runs" / "small" / "test.csv").to_dict("records")
    assert found["real"] == trained["correct"] >= found["binary"]
    assert not (tmp_path / "runs" / "small" / "changes.csv").exists()

    other = tmp_path / "storing.toml"  # what it stores is refused of real weights, and misread by its chip
    other.write_text(FILE.replace("epochs = 2", "epochs = 2" + STORING).replace('"small"', '"storing"'))
    code, _, err = run(capsys, "test", other, "--weights", weights, "--out", "there")
    assert (code, ".weight is not binary" in " ".join(err.split()), "--stored binary" in err) == (2, True, True)
    code, _, err = run(capsys, "test", other, "--weights", weights, "--stored", "ternary", "--out", "there")
    assert (code, "learns binary weights, which are stored so" in " ".join(err.split())) == (2, True)
    code, _, err = run(capsys, "test", other, "--weights", weights, "--stored", "octal", "--out", "there")
    assert (code, "octal" in err) == (2, True)
    assert not (tmp_path / "there").exists()
    code, out, _ = run(capsys, "test", other, "--weights", weights, "--stored", "binary", "--out", "there")
    assert (code, "binary weights, read with errors (static)" in out) == (0, True)
    (row,) = TEST.read(tmp_path / "there" / "test.csv").to_dict("records")
    assert row["correct"] < found["binary"]


def test_what_is_diagnosed_is_what_the_training_begins_with(file, tmp_path, capsys):
    """Symbols, where it learns with symbols; errors of reading are left out, which is said."""
    file.write_text(FILE.replace("epochs = 2", "epochs = 2" + STORING))
    code, out, _ = run(capsys, "diagnose", file, "--out", "there")
    assert (code, "note: weights are looked at as they are, without the errors" in out) == (0, True)
    found = DIAGNOSIS.read(tmp_path / "there" / "diagnosis.csv")
    file.write_text(FILE)
    assert run(capsys, "diagnose", file, "--out", "real")[0] == 0
    assert not found.equals(DIAGNOSIS.read(tmp_path / "real" / "diagnosis.csv"))


def test_a_name_that_is_no_file_may_be_meant_for_a_preset(file, capsys):
    code, _, err = run(capsys, "train", "p_2")
    assert (code, "no file and no preset p_2; did you mean 'p_2h'" in " ".join(err.split())) == (2, True)


def test_what_stores_weights_tells_how_many_change_and_is_tested_on_its_chip(file, tmp_path, capsys):
    file.write_text(FILE.replace("epochs = 2", "epochs = 2" + STORING))
    code, out, _ = run(capsys, "train", file)
    folder = tmp_path / "runs" / "small"
    table = CHANGES.read(folder / "changes.csv")
    assert (code, list(table["epoch"]), list(table["weights"])) == (0, [1, 1, 2, 2], [1024, 160] * 2)
    last = dict(zip(table["parameter"][2:], table["changes"][2:], strict=True))
    assert f"; symbols that changed: {last['link1.weight']} of link1.weight" in out
    trained = TEST.read(folder / "test.csv")
    assert (trained["stored"].item(), trained["reads"].item()) == ("binary", "static")
    code, out, _ = run(capsys, "test", file, "--weights", folder / "small.safetensors")  # the same chip again
    again = TEST.read(folder / "test" / "test.csv")
    assert (code, again["correct"].item()) == (0, trained["correct"].item())
    assert again["epochs"].isna().all()
