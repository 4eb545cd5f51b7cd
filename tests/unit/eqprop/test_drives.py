"""Drives and gradients that are written out, against autograd of the primitive function they are derivatives of."""

import pytest

from rramsim.eqprop.activations.catalog import ACTIVATIONS
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import Link, Network, chain
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.catalog import POOLS
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.none import NoPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.eqprop.primitive import primitive
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, error, phases, problem, random_state


def strided():
    """Strides that leave rows of a hidden layer without a kernel, and a pooling of 3 × 3."""
    maps = [
        Convolution(channels=3, kernel=2, pool=NoPool()),
        Convolution(channels=3, kernel=3, stride=2, pool=NoPool()),
        Convolution(channels=4, kernel=2, pool=MaxPool(3)),
    ]
    network = chain_of((2, 11, 11), [*maps, Dense(5)])
    assert network.shapes[1:4] == ((3, 10, 10), (3, 4, 4), (4, 1, 1))  # (10 − 3) / 2 is no whole number
    return network


def chain_of(inputs, connections, **settings):
    return chain(inputs, connections, activation="sigmoid", loss=MeanSquare(), **settings)


def skipping():
    """Layer 3 sees layers 1 and 2, and the input; layer 1 feels both."""
    links = (
        Link(name="a", pre=0, post=1, connection=Convolution(channels=3, padding=1, pool=MaxPool())),
        Link(name="b", pre=1, post=2, connection=Convolution(channels=3, padding=1, pool=SoftmaxPool(sharpness=2))),
        Link(name="c", pre=1, post=3, connection=Dense(5)),
        Link(name="d", pre=2, post=3, connection=Dense(5)),
        Link(name="e", pre=0, post=3, connection=Dense(5)),
    )
    return Network(inputs=(2, 8, 8), links=links, activations=("tanh", "sigmoid", "tanh"), loss=MeanSquare())


NETWORKS = {
    "dense": dense(),
    "one layer": dense(units=(5,)),
    "average": convolutional(),
    "max": convolutional(pool=MaxPool),
    "softmax": convolutional(pool=SoftmaxPool),
    "no pooling": chain_of((2, 5, 5), [Convolution(channels=3, pool=NoPool()), Dense(5)]),
    "output units": convolutional(pool=MaxPool, loss=MeanSquare()),
    "strided": strided(),
    "skipping": skipping(),
    "real time": convolutional(dynamics=RealTime(dt=0.3), pool=SoftmaxPool),
}


def machine(asked, state, **settings):
    found = Machine(asked.network, asked.parameters, asked.inputs, schedule=Synchronous(), **settings)
    found.load(state)
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_drives_are_the_derivatives_of_the_primitive_function(name):
    asked = problem(NETWORKS[name])
    state = random_state(asked.network, asked.size)
    rates = [value.clone().requires_grad_() for value in Run(asked, phases()).rates(state)[1:]]
    phi = primitive(asked.network, asked.parameters, asked.inputs, tuple(rates))
    assert phi.shape == (asked.size,)
    exact = torch.autograd.grad(phi.sum(), rates)
    for drive, wanted in zip(machine(asked, state).drives(), exact, strict=True):
        torch.testing.assert_close(drive, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_the_derivatives_of_the_primitive_function_by_the_parameters(name):
    asked = problem(NETWORKS[name])
    before, after = (random_state(asked.network, asked.size, seed) for seed in (1, 2))
    run = Run(asked, phases())
    found = run.between((0.0, before), (0.5, after), before)
    leaves = {key: value.clone().requires_grad_() for key, value in asked.parameters.items()}
    values = [primitive(asked.network, leaves, asked.inputs, run.rates(state)[1:]) for state in (before, after)]
    loss = asked.network.loss.values(after[-1], asked.targets, leaves)
    scalar = ((values[0] - values[1]) / 0.5 + loss).mean()  # d(−Φ + β L) / β
    exact = torch.autograd.grad(scalar, list(leaves.values()))
    assert set(found) == set(leaves)
    for key, wanted in zip(leaves, exact, strict=True):
        torch.testing.assert_close(found[key], wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", NETWORKS)
def test_steps_that_autograd_follows_are_those_written_in_place(name, schedule):
    asked = problem(NETWORKS[name])
    start = random_state(asked.network, asked.size)
    ways = []
    for followed in (False, True):
        way = Machine(asked.network, asked.parameters, asked.inputs, schedule=SCHEDULES[schedule], followed=followed)
        way.load(start)
        way.nudge(asked.targets, 0.3)
        for _ in range(4):
            way.step()
        ways.append(way.state())
    for first, second in zip(*ways, strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=1e-13)  # convolutions add up in another order


def test_a_step_is_the_activation_of_the_drives_of_the_states_before_it():
    """Synchronous: all from the old ones. Even and odd: the even layers from what the odd ones have become."""
    asked = problem(convolutional(pool=MaxPool))
    start = random_state(asked.network, asked.size)
    old = machine(asked, start).drives()
    for name, parity in (("synchronous", None), ("even_odd", 1)):
        way = Machine(asked.network, asked.parameters, asked.inputs, schedule=SCHEDULES[name])
        way.load(start)
        way.step()
        expected = [torch.sigmoid(drive) for drive in old]
        if parity is not None:  # layers 1 and 3 first
            half = (expected[0], start[1], expected[2])
            expected[1] = torch.sigmoid(machine(asked, half).drives()[1])
        for found, wanted in zip(way.state(), expected, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("pool", POOLS)
def test_a_pooling_comes_back_by_the_transpose_of_its_derivative(pool):
    pooling = POOLS[pool]()
    sums = torch.rand((2, 3, 4, 6), dtype=torch.float64)
    change = torch.rand((2, 3, 4, 6), dtype=torch.float64)
    pooled, context = pooling(sums)
    assert pooling.contextual == bool(context)
    drive = torch.rand_like(pooled)
    exact, tangent = torch.autograd.functional.jvp(lambda value: pooling(value)[0], sums, change)
    torch.testing.assert_close(pooled, exact)
    torch.testing.assert_close(pooling.tangent(change, context), tangent)
    back = torch.autograd.functional.vjp(lambda value: pooling(value)[0], sums, drive)[1]
    torch.testing.assert_close(pooling.back(drive, context), back)


def test_softmax_pooling_lies_between_the_mean_and_the_largest():
    sums = torch.rand((2, 3, 4, 4), dtype=torch.float64)
    mean, largest = AveragePool()(sums)[0], MaxPool()(sums)[0]
    torch.testing.assert_close(SoftmaxPool(sharpness=0.0)(sums)[0], mean)
    torch.testing.assert_close(SoftmaxPool(sharpness=1e4)(sums)[0], largest, atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_have_the_slopes_that_autograd_finds(name):
    function = ACTIVATIONS[name]
    drive = torch.linspace(-2.03, 3.01, 60, dtype=torch.float64)
    kept = drive.clone()
    buffer = torch.empty_like(drive)
    assert function(drive, buffer) is buffer
    assert torch.equal(drive, kept)
    assert torch.equal(buffer, function(drive))
    leaf = drive.clone().requires_grad_()
    slope = torch.autograd.grad(function(leaf).sum(), leaf)[0]
    torch.testing.assert_close(function.derivative(drive), slope)


def test_activations_of_the_papers():
    at = torch.tensor([-1.0, 0.25, 0.5, 1.5, 3.0], dtype=torch.float64)
    found = {name: function(at) for name, function in ACTIVATIONS.items()}
    torch.testing.assert_close(found["hard_sigmoid"], torch.tensor([0, 0.25, 0.5, 1, 1]).double())
    torch.testing.assert_close(found["half_hard_sigmoid"], torch.tensor([0, 0.125, 0.25, 0.75, 1]).double())
    torch.testing.assert_close(found["centred_hard_sigmoid"], torch.tensor([-0.5, 0.25, 0.5, 0.5, 0.5]).double())
    torch.testing.assert_close(found["shifted_sigmoid"], torch.sigmoid(4 * at - 2))
    assert ACTIVATIONS["shifted_sigmoid"].derivative(torch.tensor(0.5)) == 1


@pytest.mark.parametrize("loss", [MeanSquare(), CrossEntropy(), SoftmaxReadout(3)], ids=lambda loss: loss.name)
def test_a_nudge_pulls_against_the_derivative_of_the_loss(loss):
    asked = problem(dense(units=(6, 3), loss=loss))
    state = random_state(asked.network, asked.size)[-1].requires_grad_()
    leaves = {key: value.clone().requires_grad_() for key, value in asked.parameters.items()}
    values = loss.values(state, asked.targets, leaves)
    own = [leaves[name] for name in loss.shapes(asked.network.shapes[-1])]
    exact, *by_own = torch.autograd.grad(values.sum(), [state, *own])
    with torch.no_grad():
        torch.testing.assert_close(loss.pull(state, asked.targets, 0.3, leaves), -0.3 * exact)
        each = torch.linspace(-1, 1, asked.size).double().unsqueeze(1)
        torch.testing.assert_close(loss.pull(state, asked.targets, each, leaves), -each * exact)
        for found, wanted in zip(loss.gradient(state, asked.targets, leaves).values(), by_own, strict=True):
            torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("pool", [AveragePool, MaxPool, SoftmaxPool])
def test_drives_of_separate_weights_come_back_through_the_backward_ones(pool):
    """φ_n = ⟨s_n, P(w_f ∗ s_(n−1))⟩ + ⟨s_(n+1), P(w_b ∗ s_n)⟩, unpooled where w_b ∗ s_n is the largest."""
    asked = problem(convolutional(pool=pool, loss=MeanSquare(), feedback=Different()))
    assert set(asked.parameters) == {
        f"link{n}.{part}"
        for n in range(1, 5)
        for part in ("weight", "bias", "backward")
        if (n, part) != (1, "backward")
    }
    state = random_state(asked.network, asked.size)
    found = machine(asked, state).drives()
    layers = [asked.inputs, *state]
    links = asked.network.links
    for number in range(1, 5):
        here = layers[number].clone().requires_grad_()
        total = 0
        for link in links:
            pre = asked.network.shapes[link.pre]
            weight, bias = asked.parameters[f"{link.name}.weight"], asked.parameters[f"{link.name}.bias"]
            if link.post == number:
                through = link.connection.bind(pre, weight, bias)
                total = total + through.value(through.view(layers[link.pre]), here).sum()
            if link.pre == number:
                through = link.connection.bind(pre, asked.parameters[f"{link.name}.backward"], None)
                total = total + through.value(through.view(here), layers[link.post]).sum()
        torch.testing.assert_close(found[number - 1], torch.autograd.grad(total, here)[0])
    with pytest.raises(NetworkError, match="no primitive function"):
        primitive(asked.network, asked.parameters, asked.inputs, state)


def test_the_input_is_convolved_once(monkeypatch):
    asked = problem(convolutional())
    calls = []
    original = torch.nn.functional.conv2d
    monkeypatch.setattr(torch.nn.functional, "conv2d", lambda *given: calls.append(given[0].shape) or original(*given))
    way = machine(asked, random_state(asked.network, asked.size))
    for _ in range(7):
        way.step()
    assert [shape[1] for shape in calls].count(2) == 1  # the two channels of the input
    assert len(calls) == 1 + 7 * 2


def test_a_map_that_is_max_pooled_is_evaluated_once_for_both_directions(monkeypatch):
    asked = problem(convolutional(pool=MaxPool))
    calls = []
    original = torch.nn.functional.conv2d
    for schedule in SCHEDULES.values():
        way = Machine(asked.network, asked.parameters, asked.inputs, schedule=schedule)
        way.step()
        monkeypatch.setattr(torch.nn.functional, "conv2d", lambda *given: calls.append(1) or original(*given))
        calls.clear()
        for _ in range(5):
            way.step()
        monkeypatch.undo()
        assert len(calls) == 5 * 2


def test_float32_is_close_to_float64_and_bfloat16_near():
    network = convolutional(pool=MaxPool)
    exact = problem(network)
    states = {}
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        way = Machine(network, exact.parameters, exact.inputs, schedule=Synchronous(), dtype=dtype)
        for _ in range(30):
            way.step()
        assert all(value.dtype == dtype for value in way.state())
        states[dtype] = {str(n): value.double() for n, value in enumerate(way.state())}
    assert error(states[torch.float32], states[torch.float64]) < 1e-6
    assert 1e-6 < error(states[torch.bfloat16], states[torch.float64]) < 1e-2
