"""Weights that are symbols and scales all the time they learn: the rules, what they never are, resume, refusals."""

import math
from dataclasses import replace

import pytest

from rramsim.data.catalog import load_dataset
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.dynamics.outside_clipped import NudgeOutsideClipped
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.parameters import draw_parameters
from rramsim.eqprop.settings import load_file
from rramsim.eqprop.stored import held_weight, is_weight, quantised, stored_weight
from rramsim.eqprop.trainers.flips import Flips
from rramsim.eqprop.trainers.progress import begin, changes_table, load_progress
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.eqprop.trainers.straight_through import StraightThrough
from rramsim.eqprop.trainers.train import train
from rramsim.errors import InputError, NetworkError
from rramsim.tables.eqprop import CHANGES
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind
from tests.unit.eqprop.problems import convolutional, dense, generator, phases
from tests.unit.eqprop.test_settings import MNIST_LIKE
from tests.unit.eqprop.test_training import some

BINARY, TERNARY = WeightKind
DIGITS = load_dataset("digits")


def flips(kind=BINARY, **changed):
    settings = {"gammas": (1e-3, 1e-4), "thresholds": (3e-5, 1e-5), "leave_zero": 1.0 if kind is BINARY else 2.0}
    return Flips(weights=kind, **settings | changed)


def recipe(optimiser, **changed):
    settings = {
        "network": dense("hard_sigmoid", units=(64, 10), inputs=64), "estimator": Symmetric(),
        "phases": phases(20, 8, 0.3), "rates": (0.05, 0.025), "epochs": 4, "batch": 20, "optimiser": optimiser,
    }  # fmt: skip
    return Recipe(**settings | changed)


def straight(kind):
    return StraightThrough(weights=kind, momentum=0.5)


def drawn(network):
    return draw_parameters(network, generator(4))


def stepped(optimiser, network, steps=40, rates=0.1):
    """Parameters and memory after steps with random gradients, and those gradients."""
    given, source = drawn(network), generator(5)
    memory, parameters = optimiser.begin(given), optimiser.initial(given)
    gradients = []
    for _ in range(steps):
        gradients.append({name: torch.randn(value.shape, generator=source) for name, value in parameters.items()})
        optimiser.step(parameters, gradients[-1], dict.fromkeys(parameters, rates), memory)
    return parameters, memory, gradients


def by_hand(kind, weight, gradients, gamma, threshold, leave_zero):
    """One weight at a time, in words: past the threshold it goes to the next symbol, against its momentum."""
    symbol, momentum, changes = stored_weight(weight, kind).symbols.flatten().tolist(), [0.0] * weight.numel(), 0
    ladder = {BINARY: [-1, 1], TERNARY: [-1, 0, 1]}[kind]
    for gradient in gradients:
        for place, value in enumerate(gradient.flatten().tolist()):
            momentum[place] = (1 - gamma) * momentum[place] + gamma * value
            limit = threshold * (leave_zero if symbol[place] == 0 else 1)
            if abs(momentum[place]) > limit:
                rung = ladder.index(symbol[place]) + (-1 if momentum[place] > 0 else 1)
                if 0 <= rung < len(ladder):
                    symbol[place], changes = ladder[rung], changes + 1
    return symbol, changes


@pytest.mark.parametrize("kind", [BINARY, TERNARY])
def test_symbols_change_as_by_hand_with_the_settings_of_their_link(kind):
    network = dense(units=(6, 4), inputs=5)
    asked = flips(kind, gammas=(0.1, 0.3), thresholds=(0.05, 0.2))
    parameters, memory, gradients = stepped(asked, network)
    given = drawn(network)
    for number, name in enumerate(("link1.weight", "link2.weight")):
        each = [gradient[name] for gradient in gradients]
        symbols, changes = by_hand(
            kind, given[name], each, asked.gammas[number], asked.thresholds[number], asked.leave_zero
        )
        assert parameters[name].sign().flatten().tolist() == symbols
        assert asked.changes(memory)[name] == changes > 20
    moved = given["link1.bias"] - 0.1 * sum(gradient["link1.bias"] for gradient in gradients)
    torch.testing.assert_close(parameters["link1.bias"], moved)


def test_a_binary_weight_flips_where_the_authors_code_does():
    """Their gradient is the one that is climbed: a flip where −sign(W) · m > τ."""
    network = dense(units=(6, 4), inputs=5)
    given, asked = drawn(network), flips(gammas=(0.2, 0.2), thresholds=(0.1, 0.1))
    parameters, _, gradients = stepped(asked, network, steps=30)
    sign, average = given["link1.weight"].sign(), torch.zeros_like(given["link1.weight"])
    for gradient in gradients:
        average = 0.8 * average + 0.2 * -gradient["link1.weight"]
        sign = torch.where(-sign * average > 0.1, -sign, sign)
    assert torch.equal(parameters["link1.weight"].sign(), sign)
    assert not torch.equal(sign, given["link1.weight"].sign())


NETWORKS = {
    "dense": dense(units=(6, 4), inputs=5),
    "readout": dense(units=(6, 5), inputs=5, loss=SoftmaxReadout(3)),
    "separate": dense(units=(6, 4), inputs=5, feedback=Same()),
    "convolutional": convolutional(loss=SoftmaxReadout(4)),
}


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
@pytest.mark.parametrize("kind", [BINARY, TERNARY])
@pytest.mark.parametrize("made", [flips, straight], ids=["flips", "straight_through"])
def test_weights_are_symbols_times_one_scale_after_any_step(made, kind, network):
    links = len({name.split(".")[0] for name in network.parameter_shapes})
    asked = made(kind)
    if made is flips:
        asked = flips(kind, gammas=(0.3,) * links, thresholds=(0.05,) * links, scale_rates=(1e-3,) * links)
    for steps in (0, 1, 7):
        parameters, memory, _ = stepped(asked, network, steps)
        stored = asked.stored(parameters, memory)
        assert stored.keys() == {name for name in parameters if is_weight(name)}
        for name, weight in stored.items():
            scale = torch.tensor(weight.scale, dtype=torch.float32)
            allowed = [-scale, scale] if kind is BINARY else [-scale, torch.zeros(()), scale]
            assert torch.isin(parameters[name], torch.stack(allowed)).all()
            assert torch.equal(weight.values(), parameters[name])
            held = held_weight(parameters[name], kind)
            assert (held.scale, held.symbols.tolist()) == (weight.scale, weight.symbols.tolist())
        if steps:
            assert sum(asked.changes(memory).values()) > 0


def test_a_scale_stays_or_learns_as_the_authors_have_it():
    """α ← α + lr · ΔΦ / (2 β B), in which ΔΦ / (β B) is the gradient that is climbed times the weights."""
    network = dense(units=(6, 4), inputs=5)
    name = "link1.weight"
    first = stored_weight(drawn(network)[name], BINARY)
    parameters, memory, _ = stepped(flips(gammas=(0.3, 0.3)), network, 9)
    assert held_weight(parameters[name], BINARY).scale == first.scale
    asked = flips(scale_rates=(0.02, 0.0))
    parameters, memory, gradients = stepped(asked, network, 1)
    wanted = first.scale + 0.02 * float((-gradients[0][name] * first.values()).sum()) / 2
    assert asked.stored(parameters, memory)[name].scale == pytest.approx(wanted, rel=1e-5)
    assert wanted != pytest.approx(first.scale, rel=1e-2)
    with pytest.raises(NetworkError, match=r"the scale of link1.weight has come to -.*: lower scale_rates"):
        stepped(flips(scale_rates=(1e3, 0.0)), network, 5)


@pytest.mark.parametrize("kind", [BINARY, TERNARY])
def test_straight_through_stores_what_descends_behind_it(kind):
    network = dense(units=(6, 4), inputs=5)
    parameters, _, gradients = stepped(straight(kind), network, 6)
    real, sgd = drawn(network), Sgd(momentum=0.5)
    memory = sgd.begin(real)
    for gradient in gradients:
        sgd.step(real, gradient, dict.fromkeys(real, 0.1), memory)
    for name, value in quantised(real, kind).items():
        torch.testing.assert_close(parameters[name], value)


@pytest.mark.parametrize("kind", [BINARY, TERNARY])
@pytest.mark.parametrize("made", [flips, straight], ids=["flips", "straight_through"])
def test_digits_are_learnt_with_symbols(made, kind):
    rates = (0.05, 0.025) if made is flips else (0.2, 0.1)
    asked = recipe(made(kind), rates=rates)
    found = train(asked, DIGITS, seed=1)
    last = found.history[-1]
    assert last.correct / last.images > 0.85  # 0.1 by chance
    table = changes_table(found.history, found.parameters)
    assert CHANGES.text(table).startswith("epoch,parameter,weights,changes\n1,link1.weight,4096,")
    assert table["changes"].sum() == sum(asked.optimiser.changes(found.memory).values()) > 100
    assert (table["epoch"].max(), set(table["parameter"])) == (4, {"link1.weight", "link2.weight"})


@pytest.mark.parametrize("kind", [BINARY, TERNARY])
@pytest.mark.parametrize("made", [flips, straight], ids=["flips", "straight_through"])
def test_a_training_that_was_killed_goes_on_as_if_it_had_not(made, kind, tmp_path):
    asked, data = recipe(made(kind), epochs=3, estimator=RandomSign()), some(120)
    whole = train(asked, data, seed=2)
    path = tmp_path / "training.safetensors"
    train(replace(asked, epochs=1), data, seed=2, state=path)
    kept = load_progress(path, asked, 2, data=data.hash)
    assert list(kept.parameters) == list(begin(asked, 2).parameters)  # settings of links go by their order
    again = train(asked, data, seed=2, state=path)
    assert again.history == whole.history
    for part in ("parameters", "memory"):
        found, wanted = getattr(again, part), getattr(whole, part)
        assert found.keys() == wanted.keys()
        assert all(torch.equal(value, wanted[name]) for name, value in found.items())


@pytest.mark.parametrize(
    ("optimiser", "changed", "message"),
    [
        (flips(gammas=(1e-3,)), {}, r"optimiser.gammas: 2 numbers are needed, of link1, link2 \(got 1\)"),
        (flips(thresholds=(1e-3,) * 3), {}, r"optimiser.thresholds: 2 numbers are needed"),
        (flips(scale_rates=(1e-3,)), {}, r"optimiser.scale_rates: 2 numbers are needed"),
        (flips(), {"estimator": Continual()}, "the estimator 'continual' changes real weights in every step"),
        (straight(TERNARY), {"estimator": RandomSign(of=Continual())}, "stores ternary ones: use another estimator"),
        (flips(), {"images": 0}, "at least 1 image"),
    ],
)
def test_what_does_not_fit_is_refused(optimiser, changed, message):
    with pytest.raises(InputError, match=message):
        recipe(optimiser, **changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"gammas": (0.0, 1.0)}, "gammas are above 0 and at most 1"),
        ({"gammas": (1.5, 1.0)}, "gammas are above 0 and at most 1"),
        ({"thresholds": (-1.0, 1.0)}, "thresholds are not negative"),
        ({"scale_rates": (math.inf, 1.0)}, "scale_rates are not negative"),
        ({"leave_zero": 0.0}, "leave_zero is above 0"),
    ],
)
def test_numbers_that_are_none_are_refused(changed, message):
    with pytest.raises(InputError, match=message):
        flips(**changed)


def test_the_first_images_are_learnt_from():
    asked = recipe(Sgd(), rates=(0.1, 0.1), images=100, epochs=1)
    found = train(asked, DIGITS, seed=1)
    assert found.history[0].train_images == 100
    with pytest.raises(InputError, match=r"training\.images: digits has 1078 training images \(got 5000\)"):
        train(replace(asked, images=5000), DIGITS, seed=1)


def test_presets_of_binary_weights_are_the_authors_settings():
    """T, K, γ, τ, learning rates of biases and epochs of their README, which lists links from the output on."""
    wanted = {
        "b_1h": (50, (1e-5, 1e-4), 5e-7, (0.025, 0.05), 50),
        "b_2h": (250, (5e-6, 2e-5, 2e-5), 5e-7, (0.025, 0.05, 0.1), 50),
        "b_conv": (150, (5e-8,) * 3, 1e-8, (0.025, 0.05, 0.1), 50),
    }
    for name, (free, gammas, threshold, rates, epochs) in wanted.items():
        asked = load_file(name).recipe(MNIST_LIKE)
        assert (asked.phases.free.steps, asked.phases.nudged.steps, asked.phases.beta) == (free, 10, 0.3)
        assert asked.optimiser.gammas == gammas[::-1]
        assert asked.optimiser.thresholds == (threshold,) * len(gammas)
        assert (asked.rates, asked.epochs, asked.batch) == (rates[::-1], epochs, 64)
        assert (asked.estimator, asked.optimiser.stores) == (RandomSign(), BINARY)
    assert load_file("b_1h").recipe(MNIST_LIKE).network.shapes == ((1, 28, 28), (4096,), (10,))
    assert load_file("b_conv").recipe(MNIST_LIKE).network.shapes[1:] == ((32, 14, 14), (64, 7, 7), (10,))
    assert load_file("b_cifar").training.rates == (0.4, 0.2, 0.1, 0.05, 0.025)
    assert load_file("t_1h").recipe(MNIST_LIKE).optimiser.stores is TERNARY


def test_the_nudge_outside_is_clipped_where_it_leaves_the_limits():
    function = dense("hard_sigmoid").functions[0]
    drive, pull = torch.tensor([0.5, 0.9, -1.0, 3.0]), torch.tensor([0.2, 0.3, -0.3, -0.2])
    free, clipped = NudgeOutside(), NudgeOutsideClipped()
    assert torch.equal(clipped.move(function, drive, drive, pull), free.move(function, drive, drive, pull).clamp(0, 1))
    assert clipped.move(function, drive, drive, pull).tolist() == pytest.approx([0.7, 1.0, 0.0, 0.8])
    with pytest.raises(NetworkError, match="the lower limit of a state lies below the upper one"):
        NudgeOutsideClipped(lowest=1.0)
