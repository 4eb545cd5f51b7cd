"""Weights that differ between the two directions, and a nudge outside the activation."""

from dataclasses import replace

import pytest

from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.diagnosis import agreements
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.estimators.asymmetric import Asymmetric
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, error, phases, problem


@pytest.mark.parametrize("feedback", [Different, Same])
def test_backward_weights_at_no_angle_are_symmetric_ones(feedback):
    for make in (dense, convolutional):
        shared = problem(make())
        network = make(feedback=feedback(angle=0))
        parameters = dict(shared.parameters)
        for link in network.links:
            if link.separate:
                parameters[f"{link.name}.backward"] = parameters[f"{link.name}.weight"]
        asked = replace(shared, network=network, parameters=parameters)
        settings = phases(150, 60, 1e-3)
        wanted = Symmetric().estimate(shared, settings)
        found = Symmetric().estimate(asked, settings)
        for first, second in zip(found.free, wanted.free, strict=True):
            torch.testing.assert_close(first, second, rtol=0, atol=1e-14)
        for link in network.links:
            part, exact = found.gradients[f"{link.name}.weight"], wanted.gradients[f"{link.name}.weight"]
            if link.separate:
                part = part + found.gradients[f"{link.name}.backward"]
                # The same rule gives each of the two the whole of it.
                exact = exact * (2 if feedback is Same else 1)
            torch.testing.assert_close(part, exact, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        lambda **settings: dense(units=(12, 9, 7, 5), **settings),
        lambda **settings: dense("sigmoid", loss=SoftmaxReadout(4), **settings),
        lambda **settings: convolutional(loss=MeanSquare(), **settings),
        lambda **settings: convolutional(pool=SoftmaxPool, **settings),
        lambda **settings: convolutional(pool=MaxPool, **settings),
    ],
    ids=["dense", "readout", "average", "softmax", "max"],
)
@pytest.mark.parametrize("angle", [60, None])
def test_the_asymmetric_estimate_is_exact_where_the_vector_field_is_not(make, angle):
    asked = problem(make(feedback=Different(angle=angle)), scale=1.5)
    settings = phases(300, 150, 1e-4)
    exact = Bptt().estimate(asked, settings).gradients
    right = agreements(Asymmetric().estimate(asked, settings).gradients, exact)
    assert max(agreement.error for agreement in right) < 1e-4
    wrong = agreements(Symmetric().estimate(asked, settings).gradients, exact)
    assert max(agreement.error for agreement in wrong) > 0.1


def test_the_asymmetric_estimate_changes_nothing_for_shared_weights():
    asked, settings = problem(dense()), phases(100, 50, 0.1)
    found, wanted = (way.estimate(asked, settings).gradients for way in (Asymmetric(), Symmetric()))
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)
    for network, message in (
        (dense(dynamics=NudgeOutside()), "needs dynamics 'nudge_inside' .got 'nudge_outside'"),
        (dense(feedback=Same()), "learn by 'different' rules"),
    ):
        with pytest.raises(NetworkError, match=message):
            Asymmetric().estimate(problem(network), settings)


def test_a_separate_readout_row_of_units_has_its_backward_weights():
    """Two fully connected layers without a softmax readout: the reference leaves one of their terms out, and stops."""
    asked = problem(
        chain((1, 8, 8), [Convolution(channels=3, padding=1), Dense(6), Dense(4)], activation="sigmoid",
              loss=MeanSquare(), feedback=Different())
    )  # fmt: skip
    found = Symmetric().estimate(asked, phases(100, 30, 0.1)).gradients
    assert {"link2.backward", "link3.backward"} <= set(found)
    assert all(float(value.norm()) > 0 for value in found.values())


@pytest.mark.parametrize("activation", ["sigmoid", "shifted_sigmoid"])
def test_a_nudge_outside_the_activation_learns_another_loss(activation):
    """Of the squared error, outside: the cross-entropy of each unit, whose derivative by its drive is s − y."""
    asked = problem(dense(activation, dynamics=NudgeOutside()))
    settings = phases(200, 100, 1e-5)
    found = OneSided().estimate(asked, settings).gradients
    leaves = {name: value.clone().requires_grad_() for name, value in asked.parameters.items()}
    state = [torch.zeros(asked.size, units, dtype=torch.float64) for units in (12, 9, 5)]
    for _ in range(200):
        drives = [
            layer @ leaves[f"link{n}.weight"].T + leaves[f"link{n}.bias"]
            for n, layer in enumerate([asked.inputs, *state[:-1]], 1)
        ]
        drives = [
            drive + (state[n + 1] @ leaves[f"link{n + 2}.weight"] if n < 2 else 0) for n, drive in enumerate(drives)
        ]
        state = [asked.network.functions[0](drive) for drive in drives]
    gain = 4 if activation == "shifted_sigmoid" else 1
    loss = torch.nn.functional.binary_cross_entropy(state[-1], asked.targets, reduction="sum") / gain / asked.size
    exact = dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values())), strict=True))
    assert error(found, exact) < 1e-3
    square = Bptt().estimate(asked, settings).gradients
    assert error(found, square) > 0.1
    inside = replace(asked, network=dense(activation))
    assert error(OneSided().estimate(inside, settings).gradients, square) < 1e-3
