"""How a training goes on: schedules as published, varied images, errors while it learns, and after it was killed."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset, Split
from rramsim.errors import NetworkError
from rramsim.nn.augmentation import crop, flip
from rramsim.nn.checkpoint import FOLDER, Checkpoint
from rramsim.nn.epoch import begin, count_correct, train_epoch
from rramsim.nn.faults.independent import Faultless, ReadFaults
from rramsim.nn.history import Epoch, training_table
from rramsim.nn.inference import accuracy
from rramsim.nn.learning import error_rates, learning_rate, misreader, weight_decay
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import load_network, save_network
from rramsim.nn.training import TrainingTask, train
from rramsim.torch_backend import torch
from rramsim.weights import ErrorType, WeightKind

DIGITS = load_dataset("digits")
SMALL = {"model": "vgg", "settings": {"width": 2, "hidden": 8}, "epochs": 3, "batch_size": 16}


def pictures(count=40, size=16):
    """A small data set of images that a network can tell apart."""
    generator = np.random.default_rng(0)
    labels = np.arange(count) % 2
    images = np.round(64 * (generator.standard_normal((count, 3, size, size)) + labels.reshape(-1, 1, 1, 1))) / 64
    split = Split(images=images.astype(np.float32), labels=labels.astype(np.int64))
    return Dataset(name="pictures", classes=2, train=split, validation=split, test=split)


# Laborieux-Axel/Quantized_VGG, 2e17aba: 2.0 sqrt(mbs / (50000 T_max)).
@pytest.mark.parametrize(("epoch", "decay"), [(0, 0.01012), (99, 0.01012), (100, 0.00716), (300, 0.00506)])
def test_the_decay_of_the_published_recipe(epoch, decay):
    section = NetworkSection(name="n", preset="quantized_vgg")
    assert weight_decay(section, epoch, 50_000) == pytest.approx(decay, abs=5e-6)
    assert weight_decay(NetworkSection(name="n", weight_decay=0.3), epoch, 50_000) == 0.3


def test_the_learning_rate_falls_along_a_cosine_and_starts_again():
    section = NetworkSection(name="n", preset="quantized_vgg")
    rates = [learning_rate(section, epoch) for epoch in range(700)]
    assert rates[0] == rates[100] == rates[300] == 0.01
    assert rates[50] == rates[200] == rates[500] == pytest.approx(0.005)
    assert rates[99] < 1e-5 > rates[699]
    assert all(rates[epoch] > rates[epoch + 1] for epoch in range(700 - 1) if epoch not in (99, 299))


def test_images_are_flipped_and_moved():
    images = torch.arange(2000 * 2 * 6 * 5, dtype=torch.float32).reshape(2000, 2, 6, 5)
    flipped = flip(images, torch.Generator().manual_seed(0))
    kept = (flipped == images).all(dim=(1, 2, 3))
    assert (flipped[~kept] == images[~kept].flip(-1)).all()
    low, high = binom.ppf([5e-10, 1 - 5e-10], 2000, 0.5)
    assert low <= int(kept.sum()) <= high
    moved = crop(images, torch.Generator().manual_seed(1))
    padded = torch.nn.functional.pad(images, (4, 4, 4, 4), mode="replicate")
    seen = set()
    for one, whole in zip(moved, padded, strict=True):
        places = [(y, x) for y in range(9) for x in range(9) if torch.equal(one, whole[:, y : y + 6, x : x + 5])]
        assert len(places) == 1
        seen.add(places[0])
    assert len(seen) == 81
    # Left alone is what was given.
    assert torch.equal(images, torch.arange(2000 * 2 * 6 * 5, dtype=torch.float32).reshape(2000, 2, 6, 5))


def test_augmentation_is_for_images():
    with pytest.raises(
        NetworkError, match=r"augmentation is for images \(channels, height, width\), digits has \(64,\)"
    ):
        train(NetworkSection(name="n", augmentation=("flip",)), DIGITS, seed=0)


def test_a_model_that_takes_no_such_images_is_refused():
    with pytest.raises(NetworkError, match="layer 0"):
        train(NetworkSection(name="n", model="vgg"), DIGITS, seed=0)


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        (WeightKind.TERNARY, {ErrorType.SIGN: 0.02, ErrorType.TO_ZERO: 0.1, ErrorType.FROM_ZERO: 0.3}),
        (WeightKind.BINARY, {ErrorType.SIGN: 0.04}),
        (WeightKind.BINARY, {ErrorType.UNRESOLVED: 0.4}),
    ],
)
def test_weights_are_misread_while_a_network_learns_as_a_table_says(kind, errors):
    count = 300_000
    rates = error_rates(kind, errors)
    misread = misreader(rates, torch.Generator().manual_seed(3))
    for programmed in kind.programmed:
        read = misread(torch.full((count,), float(programmed.number)))
        for value in {-1, 0, 1} - {programmed.number}:
            rate = sum(
                rate / 2 if other.value == "?" and value == -programmed.number else rate
                for stored, other, rate in rates.rates
                if stored is programmed and (other.value == "?" or other.number == value)
            )
            rate = 0.0 if value == 0 and kind is WeightKind.BINARY else rate
            low, high = binom.ppf([5e-10, 1 - 5e-10], count, rate)
            assert low <= int((read == value).sum()) <= high


def test_errors_while_it_learns_make_a_network_that_bears_more_of_them():
    plain = NetworkSection(name="n", weights="binary", settings={"hidden": [64]}, epochs=12)
    errors = {ErrorType.SIGN: 0.2}
    aware = plain.model_copy(update={"errors": errors})
    faults = ReadFaults(error_rates(WeightKind.BINARY, errors))
    found = [
        accuracy(train(section, DIGITS, seed=4), DIGITS.test, faults, repeats=10, seed=0) for section in (plain, aware)
    ]
    assert found[1].ci_low > found[0].ci_high


@pytest.mark.parametrize("more", [{}, {"errors": {"1": 0.1}, "augmentation": ("flip", "crop")}, {"restarts": (1, 2)}])
def test_a_training_that_is_killed_after_any_epoch_gives_the_same_network(more, tmp_path, monkeypatch):
    section = NetworkSection(name="n", **SMALL, **more)
    whole = train(section, pictures(), seed=5)

    class Killed(BaseException):
        pass

    steps = 3 + 1  # of an epoch, and of its validation
    made = []

    def step():
        made.append(None)
        if len(made) % (steps + 2) == 0:
            raise Killed

    monkeypatch.setattr("rramsim.nn.epoch.sign_of_life", step)
    for number in range(section.epochs - 1):
        with pytest.raises(Killed):
            train(section, pictures(), seed=5, checkpoint=Checkpoint(tmp_path, "a"))
        assert len(made) == (number + 1) * (steps + 2)  # each time one epoch more is kept
    resumed = train(section, pictures(), seed=5, checkpoint=Checkpoint(tmp_path, "a"))
    assert (resumed.hash, resumed.history) == (whole.hash, whole.history)
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    Checkpoint(tmp_path, "a").remove()
    assert list((tmp_path / FOLDER).iterdir()) == []


@pytest.mark.parametrize("damage", ["cut", "empty", "other task", "another network", "folder"])
def test_a_state_that_cannot_be_used_is_told_and_the_training_begins_anew(damage, tmp_path, caplog):
    section = NetworkSection(name="n", **SMALL)
    whole = train(section, pictures(), seed=5, checkpoint=Checkpoint(tmp_path, "a"))
    path = tmp_path / FOLDER / "a.safetensors"
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[:-1])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "other task":
        train(section, pictures(), seed=6, checkpoint=Checkpoint(tmp_path, "b"))
        (tmp_path / FOLDER / "b.safetensors").replace(path)
    elif damage == "another network":
        wider = section.model_copy(update={"settings": {"width": 3, "hidden": 8}})
        train(wider, pictures(), seed=5, checkpoint=Checkpoint(tmp_path, "c"))
        other = (tmp_path / FOLDER / "c.safetensors").read_bytes()
        path.write_bytes(other.replace(b'\\"task\\":\\"c\\"', b'\\"task\\":\\"a\\"'))
    else:
        path.unlink()
        path.mkdir()
    assert train(section, pictures(), seed=5, checkpoint=Checkpoint(tmp_path, "a")).hash == whole.hash
    assert "a.safetensors" in caplog.text


def test_a_training_on_another_device_leaves_nothing_behind():
    """A dry run: torch's meta device works out shapes and refuses to meet tensors of the processor."""
    section = NetworkSection(name="n", **SMALL, augmentation=("flip", "crop"), restarts=(1, 2))
    progress = begin(section, pictures(), seed=0, device="meta")
    for _ in range(3):
        loss = train_epoch(section, pictures().train, progress, "meta")
        correct = count_correct(pictures().validation, progress, "meta")
        assert {(found.device.type, found.shape) for found in (loss, correct)} == {("meta", ())}
        progress.history.append(Epoch(learning_rate=0.1, loss=1.0, correct=0, images=1))
    tensors = [*progress.network.state_dict().values()]
    tensors += [state["exp_avg"] for state in progress.optimiser.state_dict()["state"].values()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_each_epoch_is_known_of_a_network_and_of_its_file(tmp_path):
    section = NetworkSection(name="n", weights="binary", settings={"hidden": [64]}, epochs=4)
    network = train(section, DIGITS, seed=1)
    rates = [learning_rate(section, epoch) for epoch in range(4)]
    assert [epoch.learning_rate for epoch in network.history] == rates
    # The last one is what the network itself makes of these images, by another code.
    measured = accuracy(network, DIGITS.validation, Faultless(), seed=0, repeats=1)
    assert (network.history[-1].correct, network.history[-1].images) == (*measured.correct, measured.images)
    assert network.history[-1].loss < network.history[0].loss
    save_network(tmp_path / "n.safetensors", network)
    assert load_network(tmp_path / "n.safetensors").history == network.history
    # How it was come by is no part of what a network is.
    assert replace(network, history=()).hash == network.hash
    table = training_table({"n": network.history, "given": ()})
    assert list(table["epoch"]) == [1, 2, 3, 4]
    assert ((table["ci_low"] < table["accuracy"]) & (table["accuracy"] < table["ci_high"])).all()


@pytest.mark.parametrize("size", [1e37, 1e38])  # squares overflow in the normalisation; sums do
def test_a_training_that_diverges_is_told(size):
    split = Split(images=DIGITS.train.images * np.float32(size), labels=DIGITS.train.labels)
    section = NetworkSection(name="n", weights="binary", settings={"hidden": [64]})
    with pytest.raises(NetworkError, match=r"training of 'n' diverged in epoch 1, with a loss of .*: smaller values"):
        train(section, replace(DIGITS, train=split), seed=1)


@pytest.mark.parametrize(
    "wrong", [{"loss": float("nan")}, {"loss": -1.0}, {"correct": 11}, {"images": 0, "correct": 0}]
)
def test_an_impossible_epoch_is_refused(wrong):
    with pytest.raises(ValueError, match="impossible epoch"):
        Epoch(**({"learning_rate": 0.1, "loss": 1.0, "correct": 5, "images": 10} | wrong))


def test_bfloat16_learns_and_goes_on_where_it_was_ended(tmp_path):
    section = NetworkSection(name="n", weights="binary", settings={"hidden": [64]}, epochs=4, precision="bf16")
    found = train(section, DIGITS, seed=1, checkpoint=Checkpoint(tmp_path, "a"))
    assert accuracy(found, DIGITS.test, Faultless(), seed=0, repeats=1).mean > 0.85
    assert found.hash == train(section, DIGITS, seed=1).hash
    plain = section.model_copy(update={"precision": "float32"})
    assert found.hash != train(plain, DIGITS, seed=1).hash
    recipes = {TrainingTask(section=one, data_hash="0", seed=1).recipe for one in (section, plain)}
    assert len(recipes) == 2


def test_nothing_is_kept_where_there_is_no_folder(tmp_path):
    section = NetworkSection(name="n", **SMALL)
    train(section, pictures(), seed=5, checkpoint=Checkpoint(tmp_path / "none", "a"))
    assert not (tmp_path / "none").exists()
