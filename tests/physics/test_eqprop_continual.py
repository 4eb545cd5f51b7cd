"""Weights that change in every nudged step, by hand and in the limit."""

from dataclasses import replace

import pytest

from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.continual import Continual
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.estimators.steps import nudged_steps
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch
from tests.physics.eqprop_measures import angle, mnist_like, slope
from tests.unit.eqprop.problems import convolutional, dense, error, phases, problem


@pytest.mark.parametrize("network", [dense(), convolutional(), dense(feedback=Different(angle=45))])
@pytest.mark.parametrize("symmetric", [False, True])
def test_continual_updates_become_the_estimate_that_changes_no_weights(network, symmetric):
    asked, settings = problem(network), phases(100, 15, 0.2)
    steps = nudged_steps(asked, settings, symmetric=symmetric)
    # With separate weights each product is of the state before its step, in the limit too.
    estimator = Symmetric() if symmetric else OneSided()
    limit = {name: sum(step[name] for step in steps) for name in steps[0]}
    if network.reciprocal:
        assert error(limit, estimator.estimate(asked, settings).gradients) < 1e-12
        errors = [
            error(Continual(rates=rate, symmetric=symmetric).estimate(asked, settings).gradients, limit)
            for rate in (1e-3, 1e-4, 1e-5)
        ]
        assert errors[-1] < 1e-3
        assert slope((1e-3, 1e-4, 1e-5), errors) == pytest.approx(1, abs=0.1)
    else:
        runs = [
            Continual(rates=rate, symmetric=symmetric).estimate(asked, settings).gradients
            for rate in (1e-2, 1e-3, 1e-7)
        ]
        assert error(runs[1], runs[2]) < 0.2 * error(runs[0], runs[2])
        assert error(runs[2], limit) < 0.2


def test_continual_updates_leave_the_weights_that_the_phase_ended_with():
    """And both sides count half: the reference divides by 2 β on one of them only."""
    asked, settings = problem(dense(feedback=Different(angle=30))), phases(80, 10, 0.3)
    kept = {name: value.clone() for name, value in asked.parameters.items()}
    rates = {name: 0.02 * number for number, name in enumerate(kept, 1)}
    both = Continual(rates=rates, symmetric=True).estimate(asked, settings).gradients
    sides = [Continual(rates=rates).estimate(asked, replace(settings, beta=beta)).gradients for beta in (0.3, -0.3)]
    for name, value in kept.items():
        assert torch.equal(asked.parameters[name], value)  # put back, whatever happened on the way
        torch.testing.assert_close(both[name], (sides[0][name] + sides[1][name]) / 2)
    assert set(both) == set(kept)  # backward weights learn, too


def test_continual_updates_by_hand():
    """θ ← θ − rate · share, after the state has moved with the old weights."""
    asked, settings, rate = problem(dense(units=(4, 3))), phases(50, 3, 0.4), 0.1
    free = Run(asked, settings).settle_free()
    weights = {name: value.clone() for name, value in asked.parameters.items()}
    state = free
    for _ in range(3):
        hidden = torch.tanh(
            asked.inputs @ weights["link1.weight"].T + weights["link1.bias"] + state[1] @ weights["link2.weight"]
        )
        output = torch.tanh(
            state[0] @ weights["link2.weight"].T + weights["link2.bias"] + 0.4 * (asked.targets - state[1])
        )
        change = {
            "link1.weight": (hidden - state[0]).T @ asked.inputs,
            "link1.bias": (hidden - state[0]).sum(0),
            "link2.weight": output.T @ hidden - state[1].T @ state[0],
            "link2.bias": (output - state[1]).sum(0),
        }
        for name, value in change.items():
            weights[name] += rate / (0.4 * asked.size) * value
        state = (hidden, output)
    found = Continual(rates=rate).estimate(asked, settings).gradients
    for name, value in weights.items():
        torch.testing.assert_close(asked.parameters[name] - rate * found[name], value)


def test_continual_updates_refuse_learning_rates_that_are_none():
    asked = problem(dense())
    for rates, message in (
        (-0.1, "learning rate of link1.weight is not negative"),
        (dict.fromkeys(set(asked.parameters) - {"link1.bias"}, 0.1), "'link1.bias' has no learning rate"),
        (dict.fromkeys(asked.parameters, 0.1) | {"link9.bias": 1.0}, "'link9.bias' is unknown; did you mean"),
    ):
        with pytest.raises(NetworkError, match=message):
            Continual(rates=rates).estimate(asked, phases(5, 2))
    settings = replace(phases(5, 2), nudged=Stop(steps=5, tolerance=1e-3))
    with pytest.raises(NetworkError, match="fixed number of nudged steps"):
        Continual(rates=0.1).estimate(asked, settings)


def test_continual_updates_stray_further_and_vector_fields_furthest():
    """The order that the authors' code has with its learning rates: EP < C-EP, then C-VF as the angle grows."""
    asked = mnist_like("shifted_sigmoid", batch=20, dynamics=NudgeOutside())
    settings = phases(40, 15, 0.2)
    exact = Bptt().estimate(asked, settings).gradients
    rates = {name: 0.0056 if "link1" in name else 0.0028 for name in asked.parameters}
    found = [
        angle(way.estimate(asked, settings).gradients, exact)
        for way in (
            OneSided(),
            Continual(rates={name: rate / 100 for name, rate in rates.items()}),
            Continual(rates=rates),
        )
    ]
    assert found[1] == pytest.approx(found[0], abs=1)
    assert found[0] + 20 < found[2] < 75
    for psi in (45, 90, 135):
        field = mnist_like("shifted_sigmoid", batch=20, dynamics=NudgeOutside(), feedback=Different(angle=psi))
        speeds = {name: 0.0076 if "link1" in name else 0.0038 for name in field.parameters}
        gradients = Continual(rates=speeds).estimate(field, settings).gradients
        found.append(angle(gradients, Bptt().estimate(field, settings).gradients))
    assert found[2:] == sorted(found[2:])
