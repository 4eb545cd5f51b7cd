"""Training with estimated gradients: optimisers, learning rates, what is learnt, and after it was killed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.feedback.shared import Shared
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.steppers.compiled import Compiled
from rramsim.eqprop.steppers.graph import Graph
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.progress import load_progress
from rramsim.eqprop.trainers.recipe import Cosine, Recipe
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.eqprop.trainers.train import count_correct, train
from rramsim.errors import InputError, NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, generator, phases

DIGITS = load_dataset("digits")


def some(count):
    """The first digits only."""
    parts = [
        Split(images=part.images[:count], labels=part.labels[:count]) for part in (DIGITS.train, DIGITS.validation)
    ]
    return Dataset(name="some", classes=10, train=parts[0], validation=parts[1], test=parts[1])


def recipe(**changed):
    network = dense("shifted_sigmoid", units=(32, 10), inputs=64)
    settings = {
        "network": network, "estimator": Symmetric(), "phases": phases(20, 8, 0.2), "rates": (0.2, 0.1), "epochs": 2,
        "batch": 20,
    }  # fmt: skip
    return Recipe(**settings | changed)


@pytest.mark.parametrize("estimator", [Bptt(), OneSided(), RandomSign(), Symmetric()], ids=lambda kind: kind.name)
def test_digits_are_learnt(estimator):
    found = train(recipe(estimator=estimator, epochs=4), DIGITS, seed=1)
    first, last = found.history[0], found.history[-1]
    assert last.loss < 0.5 * first.loss
    assert last.correct / last.images > 0.85  # 0.1 by chance
    assert last.train_correct / last.train_images > 0.85
    assert (last.images, last.train_images) == (len(DIGITS.validation), len(DIGITS.train))


def test_continual_updates_learn_digits_at_a_lower_rate():
    found = train(recipe(estimator=Continual(), rates=(0.02, 0.01), epochs=4), DIGITS, seed=1).history
    losses = [epoch.loss for epoch in found]
    assert losses == sorted(losses, reverse=True)
    assert found[-1].correct / found[-1].images > 0.3


@pytest.mark.parametrize("feedback", [Shared(), Same()], ids=lambda kind: kind.name)
def test_convolutions_learn_digits(feedback):
    maps = [Convolution(8, padding=1, pool=MaxPool()), Convolution(16, padding=1, pool=AveragePool())]
    network = chain((1, 8, 8), maps, activation="tanh", loss=SoftmaxReadout(10), feedback=feedback)
    optimiser = Sgd(momentum=0.9)
    asked = recipe(network=network, rates=(0.1,) * 3, phases=phases(20, 10, 0.5), epochs=3, optimiser=optimiser)
    found = train(asked, some(500), seed=1).history
    assert found[-1].correct / found[-1].images > 0.5
    assert found[-1].loss < 0.7 * found[0].loss


def test_a_stepper_that_a_device_does_not_have_is_refused_before_anything_is_kept(tmp_path):
    state = tmp_path / "state"
    with pytest.raises(NetworkError, match=r"^stepper 'graph' records on CUDA devices only"):
        train(recipe(phases=phases(5, 2, 0.2, stepper=Graph())), DIGITS, seed=1, state=state)
    assert not state.exists()


def test_trainings_of_every_stepper_and_of_both_sides_together_are_one():
    ways = [phases(10, 4, 0.2), phases(10, 4, 0.2, stepper=Compiled("eager")), phases(10, 4, 0.2, together=True)]
    found = [train(recipe(phases=way, epochs=1, precision="float64"), some(60), seed=1).parameters for way in ways]
    for other in found[1:]:
        for name, value in found[0].items():
            torch.testing.assert_close(other[name], value, rtol=0, atol=1e-10)


def test_steps_are_those_of_torch():
    source = generator()
    parameters = {name: torch.randn(shape, generator=source) for name, shape in (("a", (3, 2)), ("b", (3,)))}
    theirs = [value.clone().requires_grad_() for value in parameters.values()]
    groups = [{"params": [value], "lr": rate} for value, rate in zip(theirs, (0.1, 0.3), strict=True)]
    optimiser = torch.optim.SGD(groups, momentum=0.9, weight_decay=0.01)
    ours = Sgd(momentum=0.9, decay=0.01)
    memory = ours.begin(parameters)
    for _ in range(5):
        gradients = {name: torch.randn(value.shape, generator=source) for name, value in parameters.items()}
        kept = {name: value.clone() for name, value in gradients.items()}
        for value, gradient in zip(theirs, gradients.values(), strict=True):
            value.grad = gradient.clone()
        optimiser.step()
        ours.step(parameters, gradients, {"a": 0.1, "b": 0.3}, memory)
        assert all(torch.equal(gradients[name], kept[name]) for name in kept)
    for value, wanted in zip(parameters.values(), theirs, strict=True):
        torch.testing.assert_close(value, wanted.detach())


def test_rates_fall_with_half_a_cosine_and_stay_there():
    """As in the recipe of 2021: over 100 of 120 epochs, to 1e-5."""
    cosine = Cosine(epochs=100, lowest=1e-5)
    assert cosine.at(0.25, 0) == 0.25
    assert cosine.at(0.25, 50) == pytest.approx((0.25 + 1e-5) / 2)
    assert cosine.at(0.25, 100) == cosine.at(0.25, 119) == 1e-5
    network = convolutional(feedback=Same(), loss=SoftmaxReadout(4))
    rates = recipe(network=network, rates=(0.25, 0.15, 0.1, 0.05), cosine=cosine).rates_at(50)
    assert rates["link2.backward"] == rates["link2.weight"] == pytest.approx(0.075, rel=1e-3)
    assert rates["readout.bias"] == pytest.approx(0.025, rel=1e-3)
    assert rates.keys() == network.parameter_shapes.keys()


def test_each_layer_has_its_rate():
    start, data = recipe(epochs=1), some(20)
    moved = {}
    for rates in ((1e-30, 0.1), (0.1, 1e-30)):
        found = train(replace(start, rates=rates), data, seed=3).parameters
        other = train(replace(start, rates=(1e-30, 1e-30)), data, seed=3).parameters
        moved[rates] = {name for name, value in found.items() if not torch.equal(value, other[name])}
    assert list(moved.values()) == [{"link2.weight", "link2.bias"}, {"link1.weight", "link1.bias"}]


@pytest.mark.parametrize("estimator", [RandomSign(), Continual(symmetric=True)], ids=lambda kind: kind.name)
def test_a_training_that_was_killed_goes_on_as_if_it_had_not(estimator, tmp_path):
    asked = recipe(estimator=estimator, epochs=3, optimiser=Sgd(momentum=0.5, decay=1e-4), cosine=Cosine(epochs=3))
    path, data = tmp_path / "training.safetensors", some(120)
    whole = train(asked, data, seed=2)

    class KilledError(Exception):
        pass

    def kill(epoch, _):
        if epoch == 2:
            raise KilledError

    torch.manual_seed(5)
    before = torch.get_rng_state()
    with pytest.raises(KilledError):
        train(asked, data, seed=2, state=path, told=kill)
    assert len(load_progress(path, asked, 2, data=data.hash).history) == 2
    again = train(asked, data, seed=2, state=path)
    assert again.history == whole.history
    assert all(torch.equal(value, whole.parameters[name]) for name, value in again.parameters.items())
    assert torch.equal(torch.get_rng_state(), before)
    more = train(replace(asked, epochs=4), data, seed=2, state=path)  # a longer one begins as the shorter did
    assert more.history[:3] == whole.history


def test_the_state_of_another_training_is_refused(tmp_path):
    asked, path, data = recipe(epochs=1), tmp_path / "training.safetensors", some(20)
    train(asked, data, seed=2, state=path)
    for other, seed in (
        (replace(asked, rates=(0.1, 0.1)), 2),
        (asked, 3),
        (replace(asked, phases=phases(21, 8, 0.2)), 2),
    ):
        with pytest.raises(NetworkError, match="is of another training: other settings, another seed"):
            train(other, data, seed=seed, state=path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(NetworkError, match="holds no state of a training, or is damaged"):
        train(asked, data, seed=2, state=path)


def test_images_lie_between_0_and_1_and_are_refused_where_they_do_not_fit():
    network = recipe().network
    images = unit_images(DIGITS, DIGITS.train, network)
    assert (float(images.inputs.min()), float(images.inputs.max())) == (0.0, 1.0)
    low, high = DIGITS.train.images.min(), DIGITS.train.images.max()
    np.testing.assert_allclose(images.inputs.numpy() * (high - low) + low, DIGITS.train.images, atol=1e-5)
    batches = list(images.batches(100))
    assert [len(labels) for _, labels in batches[-2:]] == [100, len(DIGITS.train) % 100]
    with pytest.raises(NetworkError, match=r"digits has images of shape \(64,\), the network takes \(65,\)"):
        unit_images(DIGITS, DIGITS.train, dense(inputs=65))
    with pytest.raises(NetworkError, match="digits has 10 classes, the network 5"):
        unit_images(DIGITS, DIGITS.train, dense(inputs=64))


def test_what_is_right_is_counted():
    asked = recipe(epochs=2)
    found = train(asked, DIGITS, seed=1)
    images = unit_images(DIGITS, DIGITS.validation, asked.network)
    right = 0
    for image, label in zip(images.inputs, images.labels, strict=True):
        state = [torch.zeros(1, 32), torch.zeros(1, 10)]
        weights = found.parameters
        for _ in range(20):
            hidden = image @ weights["link1.weight"].T + weights["link1.bias"] + state[1] @ weights["link2.weight"]
            output = state[0] @ weights["link2.weight"].T + weights["link2.bias"]
            state = [torch.sigmoid(4 * hidden - 2), torch.sigmoid(4 * output - 2)]
        right += int(state[1].argmax() == label)
    assert count_correct(asked.network, found.parameters, images, asked.phases) == right == found.history[-1].correct


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epochs": 0}, "at least 1 epoch"),
        ({"batch": 0}, "1 image a step"),
        ({"rates": (0.1, 0.0)}, "learning rates are above 0"),
        ({"rates": (0.1, math.nan)}, "learning rates are above 0"),
        ({"rates": (0.1,)}, "2 learning rates are needed, of link1, link2 .got 1"),
    ],
)
def test_trainings_that_cannot_be_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        recipe(**changed)


def test_numbers_of_an_optimiser_and_a_cosine_are_checked():
    with pytest.raises(InputError, match="momentum"):
        Sgd(momentum=1.0)
    with pytest.raises(InputError, match="decay is not negative"):
        Sgd(decay=-1e-4)
    with pytest.raises(InputError, match="a cosine has at least 1 epoch"):
        Cosine(epochs=0)


def test_a_training_that_diverges_is_told_with_its_epoch():
    network = dense("linear", units=(32, 10), inputs=64)
    with pytest.raises(NetworkError, match=r"the training fails in epoch \d: .*; lower learning rates may help"):
        train(recipe(network=network, rates=(50.0, 50.0), epochs=5), some(200), seed=1)


def test_a_state_is_of_its_data_set_and_of_no_longer_training(tmp_path):
    """Images of the same shape and number: what was learnt from others would be tested as if learnt from these."""
    path, data, asked = tmp_path / "training.safetensors", some(60), recipe(epochs=2)
    train(asked, data, seed=1, state=path)
    other = replace(data, train=Split(images=data.train.images, labels=data.train.labels[::-1].copy()))
    with pytest.raises(NetworkError, match="other settings, another seed or another data set; remove it"):
        train(asked, other, seed=1, state=path)
    with pytest.raises(NetworkError, match="has gone on for 2 epochs, and 1 are asked for: remove it"):
        train(replace(asked, epochs=1), data, seed=1, state=path)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(NetworkError, match=r"holds no state of a training, .*; remove it to begin anew"):
        train(asked, data, seed=1, state=folder)
