"""Files on equilibrium propagation: presets, every key, and what is said of values that cannot be."""

import math
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.chosen import make
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.normalisation import Normalisation
from rramsim.eqprop.pooling.catalog import POOLS
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.eqprop.preset import presets
from rramsim.eqprop.relaxation.even_odd import EvenOdd
from rramsim.eqprop.settings import load_file
from rramsim.eqprop.steppers.graph import Graph
from rramsim.eqprop.trainers.recipe import Cosine
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.errors import InputError, MissingResourceError, NetworkError, StudyError
from rramsim.torch_backend import torch

SPLIT = Split(images=np.zeros((2, 1, 28, 28), np.float32), labels=np.array([0, 9]))
MNIST_LIKE = Dataset(name="like", classes=10, train=SPLIT, validation=SPLIT, test=SPLIT)
WHOLE = {
    "name": "own",
    "dataset": "digits",
    "seed": 3,
    "network": {
        "inputs": [1, 8, 8],
        "connections": [
            {"kind": "convolution", "channels": 4, "padding": 1, "pool": {"kind": "softmax", "sharpness": 2}},
            {"kind": "dense", "units": 6},
        ],
        "activation": "tanh",
        "output": "sigmoid",
        "loss": {"kind": "softmax_readout", "units": 10},
        "feedback": {"kind": "same", "angle": 45},
        "dynamics": {"kind": "real_time", "dt": 0.2, "clip": [0, 1]},
        "scale": 1.5,
        "normalise": {"mean": [0.5], "std": [0.25]},
    },
    "phases": {
        "free_steps": 30, "free_tolerance": 1e-6, "nudged_steps": 10, "nudged_tolerance": 1e-7, "beta": -0.3,
        "schedule": "even_odd", "stepper": {"kind": "graph", "block": 7},
    },
    "training": {
        "estimator": {"kind": "random_sign", "positive": 0.3}, "rates": [0.3, 0.2, 0.1], "epochs": 3, "batch": 20,
        "optimiser": {"kind": "sgd", "momentum": 0.9, "decay": 1e-4}, "cosine": {"epochs": 2, "lowest": 1e-5},
        "precision": "bfloat16", "augmentation": ["crop"], "images": 100,
    },
    "diagnosis": {"estimators": ["one_sided", {"kind": "continual", "rates": 0.1}], "betas": [0.1], "images": 7,
                  "precision": "float32"},
}  # fmt: skip


def written(tmp_path, data):
    path = tmp_path / "file.toml"
    path.write_text(tomli_w.dumps(data))
    return path


def changed(key, value):
    """The whole file with another value at a dotted key; None leaves it out."""
    *way, last = key.split(".")
    data = {name: dict(table) if isinstance(table, dict) else table for name, table in WHOLE.items()}
    table = data
    for part in way:
        table = table[part]
    table[last] = value
    if value is None:
        del table[last]
    return data


def test_what_a_file_says_is_what_is_made(tmp_path):
    file = load_file(written(tmp_path, WHOLE))
    recipe = file.recipe(file.load_data())
    network = recipe.network
    assert network.shapes == ((1, 8, 8), (4, 4, 4), (6,))
    first, second = network.links
    assert first.connection == Convolution(channels=4, kernel=3, padding=1, pool=SoftmaxPool(sharpness=2.0))
    assert second.feedback == Same(angle=45.0)
    assert network.activations == ("tanh", "sigmoid")
    assert network.loss == SoftmaxReadout(10)
    assert network.dynamics == RealTime(dt=0.2, clip=(0.0, 1.0))
    assert (recipe.phases.free.steps, recipe.phases.free.tolerance) == (30, 1e-6)
    assert (recipe.phases.nudged.steps, recipe.phases.nudged.tolerance) == (10, 1e-7)
    assert (recipe.phases.beta, recipe.phases.schedule) == (-0.3, EvenOdd())
    assert (recipe.phases.stepper, recipe.phases.together) == (Graph(block=7), False)
    assert (recipe.precision, recipe.states, recipe.kept) == ("bfloat16", torch.bfloat16, torch.float32)
    assert (recipe.estimator, recipe.rates) == (RandomSign(positive=0.3), (0.3, 0.2, 0.1))
    assert (recipe.epochs, recipe.batch, recipe.scale) == (3, 20, 1.5)
    assert (recipe.optimiser, recipe.cosine) == (Sgd(momentum=0.9, decay=1e-4), Cosine(epochs=2, lowest=1e-5))
    assert file.diagnosis.estimators[1] == Continual(rates=0.1)
    assert (file.diagnosis.betas, file.diagnosis.images, file.diagnosis.precision) == ((0.1,), 7, "float32")
    assert file.seed == 3
    assert network.normalisation == Normalisation(mean=(0.5,), std=(0.25,))
    assert (recipe.augmentation, recipe.images) == (("crop",), 100)


def test_presets_are_the_authors_settings():
    """T, K, β, rates, epochs and hidden units of the codes of Ernoult et al., which list rates from the output on."""
    wanted = {
        "p_1h": (40, 15, 0.1, (0.08, 0.04), 30, [512]),
        "p_2h": (100, 20, 0.5, (0.2, 0.05, 0.005), 50, [512] * 2),
        "p_3h": (180, 20, 0.5, (0.2, 0.05, 0.01, 0.002), 100, [512] * 3),
        "p_conv": (200, 10, 0.4, (0.15, 0.035, 0.015), 40, [32 * 12 * 12, 64 * 4 * 4]),
        "c_ep_1h": (40, 15, 0.2, (0.0056, 0.0028), 100, [512]),
        "c_ep_2h": (100, 20, 0.5, (0.01, 0.0018, 0.00018), 150, [512] * 2),
        "c_vf_1h": (40, 15, 0.2, (0.0076, 0.0038), 100, [512]),
    }
    assert wanted.keys() < set(presets())
    for name, (free, nudged, beta, rates, epochs, hidden) in wanted.items():
        file = load_file(name)
        recipe = file.recipe(MNIST_LIKE)
        assert (file.name, file.dataset, recipe.batch) == (name, "mnist", 20)
        assert (recipe.phases.free.steps, recipe.phases.nudged.steps, recipe.phases.beta) == (free, nudged, beta)
        assert (recipe.rates, recipe.epochs) == (rates, epochs)
        assert [math.prod(shape) for shape in recipe.network.shapes[1:]] == [*hidden, 10]
        assert recipe.network.dynamics == NudgeOutside()
    field = load_file("c_vf_1h").recipe(MNIST_LIKE)
    assert field.network.links[1].feedback == Different(angle=0.0)
    assert field.estimator == RandomSign(of=Continual())
    assert field.estimator.at({"a": 0.5}).of.rates == {"a": 0.5}


def test_a_preset_gives_what_a_file_does_not_say(tmp_path):
    own = {"name": "own", "preset": "p_1h", "dataset": "digits", "training": {"epochs": 2}}
    file, preset = load_file(written(tmp_path, own)), load_file("p_1h")
    assert (file.name, file.dataset, file.training.epochs) == ("own", "digits", 2)
    assert file.training.rates == preset.training.rates
    assert file.network == preset.network
    assert file.recipe(file.load_data()).network.shapes == ((64,), (512,), (10,))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("name", "../x", "name: "),
        ("dataset", "mnits", "dataset: unknown data set 'mnits'; did you mean 'mnist'"),
        ("seed", -1, "seed: "),
        ("preset", "p_9h", "preset: unknown preset; did you mean"),
        ("sed", 1, "sed: unknown key; did you mean 'seed'"),
        ("network", None, "network: is required"),
        ("network.inputs", [0], "network.inputs[0]"),
        (
            "network.connections",
            [{"kind": "dense", "unit": 3}],
            "network.connections[0].unit: unknown key; did you mean",
        ),
        ("network.connections", [{"kind": "dense"}], "network.connections[0].units: is required"),
        ("network.connections", [{"kind": "dens", "units": 3}], "unknown connection 'dens'; did you mean 'dense'"),
        ("network.connections", [{"kind": "dense", "units": True}], "network.connections[0].units"),
        ("network.connections", [{"units": 3}], "write the name of a connection, or a table as { kind ="),
        ("network.connections", [{"kind": "convolution", "channels": 3, "pool": "maxx"}], "unknown pooling 'maxx'"),
        ("network.activation", "tahn", "network.activation: unknown activation 'tahn'; did you mean 'tanh'"),
        ("network.output", "line", "network.output: unknown activation 'line'"),
        ("network.loss", "softmax_readout", "network.loss.units: is required"),
        ("network.loss", 3, "network.loss: write the name of a loss"),
        ("network.feedback", {"kind": "same", "angle": 181}, "network.feedback: the angle of backward weights"),
        ("network.feedback", {"kind": "same", "angle": "x"}, "network.feedback.angle: expected a number"),
        ("network.dynamics", {"kind": "real_time", "dt": 2}, "network.dynamics: dt is above 0 and at most 1"),
        ("network.dynamics", {"kind": "real_time", "clip": [0]}, "network.dynamics.clip"),
        ("network.scale", 0, "network.scale: "),
        ("phases.free_steps", 0, "phases.free_steps: "),
        ("phases.nudged_steps", 0, "phases.nudged_steps: "),
        ("phases.free_tolerance", 0, "phases.free_tolerance: "),
        ("phases.nudged_tolerance", -1, "phases.nudged_tolerance: "),
        ("phases.beta", 0, "phases.beta: a network that is not nudged learns nothing"),
        ("phases.schedule", "odd_even", "phases.schedule: unknown schedule 'odd_even'"),
        ("phases.stepper", "graf", "phases.stepper: unknown stepper 'graf'; did you mean 'graph'"),
        ("phases.stepper", {"kind": "graph", "block": 0}, "phases.stepper: a block has at least 1 step"),
        ("phases.together", 1, "phases.together"),
        ("training.precision", "float16", "training.precision"),
        ("training.estimator", {"kind": "random_sign", "positive": 2}, "training.estimator: the probability"),
        ("training.estimator", "symetric", "unknown estimator 'symetric'; did you mean 'symmetric'"),
        ("training.rates", [], "training.rates"),
        ("training.rates", [0.1, 0], "training.rates[1]"),
        ("training.augmentation", ["flop"], "training.augmentation[0]: unknown augmentation 'flop'"),
        ("training.images", 0, "training.images"),
        ("network.normalise", {"mean": [0.5], "std": [0]}, "network.normalise.std[0]"),
        ("network.normalise", {"mean": [0.5]}, "network.normalise.std"),
        ("training.epochs", 0, "training.epochs"),
        ("training.batch", 0, "training.batch"),
        ("training.optimiser", {"kind": "sgd", "momentum": 1}, "training.optimiser: momentum"),
        ("training.cosine", {"epochs": 0}, "training.cosine.epochs"),
        ("training.cosine", {"epochs": 1, "lowest": -1}, "training.cosine.lowest"),
        ("diagnosis.estimators", ["bptt", "x"], "diagnosis.estimators[1]: unknown estimator 'x'"),
        ("diagnosis.betas", [0.1, 0], "diagnosis.betas[1]: a network that is not nudged"),
        ("diagnosis.betas", [], "diagnosis.betas"),
        ("diagnosis.images", 0, "diagnosis.images"),
        ("diagnosis.precision", "float16", "diagnosis.precision"),
    ],
)
def test_what_cannot_be_is_told_by_its_key(key, value, message, tmp_path):
    with pytest.raises(StudyError) as caught:
        load_file(written(tmp_path, changed(key, value)))
    assert message in str(caught.value)


def test_nudged_phases_are_joined_where_a_file_says_so(tmp_path):
    own = {"name": "own", "preset": "p_1h", "phases": {"together": True}, "training": {"estimator": "symmetric"}}
    assert load_file(written(tmp_path, own)).recipe(MNIST_LIKE).phases.together
    with pytest.raises(NetworkError, match="a sign changes nothing for the estimator 'symmetric'"):
        RandomSign(of=Symmetric())


def test_files_that_do_not_fit_together_are_refused(tmp_path):
    for key, value, message in (
        ("network.inputs", [1, 7, 7], "softmax pooling of 2 × 2 does not divide a map of 7"),
        ("training.images", 1079, "training.images: digits has 1078 training images"),
        ("network.normalise", {"mean": [0.5, 0.1], "std": [1, 1]}, "2 means for images of 1 channels"),
        ("training.rates", [0.1], "3 learning rates are needed, of link1, link2, readout"),
        ("training", None, r"own: the file has no \[training\]"),
    ):
        file = load_file(written(tmp_path, changed(key, value)))
        with pytest.raises(InputError, match=message):
            file.recipe(file.load_data())
    with pytest.raises(MissingResourceError, match="no file"):
        load_file(tmp_path / "none.toml")


def test_what_was_made_already_is_taken_as_it_is():
    pool = SoftmaxPool(sharpness=3)
    assert make("pooling", POOLS, pool) is pool
    with pytest.raises(NetworkError, match="known: average, max, none, softmax"):
        make("pooling", POOLS, None)


def test_the_file_of_the_manual_can_be_used(tmp_path):
    text = (Path(__file__).resolve().parents[3] / "README.md").read_text(encoding="utf-8")
    block = text.split("## Equilibrium propagation")[1].split("```toml\n")[1].split("```")[0]
    path = tmp_path / "digits.toml"
    path.write_text(block)
    file = load_file(path)
    assert file.recipe(file.load_data()).network.shapes == ((64,), (128,), (10,))
