"""Digits as MNIST has them, and measures of how far estimates are from gradients."""

import math
from dataclasses import replace

from rramsim.data.catalog import load_dataset
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.estimators.bptt import Bptt
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.network import chain
from rramsim.eqprop.parameters import draw_parameters
from rramsim.eqprop.problem import Problem
from rramsim.torch_backend import torch
from tests.unit.eqprop.problems import error, flat, generator


def digits(batch, size=28):
    """Scikit-learn's digits, made larger, between 0 and 1."""
    split = load_dataset("digits").train
    images = torch.from_numpy(split.images[:batch]).double().reshape(-1, 1, 8, 8)
    images = (images - images.min()) / (images.max() - images.min())
    images = torch.nn.functional.interpolate(images, size=size, mode="bilinear")
    return images, torch.from_numpy(split.labels[:batch])


def mnist_like(activation="tanh", units=(512, 10), batch=50, seed=0, **settings):
    images, labels = digits(batch)
    network = chain((784,), [Dense(n) for n in units], activation=activation, loss=MeanSquare(), **settings)
    parameters = draw_parameters(network, generator(seed), dtype=torch.float64)
    return Problem(network=network, parameters=parameters, inputs=images.flatten(1), targets=labels)


def biases(asked, settings, estimator, betas, exact=None):
    exact = exact or Bptt().estimate(asked, settings).gradients
    return [error(estimator.estimate(asked, replace(settings, beta=beta)).gradients, exact) for beta in betas]


def slope(betas, errors):
    """Of a straight line through the logarithms."""
    x, y = torch.tensor(betas).log(), torch.tensor(errors).log()
    return float(((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum())


def angle(found, exact):
    """In degrees, of the gradients of forward weights and biases."""
    one, other = (flat({name: value for name, value in part.items() if "back" not in name}) for part in (found, exact))
    return math.degrees(math.acos(float(one @ other / one.norm() / other.norm())))
