"""Networks whose free states and gradients were worked out with the authors' code: eqprop_authors.json.

Nothing is drawn: images and parameters are sines, so that no version of a random generator matters.
"""

import math

from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.feedback.same import Same
from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout
from rramsim.eqprop.network import chain
from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.problem import Problem
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import phases


def sines(shape, phase):
    """Numbers between −1 and 1 that follow no pattern."""
    return torch.sin(torch.arange(1, math.prod(shape) + 1, dtype=torch.float64) ** 1.3 * 12.9898 + phase).reshape(shape)


def images(shape, batch=5):
    """Between 0 and 1."""
    return (sines((batch, *shape), 0.5) + 1) / 2


def numbers(value):
    """What is kept of a tensor: its length, and its products with two vectors."""
    flat = value.detach().flatten()
    return [float(flat.norm()), *(float(flat @ sines(flat.shape, phase)) for phase in (1.0, 2.0))]


def made(network, free, nudged, beta, kind="symmetric", scale=2.0):
    """A problem, its phases and the name of an estimator."""
    shapes = network.parameter_shapes
    parameters = {
        name: sines(shape, 3.0 + index) * scale / math.sqrt(math.prod(shapes[f"{name.split('.')[0]}.weight"][1:]))
        for index, (name, shape) in enumerate(shapes.items())
    }
    inputs = images(network.shapes[0])
    targets = torch.arange(len(inputs)) * 3 % network.classes
    asked = Problem(network=network, parameters=parameters, inputs=inputs, targets=targets)
    return asked, phases(free, nudged, beta), kind


def _maps(pool):
    return [Convolution(channels=n, padding=p, pool=pool()) for n, p in ((4, 1), (5, 1), (6, 0))]


def _convolutional(activation, pool, loss, rows=(), feedback=None, **settings):
    network = chain((2, 16, 16), [*_maps(pool), *map(Dense, rows)], activation=activation, loss=loss, feedback=feedback)
    return made(network, 40, 12, 0.3, **settings)


def _dense(activation, loss, kind, output=None):
    network = chain((30,), [Dense(20), Dense(12), Dense(4)], activation=activation, loss=loss, output=output)
    return made(network, 40, 12, 0.3, kind)


CASES = {
    "dense, tanh, one-sided": lambda: _dense("tanh", MeanSquare(), "one_sided"),
    "dense, shifted sigmoid": lambda: _dense("shifted_sigmoid", MeanSquare(), "symmetric"),
    "dense, cross-entropy": lambda: _dense("hard_sigmoid", CrossEntropy(), "symmetric", "linear"),
    "max, half hard sigmoid, readout": lambda: _convolutional("half_hard_sigmoid", MaxPool, SoftmaxReadout(4)),
    "max, half hard sigmoid, output units": lambda: _convolutional("half_hard_sigmoid", MaxPool, MeanSquare(), (4,)),
    "average, sigmoid, readout": lambda: _convolutional("sigmoid", AveragePool, SoftmaxReadout(4)),
    "average, sigmoid, readout, one-sided": lambda: _convolutional(
        "sigmoid", AveragePool, SoftmaxReadout(4), kind="one_sided"
    ),
    "different weights": lambda: _convolutional("sigmoid", MaxPool, SoftmaxReadout(4), feedback=Different()),
    "different weights, output units": lambda: _convolutional("sigmoid", MaxPool, MeanSquare(), (4,), Different()),
    "same updates": lambda: _convolutional("sigmoid", MaxPool, SoftmaxReadout(4), feedback=Same()),
    "same updates, a hidden row": lambda: _convolutional("sigmoid", AveragePool, SoftmaxReadout(4), (7,), Same()),
}
