"""How networks settle: to which state, when it is over, what is said of it, and what it needs of memory."""

import gc
import math
import multiprocessing
import re
import tracemalloc
from concurrent.futures import ProcessPoolExecutor

import pytest

from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.energy import energy, energy_of, primitive_of
from rramsim.eqprop.estimators.phases import Phases, Run
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.primitive import primitive
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.eqprop.relaxation.even_odd import EvenOdd
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, phases, problem, random_state


def machine(asked, schedule="synchronous", **settings):
    return Machine(asked.network, asked.parameters, asked.inputs, schedule=SCHEDULES[schedule], **settings)


@pytest.mark.parametrize("network", [dense(), convolutional(pool=MaxPool)], ids=["dense", "max"])
def test_both_schedules_come_to_the_same_rest(network):
    asked = problem(network)
    rests = []
    for schedule in SCHEDULES:
        way = machine(asked, schedule)
        found = settle(way, Stop(steps=500, tolerance=1e-14))
        assert found.converged
        rests.append(way.state())
        for state, drive, function in zip(way.state(), way.drives(), network.functions, strict=True):
            torch.testing.assert_close(state, function(drive), rtol=0, atol=1e-13)
    for first, second in zip(*rests, strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=1e-12)


def test_even_and_odd_sweeps_need_fewer_steps():
    asked = problem(dense(units=(20, 20, 20, 5)), scale=2.0)
    steps = {}
    for schedule in SCHEDULES:
        steps[schedule] = settle(machine(asked, schedule), Stop(steps=1000, tolerance=1e-10, every=1)).steps
    assert steps["even_odd"] < 0.7 * steps["synchronous"]


def test_residuals_are_how_far_the_last_step_went():
    asked = problem(dense())
    way, other = machine(asked), machine(asked)
    found = settle(way, Stop(steps=7))
    for _ in range(6):
        other.step()
    before = other.state()
    other.step()
    exact = [float((new - old).abs().max()) for old, new in zip(before, other.state(), strict=True)]
    assert found.steps == 7
    assert found.converged is None
    assert found.residuals == pytest.approx(exact, rel=1e-12)
    assert len(found.residuals) == 3


def test_a_residual_ends_a_phase():
    asked = problem(dense())
    found = settle(machine(asked), Stop(steps=300, tolerance=1e-8, every=4), traced=True)
    assert found.converged
    assert max(found.residuals) <= 1e-8
    assert found.steps % 4 == 0
    steps, residuals = zip(*found.trace, strict=True)
    assert steps == tuple(range(4, found.steps + 1, 4))
    assert all(max(row) > 1e-8 for row in residuals[:-1])
    assert residuals[-1] == found.residuals
    late = settle(machine(asked), Stop(steps=6, tolerance=1e-8, every=4))
    assert (late.steps, late.converged) == (6, False)


def test_a_network_that_diverges_is_told_with_its_layer_and_step():
    asked = problem(dense("linear", units=(6, 6, 6)), scale=3.0)
    way = machine(asked)
    with pytest.raises(NetworkError, match=r"diverges: layer (\d) of 3 reaches \S+ in step (\d+)") as told:
        settle(way, Stop(steps=400))
    layer, step = map(int, re.search(r"layer (\d) of .* in step (\d+)", str(told.value)).groups())
    again = machine(asked)
    for made in range(1, step + 1):
        sizes = [float(value.abs().max()) for value in again.present()]
        assert max(sizes) <= 1e6, made
        again.step()
    assert float(again.present()[layer - 1].abs().max()) > 1e6


@pytest.mark.parametrize("stop", [Stop(steps=3000), Stop(steps=3000, tolerance=1e-9, every=7)])
def test_values_that_are_not_finite_are_told_too(stop):
    asked = problem(dense("linear", units=(6, 6, 6)), scale=3.0, dtype=torch.float32)
    with pytest.raises(NetworkError, match="the relaxation diverges: layer"):
        settle(machine(asked), stop)


def test_the_state_that_is_given_is_not_the_one_that_moves():
    asked = problem(dense())
    start = random_state(asked.network, asked.size)
    kept = [value.clone() for value in start]
    way = machine(asked)
    way.load(start)
    settle(way, Stop(steps=2))
    found = way.state()
    copy = [value.clone() for value in found]
    settle(way, Stop(steps=2))
    assert all(torch.equal(a, b) for a, b in zip(start, kept, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(found, copy, strict=True))
    assert not any(value.is_inference() for value in found)  # a user may go on with autograd


def remembered(numbers):
    """Python's own peak, and tensors alive, of phases of so many steps."""
    asked = problem(convolutional(pool=MaxPool, loss=MeanSquare()))
    peaks, alive = [], []
    for steps in numbers:
        run = Run(asked, Phases(free=Stop(steps=steps), nudged=Stop(steps=steps), beta=0.1))
        tracemalloc.start()
        run.settle_nudged(run.settle_free(), 0.1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        gc.collect()
        alive.append(sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects()))
        assert all(value.grad_fn is None for value in run.machine.present())
    return peaks, alive


def test_memory_does_not_grow_with_the_steps():
    """In a process of its own: what other threads are making must not be looked at, as gc.get_objects does."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        peaks, alive = process.submit(remembered, (10, 10, 400)).result()
    assert peaks[2] < peaks[1] + 30_000  # bytes; one tensor of each layer in each step would be 170,000
    assert alive[2] == alive[1]


@pytest.mark.parametrize("schedule", [Synchronous(), EvenOdd()], ids=lambda kind: kind.name)
@pytest.mark.parametrize("layers", [1, 2, 3, 4, 5, 12])
def test_every_layer_is_in_one_group(schedule, layers):
    groups = schedule.groups(layers)
    assert sorted(layer for group in groups for layer in group) == list(range(1, layers + 1))
    assert all(groups)


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 5])
def test_odd_and_even_numbers_of_layers_settle(layers):
    asked = problem(dense(units=(6,) * layers))
    for schedule in SCHEDULES:
        assert settle(machine(asked, schedule), Stop(steps=1000, tolerance=1e-12)).converged


def test_a_step_of_real_time_goes_down_the_energy():
    asked = problem(dense(dynamics=RealTime(dt=0.2)))
    state = random_state(asked.network, asked.size)
    way = machine(asked)
    way.load(state)
    way.nudge(asked.targets, 0.4)
    leaves = [value.clone().requires_grad_() for value in state]
    total = energy(asked.network, asked.parameters, asked.inputs, tuple(leaves))
    total = total + 0.4 * asked.network.loss.values(leaves[-1], asked.targets, {})
    slopes = torch.autograd.grad(total.sum(), leaves)
    way.step()
    for moved, old, slope in zip(way.state(), state, slopes, strict=True):
        torch.testing.assert_close(moved, old - 0.2 * slope)
    way.nudge(None)
    values = []
    for _ in range(300):
        way.step()
        values.append(energy(asked.network, asked.parameters, asked.inputs, way.state()))
    assert bool((torch.stack(values).diff(dim=0) <= 1e-12).all())
    assert max(settle(way, Stop(steps=1)).residuals) < 1e-9


def test_clipped_states_stay_where_they_may_be():
    asked = problem(dense(dynamics=RealTime(dt=0.5, clip=(0.1, 0.3))))
    way = machine(asked)
    for _ in range(20):
        way.step()
    assert all(float(value.min()) >= 0.1 and float(value.max()) <= 0.3 for value in way.state())


def test_energy_and_primitive_function_become_each_other():
    """A step of length δ down E is the derivative of the primitive function made of E, for any δ."""
    asked = problem(dense("linear"))
    state = [value.requires_grad_() for value in random_state(asked.network, asked.size)]
    phi = primitive(asked.network, asked.parameters, asked.inputs, tuple(state))
    there = energy(asked.network, asked.parameters, asked.inputs, tuple(state))
    torch.testing.assert_close(energy_of(phi, tuple(state)), there)
    torch.testing.assert_close(primitive_of(there, tuple(state)), phi)  # δ = 1: the quadratic terms cancel
    slopes = torch.autograd.grad(there.sum(), state, retain_graph=True)
    for step in (1.0, 0.25):
        made = primitive_of(there, tuple(state), step)
        torch.testing.assert_close(energy_of(made, tuple(state), step), there)
        derivatives = torch.autograd.grad(made.sum(), state, retain_graph=True)
        for value, slope, derivative in zip(state, slopes, derivatives, strict=True):
            torch.testing.assert_close(derivative, value - step * slope)


def test_the_rest_of_the_energy_is_that_of_the_primitive_function():
    """With linear units both ways of writing it are one network; real time only takes longer."""
    discrete, slow = problem(dense("linear"), scale=0.5), problem(dense("linear", dynamics=RealTime(dt=0.3)), scale=0.5)
    rests = []
    for asked in (discrete, slow):
        way = machine(asked)
        way.nudge(asked.targets, 0.2)
        assert settle(way, Stop(steps=2000, tolerance=1e-14)).converged
        rests.append(way.state())
    for first, second in zip(*rests, strict=True):
        torch.testing.assert_close(first, second, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"beta": 0.0}, "beta is a number other than 0"),
        ({"beta": math.nan}, "beta is a number other than 0"),
        ({"beta": math.inf}, "beta is a number other than 0"),
        ({"nudged": 0}, "a phase has at least 1 step"),
        ({"free": 0}, "a phase has at least 1 step"),
    ],
)
def test_phases_that_teach_nothing_are_refused(changed, message):
    with pytest.raises(NetworkError, match=message):
        phases(**changed)


def test_tolerances_and_looks_are_checked():
    with pytest.raises(NetworkError, match="tolerance of a residual is above 0"):
        Stop(steps=3, tolerance=0.0)
    with pytest.raises(NetworkError, match="looks every 1 or more"):
        Stop(steps=3, tolerance=1e-3, every=0)


def test_states_are_where_the_parameters_are():
    """Images may be elsewhere: no name of a device is ever put together. ``meta`` is one that every machine has."""
    asked = problem(convolutional(pool=MaxPool))
    there = {name: value.to("meta") for name, value in asked.parameters.items()}
    way = Machine(asked.network, there, asked.inputs, schedule=EvenOdd(), dtype=torch.bfloat16)
    way.nudge(asked.targets, 0.1)
    way.step()
    assert {(value.device.type, value.dtype) for value in way.state()} == {("meta", torch.bfloat16)}
