"""Units that are left out for a batch: the network without them, in each of its phases."""

from dataclasses import replace

import pytest

from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.dropout import thinned
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.eqprop.trainers.train import train
from rramsim.errors import InputError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import dense, error, generator, phases, problem
from tests.unit.eqprop.test_training import DIGITS, some

READOUT = SoftmaxReadout(10)


def digits(**settings):
    network = chain((64,), [Dense(32), Dense(24)], activation="tanh", loss=READOUT)
    common = {"network": network, "estimator": Symmetric(), "phases": phases(20, 8, 0.5), "rates": (0.2, 0.1, 0.1)}
    return Recipe(**common | {"epochs": 2, "batch": 20, "keep": (1.0, 0.8)} | settings)


def test_an_estimate_is_that_of_the_network_without_these_units():
    """For one image the units can be taken out of the weights by hand, and the factor put into them."""
    whole = problem(dense(units=(12, 9, 5)), batch=1, scale=0.8)
    thin = thinned(whole.network, (0.5, 1.0, 1.0), 1, generator(3))
    factors = thin.factors[0][0].double()
    stays = factors > 0
    assert 0 < int(stays.sum()) < 12
    small = dense(units=(int(stays.sum()), 9, 5))
    weights = dict(whole.parameters)
    for name in ("link1.weight", "link1.bias"):
        weights[name] = weights[name][stays]
    weights["link2.weight"] = weights["link2.weight"][:, stays]
    # A unit shows σ / keep: with half of each drive and twice the activation the small network is the same at the free
    # state only if the factor is part of its function, so it is given the same one.
    scaled = thinned(small, (1.0, 1.0, 1.0), 1, generator())
    object.__setattr__(scaled, "factors", (factors[stays][None], None, None))
    del scaled.__dict__["functions"]
    found = Symmetric().estimate(replace(whole, network=thin), phases(60, 20, 0.05))
    wanted = Symmetric().estimate(replace(whole, network=scaled, parameters=weights), phases(60, 20, 0.05))
    torch.testing.assert_close(found.gradients["link2.weight"][:, stays], wanted.gradients["link2.weight"])
    torch.testing.assert_close(found.gradients["link1.weight"][stays], wanted.gradients["link1.weight"])
    assert not found.gradients["link1.weight"][~stays].any()
    assert not found.gradients["link2.weight"][:, ~stays].any()


def test_the_estimate_comes_to_the_gradient_of_the_thinned_network():
    whole = problem(dense(units=(12, 9, 5)), scale=0.8)
    thin = replace(whole, network=thinned(whole.network, (0.7, 0.6, 1.0), 6, generator(1)))
    exact = Bptt().estimate(thin, phases(120, 60)).gradients
    far, near = (error(Symmetric().estimate(thin, phases(120, 60, beta)).gradients, exact) for beta in (0.1, 0.01))
    assert near < 1e-3
    assert far / near == pytest.approx(100, rel=0.3)


def test_as_many_units_stay_as_are_asked_for_and_others_each_time():
    network = dense(units=(400, 300, 5))
    first, second = (thinned(network, (0.9, 1.0, 1.0), 50, generator(seed)).factors for seed in (1, 2))
    assert first[1] is first[2] is None
    assert float((first[0] > 0).float().mean()) == pytest.approx(0.9, abs=4 * (0.09 / 20000) ** 0.5)
    assert first[0].unique().tolist() == pytest.approx([0, 1 / 0.9])
    assert not torch.equal(first[0], second[0])


def test_a_network_learns_with_units_left_out_and_is_used_whole(tmp_path):
    asked = digits(epochs=4)
    found = train(asked, DIGITS, seed=1)
    assert found.history[-1].correct / found.history[-1].images > 0.85
    state, few = tmp_path / "state", some(200)
    train(replace(asked, epochs=1), few, seed=2, state=state)
    resumed, whole = train(asked, few, seed=2, state=state), train(asked, few, seed=2)
    plain = train(digits(epochs=4, keep=()), few, seed=2)
    for name, value in whole.parameters.items():
        assert torch.equal(value, resumed.parameters[name])
        assert not torch.equal(value, plain.parameters[name])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"keep": (0.9,)}, "2 probabilities are needed, one a layer"),
        ({"keep": (1.0, 0.0)}, "above 0 and at most 1"),
        ({"keep": (1.0, 1.1)}, "above 0 and at most 1"),
        ({"network": dense(units=(32, 10), inputs=64), "rates": (0.1, 0.1)}, "only before a readout"),
        ({"phases": phases(20, 8, 0.5, together=True)}, "where phases follow each other"),
    ],
)
def test_what_cannot_be_left_out_is_refused(changed, message):
    with pytest.raises(InputError, match=f"training.keep: .*{message}"):
        digits(**changed)
