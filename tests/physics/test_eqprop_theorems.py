"""What is proved of equilibrium propagation: it is backpropagation through time, step by step."""

from dataclasses import replace

import pytest

from rramsim.eqprop.diagnosis import agreements, course_distance
from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.bptt import Bptt, bptt_steps
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.estimators.random_sign import RandomSign
from rramsim.eqprop.estimators.steps import nudged_steps
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.physics.eqprop_measures import mnist_like
from tests.unit.eqprop.problems import convolutional, dense, error, flat, generator, phases, problem


@pytest.mark.parametrize(
    ("network", "settings"),
    [
        (dense(), phases(150, 60)),
        (dense("shifted_sigmoid", loss=CrossEntropy(), output="linear"), phases(300, 60)),
        (dense("sigmoid", loss=SoftmaxReadout(4)), phases(150, 60)),
        (dense(units=(9,) * 11 + (5,)), phases(1000, 300)),
        (convolutional(loss=MeanSquare()), phases(150, 60)),
        (convolutional(pool=SoftmaxPool), phases(150, 60)),
        (dense(dynamics=RealTime(dt=0.5)), phases(400, 200)),
        (dense("sigmoid", output="linear", dynamics=RealTime(dt=0.5)), phases(400, 200)),
    ],
    ids=[
        "dense",
        "linear output",
        "readout",
        "12 layers",
        "convolutions",
        "softmax pooling",
        "real time",
        "real, linear",
    ],
)
def test_the_estimate_becomes_the_gradient(network, settings):
    asked = problem(network)
    exact = Bptt().estimate(asked, settings).gradients
    for estimator, beta, bound in ((OneSided(), 1e-5, 1e-3), (OneSided(), -1e-5, 1e-3), (Symmetric(), 3e-3, 1e-4)):
        found = estimator.estimate(asked, replace(settings, beta=beta)).gradients
        for agreement in agreements(found, exact):
            assert agreement.error < bound, agreement


def test_backpropagation_is_the_derivative_of_the_loss():
    """By differences of the loss after T1 steps; all of them are followed."""
    asked = problem(convolutional(pool=MaxPool, loss=MeanSquare()), scale=2.0)
    settings = phases(12, 12)
    gradients = Bptt().estimate(asked, settings).gradients

    def loss(parameters):
        state = Bptt().estimate(replace(asked, parameters=parameters), settings).free
        return float(asked.network.loss.values(state[-1], asked.targets, parameters).mean())

    source = generator(3)
    for name, gradient in gradients.items():
        way = torch.randn(gradient.shape, generator=source, dtype=torch.float64)
        sides = [loss(asked.parameters | {name: asked.parameters[name] + sign * 1e-6 * way}) for sign in (1, -1)]
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(float((gradient * way).sum()), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("network", [dense(units=(12, 5)), dense(), convolutional(), convolutional(loss=MeanSquare())])
def test_each_nudged_step_has_the_share_of_one_step_of_backpropagation(network):
    """Gradient-descending updates: step t of the nudged phase and step T − t of backpropagation."""
    asked, settings = problem(network, scale=1.5), phases(300, 12, 1e-4)
    exact = bptt_steps(asked, settings)
    summed = {name: sum(step[name] for step in exact) for name in exact[0]}
    whole = Bptt().estimate(asked, settings).gradients
    assert error(summed, whole) < 1e-12
    for symmetric, bound in ((False, 1e-3), (True, 1e-5)):
        found = nudged_steps(asked, settings, symmetric=symmetric)
        assert max(course_distance(found, exact).values()) < bound
        for made, wanted in zip(found, exact, strict=True):
            assert float((flat(made) - flat(wanted)).norm()) < bound * float(flat(whole).norm())


def test_courses_are_as_far_apart_as_in_the_authors_code():
    """784-512-10, tanh, T1 30, T2 10, 20 images, one-sided: W1 .0114, W2 .0126 at β .01; .112 and .127 at β .1."""
    asked = mnist_like(batch=20)
    exact = bptt_steps(asked, phases(30, 10))
    for beta, first, second in ((0.01, 0.0114, 0.0126), (0.1, 0.112, 0.127)):
        found = course_distance(nudged_steps(asked, phases(30, 10, beta)), exact)
        assert found["link1.weight"] == pytest.approx(first, rel=0.5)
        assert found["link2.weight"] == pytest.approx(second, rel=0.5)
    both = course_distance(nudged_steps(asked, phases(30, 10, 0.1), symmetric=True), exact)
    assert max(both.values()) < 0.25 * found["link1.weight"]


def test_the_third_phase_begins_at_the_free_state():
    asked, settings = problem(dense()), phases(80, 4, 0.5)
    sides = [OneSided().estimate(asked, replace(settings, beta=beta)).gradients for beta in (0.5, -0.5)]
    found = Symmetric().estimate(asked, settings).gradients
    for name, value in found.items():
        torch.testing.assert_close(value, (sides[0][name] + sides[1][name]) / 2)


def test_the_readout_learns_from_the_mean_of_both_nudged_states():
    asked, settings = problem(dense(loss=SoftmaxReadout(4))), phases(80, 20, 0.5)
    run = Run(asked, settings)
    free = run.settle_free()
    states = [run.settle_nudged(free, beta)[-1] for beta in (0.5, -0.5)]
    parts = [asked.network.loss.gradient(state, asked.targets, asked.parameters) for state in states]
    both, one = (way.estimate(asked, settings).gradients for way in (Symmetric(), OneSided()))
    for name in ("readout.weight", "readout.bias"):
        torch.testing.assert_close(both[name], (parts[0][name] + parts[1][name]) / (2 * asked.size))
        torch.testing.assert_close(one[name], parts[0][name] / asked.size)


def test_a_random_sign_is_one_of_two_one_sided_estimates():
    asked, settings = problem(dense()), phases(60, 10, 0.3)
    sides = [OneSided().estimate(asked, replace(settings, beta=beta)).gradients for beta in (0.3, -0.3)]
    source = generator(5)
    drawn = [RandomSign().estimate(asked, settings, source).gradients for _ in range(12)]
    seen = [[error(found, side) == 0 for side in sides] for found in drawn]
    assert all(sum(row) == 1 for row in seen)
    assert {row[0] for row in seen} == {True, False}
    for positive, side in ((1.0, sides[0]), (0.0, sides[1])):
        assert error(RandomSign(positive=positive).estimate(asked, settings, source).gradients, side) == 0
    with pytest.raises(NetworkError, match="needs a generator"):
        RandomSign().estimate(asked, settings)
    with pytest.raises(NetworkError, match="between 0 and 1"):
        RandomSign(positive=1.2)


def test_a_phase_that_ends_at_rest_gives_the_same_estimate():
    asked = problem(dense())
    long = Symmetric().estimate(asked, phases(400, 200, 0.1))
    stop = Stop(steps=400, tolerance=1e-13)
    short = Symmetric().estimate(asked, replace(phases(beta=0.1), free=stop, nudged=stop))
    assert error(short.gradients, long.gradients) < 1e-10
    assert all(how.converged and how.steps < 200 for how in short.settled)
    assert len(short.settled) == 3
    exact = Bptt().estimate(asked, replace(phases(nudged=100), free=stop)).gradients
    assert error(exact, Bptt().estimate(asked, phases(400, 100)).gradients) < 1e-10
    with pytest.raises(NetworkError, match="needs a free phase of at least as many"):
        Bptt().estimate(asked, phases(10, 20))
