"""Inference from weights as they were read, and accuracy under a fault model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from rramsim.errors import InputError
from rramsim.nn.backend import one_thread, torch
from rramsim.nn.datasets import Split
from rramsim.nn.faults import AbstractFaultModel, Weights
from rramsim.nn.quantizers import activate
from rramsim.nn.storage import StoredNetwork
from rramsim.watchdog import sign_of_life

IMAGES_PER_READ = 64  # a forward pass: the array is read once for a mini-batch of this size


@dataclass(frozen=True, slots=True, kw_only=True)
class Accuracy:
    """Accuracy over repeats.

    ``ci_low`` and ``ci_high`` are the 95 % Student-t interval of the mean over repeats, cut to 0..1: it holds the
    randomness of the faults on this test split, not that of the split, of the training or of the rates.

    References
    ----------
    Student, The probable error of a mean, Biometrika 6, 1 (1908), doi 10.1093/biomet/6.1.1.
    """

    repeats: int
    mean: float
    ci_low: float
    ci_high: float


def predict(network: StoredNetwork, images: NDArray[np.float32], weights: Sequence[Weights]) -> NDArray[np.int64]:
    """Classes of images.

    Parameters
    ----------
    network
        Gives normalisations and activations.
    images
        (n, inputs).
    weights
        The weights that were read, one int8 array a layer.

    Returns
    -------
    numpy.ndarray
        Class of each image, (n,).
    """
    values = torch.from_numpy(images)
    for index, (layer, read) in enumerate(zip(network.layers, weights, strict=True)):
        sums = torch.nn.functional.linear(values, torch.from_numpy(read).to(torch.float32))
        values = sums * torch.from_numpy(layer.scale) + torch.from_numpy(layer.shift)
        if index < len(network.layers) - 1:
            values = activate(values, network.activations)
    classes: NDArray[np.int64] = values.argmax(dim=1).numpy()
    return classes


def baseline(network: StoredNetwork, split: Split) -> float:
    """Accuracy with every weight read as programmed [1].

    Parameters
    ----------
    network
        What to run.
    split
        What on.
    """
    with torch.no_grad(), one_thread():
        return float((predict(network, split.images, network.weights) == split.labels).mean())


def accuracy(
    network: StoredNetwork, split: Split, faults: AbstractFaultModel, *, repeats: int, stream: np.random.SeedSequence
) -> Accuracy:
    """Accuracy under faults: each repeat programs a new chip and runs the whole split through it.

    Parameters
    ----------
    network
        What to run.
    split
        What on.
    faults
        What is misread.
    repeats
        Chips, at least 2.
    stream
        Each repeat has a stream spawned from this one.

    Raises
    ------
    InputError
        Fewer than 2 repeats.
    """
    if repeats < 2:
        raise InputError(f"repeats must be at least 2 for an interval, got {repeats}")
    with torch.no_grad(), one_thread():
        right = [_one_chip(network, split, faults, np.random.default_rng(child)) for child in stream.spawn(repeats)]
    # From counts, so that repeats without a difference have the very accuracy of each and no width.
    images = len(split.labels)
    mean = sum(right) / (repeats * images)
    half = float(student.ppf(0.975, repeats - 1)) * float(np.std(right, ddof=1)) / images / math.sqrt(repeats)
    return Accuracy(repeats=repeats, mean=mean, ci_low=max(0.0, mean - half), ci_high=min(1.0, mean + half))


def _one_chip(network: StoredNetwork, split: Split, faults: AbstractFaultModel, generator: np.random.Generator) -> int:
    """Images classified rightly by a new chip."""
    sign_of_life()
    read = faults.chip(network.weights, generator)
    right = 0
    for start in range(0, len(split.labels), IMAGES_PER_READ):
        part = slice(start, start + IMAGES_PER_READ)
        right += int((predict(network, split.images[part], read()) == split.labels[part]).sum())
    return right
