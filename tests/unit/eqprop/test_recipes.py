"""What recipes are made of besides estimators: normalised, varied and fewer images, Adam, presets over presets."""

from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.network import chain
from rramsim.eqprop.normalisation import Normalisation
from rramsim.eqprop.parameters import draw_parameters, load_parameters, save_parameters
from rramsim.eqprop.preset import presets, read_over_presets
from rramsim.eqprop.settings import load_file
from rramsim.eqprop.trainers.adam import Adam
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.eqprop.trainers.train import train
from rramsim.errors import InputError, NetworkError, StudyError
from rramsim.nn.augmentation import crop, flip
from rramsim.torch_backend import torch

from .problems import generator, phases


def coloured(shape=(3, 6, 6), number=40, worst=None):
    """Images whose channels have other scales; the first two hold the extremes of each."""
    values = np.random.default_rng(1).random((number, *shape), dtype=np.float32)
    values[0], values[1] = 0, 1
    scaled = values * np.array([2, 5, 9], np.float32).reshape(3, 1, 1) - 3
    if worst is not None:
        scaled[5, 0, 0, 0] = worst
    split = Split(images=scaled, labels=np.arange(number) % 4)
    return values, Dataset(name="coloured", classes=4, train=split, validation=split, test=split)


def network(normalisation=None, shape=(3, 6, 6)):
    return chain(shape, [Dense(8), Dense(4)], activation="tanh", loss=MeanSquare(), normalisation=normalisation)


def recipe(**settings):
    given = {"network": network(), "estimator": Symmetric(), "phases": phases(15, 6, 0.2), "rates": (0.1, 0.1),
             "epochs": 1, "batch": 10}  # fmt: skip
    return Recipe(**(given | settings))


def test_images_are_normalised_channel_by_channel():
    values, data = coloured()
    plain = unit_images(data, data.train, network()).inputs
    np.testing.assert_allclose(plain.numpy(), values, atol=1e-6)
    normal = Normalisation(mean=(0.5, 0.4, 0.3), std=(0.6, 0.5, 2.0))
    found = unit_images(data, data.test, network(normal)).inputs.numpy()
    for channel, (mean, std) in enumerate(zip(normal.mean, normal.std, strict=True)):
        np.testing.assert_allclose(found[:, channel], (values[:, channel] - mean) / std, atol=1e-5)
    one = unit_images(data, data.test, network(Normalisation(mean=(0.5,), std=(0.25,)))).inputs
    np.testing.assert_allclose(one.numpy(), (values - 0.5) / 0.25, atol=1e-5)


def test_weights_are_of_no_use_with_another_normalisation(tmp_path):
    normal = Normalisation(mean=(0.5,), std=(0.25,))
    trained, path = network(normal), tmp_path / "w.safetensors"
    save_parameters(path, trained, draw_parameters(trained, generator()))
    load_parameters(path, trained)
    for other in (None, replace(normal, std=(0.5,))):
        with pytest.raises(NetworkError, match=r"is of another network: .* normalisation differ"):
            load_parameters(path, network(other))
        assert recipe(network=network(other)).id != recipe(network=trained).id


@pytest.mark.parametrize(
    ("mean", "std", "message"),
    [
        ((0.5, 0.5), (1.0,), "as many means as stds"),
        ((0.5,), (0.0,), "stds above 0"),
        ((np.nan,), (1.0,), "means are finite"),
        ((0.5, 0.5), (1.0, 1.0), "normalise has 2 means for images of 3 channels"),
    ],
)
def test_normalisations_that_cannot_be_are_refused(mean, std, message):
    with pytest.raises(NetworkError, match=message):
        network(Normalisation(mean=mean, std=std))


@pytest.mark.parametrize("worst", [np.nan, np.inf])
def test_images_that_are_not_finite_are_refused(worst):
    _, data = coloured(worst=worst)
    with pytest.raises(NetworkError, match=r"coloured has images with values that are not finite"):
        train(recipe(), data, seed=1)


def test_images_are_varied_with_the_generator_of_the_training(monkeypatch):
    _, data = coloured()
    asked, seen = recipe(augmentation=("flip", "crop")), []

    def estimate(self, problem, phases, source):
        seen.append(problem.inputs)
        return real(self, problem, phases, source)

    real = Symmetric.estimate
    monkeypatch.setattr(Symmetric, "estimate", estimate)
    train(asked, data, seed=4)
    source = torch.Generator().manual_seed(4)
    draw_parameters(asked.network, source)
    images = unit_images(data, data.train, asked.network)
    order = torch.randperm(len(images), generator=source)
    for found, (inputs, _) in zip(seen, images.batches(10, order), strict=True):
        assert torch.equal(found, crop(flip(inputs, source), source))
    assert asked.id != recipe().id


def test_only_images_can_be_varied():
    with pytest.raises(InputError, match=r"training.augmentation: images of shape \(7,\) have no channels"):
        recipe(network=network(shape=(7,)), augmentation=("flip",))
    with pytest.raises(NetworkError, match=r"unknown augmentation 'flop'"):
        recipe(augmentation=("flop",))


def test_the_first_images_are_learnt_on_the_scale_of_all():
    _, data = coloured()
    found = train(recipe(images=20), data, seed=1).history[0]
    assert (found.train_images, found.images) == (20, 20)
    part = Split(images=data.train.images[:20], labels=data.train.labels[:20])  # holds the extremes
    few = replace(data, train=part, validation=part)
    assert train(recipe(), few, seed=1).history[0].loss == found.loss
    with pytest.raises(InputError, match=r"training.images: coloured has 40 training images .got 41"):
        train(recipe(images=41), data, seed=1)
    with pytest.raises(InputError, match=r"at least 1 image"):
        recipe(images=0)


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_adam_steps_as_that_of_torch(decay):
    source = generator(3)
    start = {name: torch.randn(shape, generator=source) for name, shape in (("a", (4, 3)), ("b", (5,)))}
    parameters = {name: value.clone() for name, value in start.items()}
    theirs = {name: torch.nn.Parameter(value.clone()) for name, value in start.items()}
    groups = [{"params": [theirs["a"]], "lr": 0.1}, {"params": [theirs["b"]], "lr": 0.3}]
    optimiser = torch.optim.Adam(groups, weight_decay=decay)
    ours = Adam(decay=decay)
    memory = ours.begin(parameters)
    for _ in range(6):
        gradients = {name: torch.randn(value.shape, generator=source) for name, value in start.items()}
        for name, value in theirs.items():
            value.grad = gradients[name].clone()
        optimiser.step()
        ours.step(parameters, gradients, {"a": 0.1, "b": 0.3}, memory)
    for name, value in theirs.items():
        torch.testing.assert_close(parameters[name], value.detach())


def test_a_training_with_adam_goes_on_as_if_it_had_not_been_ended(tmp_path):
    _, data = coloured()
    asked, state = recipe(optimiser=Adam(), rates=(0.01, 0.01), epochs=2), tmp_path / "state.safetensors"
    whole = train(asked, data, seed=2)
    train(replace(asked, epochs=1), data, seed=2, state=state)
    again = train(asked, data, seed=2, state=state)
    assert all(torch.equal(value, whole.parameters[name]) for name, value in again.parameters.items())


def test_numbers_of_adam_are_checked():
    for settings, message in (({"first": 1.0}, "first"), ({"epsilon": 0.0}, "epsilon"), ({"decay": -1.0}, "decay")):
        with pytest.raises(InputError, match=message):
            Adam(**settings)


def test_presets_are_read_over_those_that_they_are_based_on(tmp_path):
    for name, text in {
        "a": 'name = "a"\n[x]\none = 1\ntwo = 1\n',
        "b": 'preset = "a"\nname = "b"\n[x]\ntwo = 2\n',
        "c": 'preset = "d"\n',
        "d": 'preset = "c"\n',
        "own": 'preset = "b"\nname = "own"\n[x]\nthree = 3\n',
        "alone": 'preset = "alone"\n',
        "odd": "preset = 3\n",
        "lost": 'preset = "none"\n',
    }.items():
        (tmp_path / f"{name}.toml").write_text(text)
    found = read_over_presets(tmp_path / "own.toml", tmp_path)
    assert (found["name"], found["preset"], found["x"]) == ("own", "b", {"one": 1, "two": 2, "three": 3})
    for name, way in (("c", "c → d → c"), ("alone", "alone → alone")):
        with pytest.raises(StudyError, match=f"a preset is based on itself: {way}"):
            read_over_presets(tmp_path / f"{name}.toml", tmp_path)
    for name in ("odd", "lost"):
        with pytest.raises(StudyError, match=r"preset: unknown preset"):
            read_over_presets(tmp_path / f"{name}.toml", tmp_path)


SPLITS = {
    "mnist": Split(images=np.zeros((2, 1, 28, 28), np.float32), labels=np.array([0, 9])),
    "cifar10": Split(images=np.zeros((2, 3, 32, 32), np.float32), labels=np.array([0, 9])),
}
CIFAR = ((0.25, 0.15, 0.1, 0.08, 0.05), 120, 128)
# T1, T2, β, then rates, epochs and batch, of command lines and tables of the authors' codes.
OTHERS = {
    "cifar_mse": (250, 30, 0.5, *CIFAR),
    "cifar_mse_one_sided": (250, 30, 0.5, *CIFAR),
    "cifar_mse_random_sign": (250, 30, 0.5, *CIFAR),
    "cifar_mse_bptt": (250, 30, 0.5, *CIFAR),
    "cifar_ce": (250, 25, 1.0, *CIFAR),
    "cifar_ce_bptt": (250, 25, 1.0, *CIFAR),
    "cifar_ce_dropout": (250, 25, 1.0, *CIFAR),
    "cifar_vf_different": (250, 30, 1.0, *CIFAR),
    "cifar_vf_same": (250, 30, 1.0, *CIFAR),
    "cifar_vf_bptt": (250, 30, 1.0, *CIFAR),
    "mnist_mlp": (30, 10, 0.1, (5e-4, 5e-4), 2, 50),
    "mnist_c_ep": (40, 15, 0.2, (0.0056, 0.0028), 100, 20),
    "mnist_cnn": (200, 10, 0.4, (5e-5, 1e-5, 8e-6), 1, 100),
    "eb_1h": (100, 12, 0.5, (0.1, 0.05), 30, 20),
    "eb_2h": (400, 40, 0.5, (0.4, 0.1, 0.01), 50, 20),
    "c_vf_2h": (100, 20, 0.35, (0.009, 0.0016, 0.00016), 150, 20),
    "vf_1h": (30, 10, 0.1, (0.15, 0.075), 30, 20),
    "vf_2h": (100, 20, 0.5, (0.3, 0.09, 0.009), 50, 20),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_preset_is_what_its_source_says(name):
    file = load_file(name)
    split = SPLITS[file.dataset]
    data = Dataset(name=file.dataset, classes=10, train=split, validation=split, test=split)
    found = file.recipe(data)
    assert file.name == name
    steps = (found.phases.free.steps, found.phases.nudged.steps, found.phases.beta)
    assert (*steps, found.rates, found.epochs, found.batch) == OTHERS[name]
    if file.dataset == "cifar10":
        shapes = [(128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 1, 1)]
        assert list(found.network.shapes[1:5]) == shapes
        assert found.network.normalisation == Normalisation(
            mean=(0.4914, 0.4822, 0.4465), std=tuple(round(3 * std, 4) for std in (0.2023, 0.1994, 0.2010))
        )
        assert found.augmentation == ("flip", "crop")
        assert found.keep == ((1, 1, 1, 0.9) if name == "cifar_ce_dropout" else ())


def test_the_network_of_the_paper_has_its_size():
    """3,843,850 parameters, and 57,866 units of the state where the output is one of its layers."""
    split = SPLITS["cifar10"]
    data = Dataset(name="cifar10", classes=10, train=split, validation=split, test=split)
    found = load_file("cifar_mse").network.network(data)
    assert sum(int(np.prod(shape)) for shape in found.parameter_shapes.values()) == 3_843_850
    assert found.units == 57_866


def test_every_preset_can_be_read():
    assert {*OTHERS, "cifar_fast", "check_mnist", "check_cifar"} < set(presets())
    for name in presets():
        assert load_file(name).name == name
