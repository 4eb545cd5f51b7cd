"""Networks as plain values: sizes as published, parameters by name, and what is refused."""

import math
from dataclasses import replace

import pytest

from rramsim.eqprop.activations.catalog import ACTIVATIONS
from rramsim.eqprop.connections.catalog import CONNECTIONS
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.dynamics.catalog import DYNAMICS
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.dynamics.real_time import RealTime
from rramsim.eqprop.estimators.catalog import ESTIMATORS
from rramsim.eqprop.feedback.catalog import FEEDBACKS
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.losses.catalog import LOSSES
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import Link, Network, chain
from rramsim.eqprop.parameters import draw_parameters, load_parameters, save_parameters
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.catalog import POOLS
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.catalog import SCHEDULES
from rramsim.errors import MissingResourceError, NetworkError
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import convolutional, dense, generator, phases, problem


def cifar(loss=None, **settings):
    """Conv 3 × 3, 128-256-512-512, padding 1, 1, 1, 0, max-pooling behind each."""
    maps = [Convolution(channels=n, padding=p) for n, p in ((128, 1), (256, 1), (512, 1), (512, 0))]
    rows = [Dense(10)] if loss is None else []
    return chain((3, 32, 32), maps + rows, activation="half_hard_sigmoid", loss=loss or MeanSquare(), **settings)


def parameters_of(network):
    return sum(math.prod(shape) for shape in network.parameter_shapes.values())


def test_the_network_of_the_paper_has_its_size():
    """Counted by running the code of Laborieux et al. 2021, 93660ed."""
    network = cifar()
    assert network.shapes[1:] == ((128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 1, 1), (10,))
    assert parameters_of(network) == 3_843_850
    assert network.units == 57_866
    readout = cifar(SoftmaxReadout(10))  # is no part of the state, and has the parameters of the output units
    assert (parameters_of(readout), readout.units) == (3_843_850, 57_856)
    separate = cifar(feedback=Different())
    first, biases = 3 * 128 * 9, 128 + 256 + 512 + 512 + 10  # neither have backward ones
    assert parameters_of(separate) == 2 * 3_843_850 - first - biases


def test_initial_parameters_are_those_of_torch():
    """Uniform within 1 / √inputs, weights and biases alike: Kaiming with a = √5."""
    network = cifar()
    found = draw_parameters(network, generator())
    for name, shape in network.parameter_shapes.items():
        link = name.split(".")[0]
        bound = 1 / math.sqrt(math.prod(network.parameter_shapes[f"{link}.weight"][1:]))
        assert found[name].shape == shape
        assert float(found[name].abs().max()) <= bound
        if found[name].numel() > 1000:
            assert float(found[name].std()) == pytest.approx(bound / math.sqrt(3), rel=0.02)
            assert abs(float(found[name].mean())) < 0.02 * bound
    again = draw_parameters(network, generator(), scale=0.5)
    assert all(torch.equal(again[name], value * 0.5) for name, value in found.items())
    assert not torch.equal(draw_parameters(network, generator(1))["link3.weight"], found["link3.weight"])


def test_nothing_uses_the_global_random_state():
    """The reference seeds torch and draws signs and splits with numpy."""
    torch.manual_seed(0)
    before = torch.get_rng_state()
    asked = problem(dense(feedback=Different(angle=45)))
    first = ESTIMATORS["random_sign"]()

    signs = [first.estimate(asked, phases(5, 2, 0.1), generator(seed)).gradients for seed in range(6)]
    again = first.estimate(asked, phases(5, 2, 0.1), generator(0)).gradients
    assert all(torch.equal(signs[0][name], again[name]) for name in again)
    assert len({float(found["link3.bias"][0]) for found in signs}) == 2  # both signs, of one coin for the batch
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("angle", [0, 45, 90, 135, 180])
def test_backward_weights_begin_at_an_angle(angle):
    network = chain((400,), [Dense(300), Dense(200)], activation="tanh", loss=MeanSquare(), feedback=Same(angle=angle))
    found = draw_parameters(network, generator())
    forward, backward = found["link2.weight"].flatten(), found["link2.backward"].flatten()
    assert torch.equal(forward.abs(), backward.abs())
    cosine = float(forward @ backward / forward.square().sum())
    assert cosine == pytest.approx(math.cos(math.radians(angle)), abs=0.02)
    apart = draw_parameters(
        chain((400,), [Dense(300), Dense(200)], activation="tanh", loss=MeanSquare(), feedback=Same()), generator()
    )
    assert not torch.equal(apart["link2.backward"].abs(), apart["link2.weight"].abs())


def test_more_than_ten_layers_have_parameters_of_their_own():
    """The reference reads the number of a layer from one character of a name."""
    network = dense(units=(4,) * 12 + (3,), feedback=Different())
    assert network.layers == 13
    assert parameters_of(network) == 7 * 4 + 11 * 16 + 12 + 13 * 4 - 1 + (11 * 16 + 12)
    asked = problem(network, scale=3.0)

    found = ESTIMATORS["continual"](rates=1e-3).estimate(asked, phases(60, 40, 0.5)).gradients
    assert all(bool(found[name].abs().sum() > 0) for name in network.parameter_shapes)


CATALOGS = [ACTIVATIONS, CONNECTIONS, DYNAMICS, ESTIMATORS, FEEDBACKS, LOSSES, POOLS, SCHEDULES]


@pytest.mark.parametrize("catalog", CATALOGS)
def test_catalogs_know_things_by_their_names(catalog):
    assert list(catalog) == sorted(catalog)
    assert all(thing.name == name for name, thing in catalog.items())


def refused(message):
    return pytest.raises(NetworkError, match=message)


def test_networks_that_cannot_be_are_refused():
    with refused("'link2', behind layer 1: max pooling of 2 × 2 does not divide a map of 3 units"):
        chain(
            (1, 8, 8),
            [Convolution(channels=2), Convolution(channels=2, kernel=1)],
            activation="tanh",
            loss=MeanSquare(),
        )
    with refused("average pooling of 3 × 3 does not divide a map of 4 units a side; choose a padding"):
        chain(
            (1, 4, 4), [Convolution(channels=2, padding=1, pool=AveragePool(3))], activation="tanh", loss=MeanSquare()
        )
    with refused("takes maps"):
        chain((16,), [Convolution(channels=2)], activation="tanh", loss=MeanSquare())
    with refused("kernel of 5 does not fit in 3 units padded by 0"):
        chain((1, 3, 3), [Convolution(channels=2, kernel=5)], activation="tanh", loss=MeanSquare())
    with refused("channels, kernel and stride are at least 1"):
        chain((1, 3, 3), [Convolution(channels=2, stride=0)], activation="tanh", loss=MeanSquare())
    with refused("at least one unit"):
        dense(units=(0, 3))
    with refused("unknown activation 'tahn'; did you mean 'tanh'"):
        dense("tahn")
    with refused("the loss 'mse' needs a last layer of one unit a class"):
        chain((1, 4, 4), [Convolution(channels=2, padding=1)], activation="tanh", loss=MeanSquare())
    with refused("at least 2 classes"):
        dense(loss=SoftmaxReadout(1))
    with refused("numbered from 1 on"):
        dense(units=())
    with refused("angle of backward weights lies between 0 and 180 degrees"):
        Different(angle=200)
    with refused("dt is above 0 and at most 1"):
        RealTime(dt=0)
    with refused("lower limit"):
        RealTime(clip=(1, 0))


def test_links_that_do_not_fit_are_refused():
    def joined(*links, layers=2):
        return Network(inputs=(4,), links=links, activations=("tanh",) * layers, loss=MeanSquare())

    a, b = Link(name="a", pre=0, post=1, connection=Dense(3)), Link(name="b", pre=1, post=2, connection=Dense(3))
    assert joined(a, b).layers == 2
    with refused("same name"):
        joined(a, Link(name="a", pre=1, post=2, connection=Dense(3)))
    with refused("'b' joins 1 to 2: it comes from no layer before"):
        joined(b, a)
    with refused("'c' joins 2 to 1"):
        joined(a, b, Link(name="c", pre=2, post=1, connection=Dense(3)))
    with refused(r"'c' gives layer 2 the shape \(4,\), another link gives it \(3,\)"):
        joined(a, b, Link(name="c", pre=0, post=2, connection=Dense(4)))
    with refused("2 layers have 3 activations"):
        joined(a, b, layers=3)
    with refused(r"numbered from 1 on, each with a link to it \(got \[1, 3\]\)"):
        joined(a, Link(name="b", pre=1, post=3, connection=Dense(3)))


def test_images_and_targets_that_do_not_fit_are_refused():
    asked = problem(dense())

    def other(**changed):
        given = {
            "network": asked.network,
            "parameters": asked.parameters,
            "inputs": asked.inputs,
            "targets": asked.targets,
        }
        return Problem(**given | changed)

    with refused(r"images have shape \(6, 6\), the network takes \(batch, \*\(7,\)\)"):
        other(inputs=asked.inputs[:, 1:])
    with refused("images have shape"):
        other(inputs=asked.inputs[:0])
    with refused("images have values that are not finite"):
        other(inputs=asked.inputs / 0)
    with refused(r"targets have shape \(5,\), need \(6,\) integers or \(6, 5\)"):
        other(targets=torch.zeros(5, dtype=torch.int64))
    with refused("classes are numbered from 0 to 4"):
        other(targets=torch.full((6,), 5))
    with refused("targets have values that are not finite"):
        other(targets=torch.full((6, 5), math.nan))
    with refused("another network: missing"):
        other(parameters={})
    with refused(r"link2.bias has shape \(8,\), needs \(9,\)"):
        other(parameters=asked.parameters | {"link2.bias": torch.zeros(8)})
    with refused("link2.bias has values that are not finite"):
        other(parameters=asked.parameters | {"link2.bias": torch.full((9,), math.nan)})


def test_parameters_come_back_from_a_file(tmp_path):
    path = tmp_path / "p.safetensors"
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        asked = problem(convolutional(feedback=Same()), dtype=dtype)
        save_parameters(path, asked.network, asked.parameters)
        found = load_parameters(path, asked.network)
        assert all(torch.equal(found[name], value.to(found[name].dtype)) for name, value in asked.parameters.items())


def test_a_file_of_another_network_is_refused(tmp_path):
    path = tmp_path / "p.safetensors"
    asked = problem(convolutional(pool=MaxPool))
    save_parameters(path, asked.network, asked.parameters)
    with refused("another network: its parameters have the right shapes, but"):
        load_parameters(path, convolutional(pool=AveragePool))
    with refused("but activations, pooling, loss, dynamics or normalisation differ"):
        load_parameters(path, convolutional(pool=MaxPool, dynamics=NudgeOutside()))
    with refused(r"p.safetensors: these are parameters of another network: missing \['link4"):
        load_parameters(path, convolutional(pool=MaxPool, loss=MeanSquare()))
    with refused("another network"):
        save_parameters(path, dense(), asked.parameters)
    damaged = bytearray(path.read_bytes())
    damaged[:4] = b"1234"
    path.write_bytes(damaged)
    with refused("holds no parameters of equilibrium propagation, or is damaged"):
        load_parameters(path, asked.network)
    with pytest.raises(MissingResourceError, match="cannot be read"):
        load_parameters(tmp_path / "none", asked.network)


@pytest.mark.parametrize("loss", [CrossEntropy(), SoftmaxReadout(5)], ids=lambda loss: loss.name)
def test_targets_of_a_cross_entropy_are_shares(loss):
    asked = problem(dense(loss=loss))
    shares = torch.full((6, 5), 0.2, dtype=torch.float64)
    assert torch.equal(replace(asked, targets=shares).targets, shares)
    for wrong in (shares * 2, shares - torch.tensor([0.3, -0.3, 0, 0, 0])):
        with refused("not negative, with the sum 1"):
            replace(asked, targets=wrong)
    assert replace(problem(dense()), targets=shares * 2).targets.sum() == 12  # the squared error takes any number
