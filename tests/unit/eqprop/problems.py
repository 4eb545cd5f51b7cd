"""Small networks, images and parameters for tests of equilibrium propagation."""

from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.estimators.phases import Phases
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.parameters import draw_parameters
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.torch_backend import torch


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def dense(activation="tanh", units=(12, 9, 5), inputs=7, loss=None, **settings):
    return chain((inputs,), [Dense(n) for n in units], activation=activation, loss=loss or MeanSquare(), **settings)


def convolutional(activation="sigmoid", pool=AveragePool, loss=None, size=8, **settings):
    """8 × 8 → 4 × 4 → 2 × 2 → 1 × 1, and output units where the loss needs them."""
    maps = [Convolution(channels=n, kernel=3, padding=1, pool=pool()) for n in (4, 5, 6)]
    loss = loss or SoftmaxReadout(4)
    rows = [] if isinstance(loss, SoftmaxReadout) else [Dense(4)]
    return chain((2, size, size), maps + rows, activation=activation, loss=loss, **settings)


def problem(network, *, batch=6, seed=0, scale=1.0, dtype=torch.float64, **settings):
    source = generator(seed)
    parameters = draw_parameters(network, source, scale=scale, dtype=dtype)
    inputs = torch.rand((batch, *network.shapes[0]), generator=source, dtype=torch.float64).to(dtype)
    targets = torch.randint(network.classes, (batch,), generator=source)
    return Problem(network=network, parameters=parameters, inputs=inputs, targets=targets, **settings)


def random_state(network, batch, seed=1, dtype=torch.float64):
    source = generator(seed)
    return tuple(torch.rand((batch, *shape), generator=source, dtype=dtype) for shape in network.shapes[1:])


def phases(free=60, nudged=20, beta=0.01, **settings):
    return Phases(free=Stop(steps=free), nudged=Stop(steps=nudged), beta=beta, **settings)


def flat(gradients):
    return torch.cat([gradients[name].flatten() for name in sorted(gradients)])


def error(found, exact):
    """Length of the difference of two gradients, in lengths of the second."""
    return float((flat(found) - flat(exact)).norm() / flat(exact).norm())
