"""Inference from weights as they were read, and accuracy under a fault model."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from rramsim.data.dataset import Split
from rramsim.errors import InputError
from rramsim.nn.backend import one_thread
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.engines.find import find_engine
from rramsim.nn.faults.models import AbstractFaultModel, Read
from rramsim.nn.network import StoredNetwork
from rramsim.watchdog import sign_of_life

_CHIPS = 64  # that see the same images, one after the other; what is misread of all of them is in memory
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


def baseline(network: StoredNetwork, split: Split) -> float:
    """Accuracy with every weight read as programmed [1].

    Parameters
    ----------
    network
        What to run.
    split
        What on.
    """
    engine = find_engine(network)
    with one_thread():
        right = sum(int((engine.classes(split.images[part]) == split.labels[part]).sum()) for part in _parts(split))
    return right / len(split.labels)


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
    engine, weights, right = find_engine(network), network.weights, list[int]()
    children = stream.spawn(repeats)
    with one_thread():
        for first in range(0, repeats, _CHIPS):
            reads = [faults.chip(weights, np.random.default_rng(child)) for child in children[first : first + _CHIPS]]
            right += _right_of_each(engine, split, reads)
    # From counts, so that repeats without a difference have the very accuracy of each and no width.
    images = len(split.labels)
    mean = sum(right) / (repeats * images)
    half = float(student.ppf(0.975, repeats - 1)) * float(np.std(right, ddof=1)) / images / math.sqrt(repeats)
    return Accuracy(repeats=repeats, mean=mean, ci_low=max(0.0, mean - half), ci_high=min(1.0, mean + half))


def _right_of_each(engine: AbstractEngine, split: Split, reads: Sequence[Read]) -> list[int]:
    """Images that each chip classifies rightly; what the chips have in common is worked out once."""
    right = [0] * len(reads)
    for part in _parts(split):
        sign_of_life()
        found = engine.scores_of_each(split.images[part], [read() for read in reads])
        for chip, scores in enumerate(found):
            right[chip] += int((scores.argmax(axis=1) == split.labels[part]).sum())
    return right


def _parts(split: Split) -> Iterator[slice]:
    return (slice(start, start + IMAGES_PER_READ) for start in range(0, len(split.labels), IMAGES_PER_READ))
