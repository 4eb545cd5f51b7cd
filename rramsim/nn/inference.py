"""Inference from weights as they were read, and accuracy under a fault model.

What an accuracy is uncertain by is kept apart: by the chips that were drawn, and by the images that it was measured on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Split
from rramsim.errors import InputError
from rramsim.intervals import CONFIDENCE, share_interval
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.faults.model import AbstractFaultModel
from rramsim.torch_backend import one_thread
from rramsim.watchdog import sign_of_life

_CHIPS = 64  # that see the same images, one after the other; what is misread of all of them is in memory
IMAGES_PER_READ = 64  # a forward pass: the array is read once for a mini-batch of this size
_FEWEST = 10  # chips before an interval is believed to be narrow: that of few is so by chance, and just then ends
_SPARE = 1.1  # more chips than the precision asks for by those that are known: their spread is uncertain too


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """What some chips made of the same images.

    Parameters
    ----------
    images
        How many, above 0.
    correct
        Images that each chip classifies rightly.
    confusion
        Images of each class (rows) that are taken for each class (columns), of all chips together.
    image_variance
        Variance over the images of the fraction of chips that classify them rightly [1].

    Raises
    ------
    ValueError
        Counts contradict each other, or a value lies outside its bounds.
    """

    images: int
    correct: tuple[int, ...]
    confusion: tuple[tuple[int, ...], ...]
    image_variance: float

    def __post_init__(self) -> None:
        right = sum(row[number] for number, row in enumerate(self.confusion))
        total = sum(map(sum, self.confusion))
        counted = self.images > 0 and self.correct and total == self.images * self.chips and right == sum(self.correct)
        within = all(0 <= count <= self.images for count in self.correct) and min(map(min, self.confusion)) >= 0
        if not (counted and within and 0 <= self.image_variance <= 1):
            raise ValueError(f"impossible accuracy of {self.images} images and {self.chips} chips")

    @property
    def chips(self) -> int:
        """How many there were."""
        return len(self.correct)

    @property
    def mean(self) -> float:
        """Accuracy, averaged over chips [1]."""
        return sum(self.correct) / (self.chips * self.images)

    @property
    def chip_std(self) -> float:
        """Standard deviation of the accuracy from chip to chip on these images [1]; 0 of one chip."""
        return float(np.std(self.correct, ddof=1)) / self.images if self.chips > 1 else 0.0

    @cached_property
    def half_width(self) -> float:
        """Half of the 95 % Student-t interval of the mean over chips [1]_; 0 of one chip.

        It holds the randomness of the faults on these images, not that of the images, of the training or of the rates.
        Chips that are all alike tell that few differ from them, not that none does [2]_: as many as could have been
        missed are taken to differ by an image.

        References
        ----------
        .. [1] Student, The probable error of a mean, Biometrika 6, 1 (1908), doi 10.1093/biomet/6.1.1.

        .. [2] J. A. Hanley, A. Lippman-Hand, If nothing goes wrong, is everything all right? Interpreting zero
           numerators, JAMA 249, 1743 (1983), doi 10.1001/jama.1983.03330370053031.
        """
        if self.chips == 1:
            return 0.0
        from scipy.special import stdtrit

        missed = 1 - math.pow((1 - CONFIDENCE) / 2, 1 / self.chips)  # the largest share that may show on no chip
        spread = float(stdtrit(self.chips - 1, (1 + CONFIDENCE) / 2)) * self.chip_std / math.sqrt(self.chips)
        return max(spread, missed / self.images)

    @property
    def ci_low(self) -> float:
        """Lower end of that interval [1]."""
        return max(0.0, self.mean - self.half_width)

    @property
    def ci_high(self) -> float:
        """Upper end of that interval [1]."""
        return min(1.0, self.mean + self.half_width)

    @property
    def set_interval(self) -> tuple[float, float]:
        """95 % interval of the mean over chips on other images of the same kind [1].

        The images are taken for independent of each other, which several of one patient are not. Wilson's interval,
        with as many images as would have the variance of the mean: more than there are, where images are right on some
        chips only.

        References
        ----------
        E. L. Korn, B. I. Graubard, Confidence intervals for proportions with small expected number of positive counts
        estimated from survey data, Survey Methodology 24, 193 (1998).
        """
        mean, most = self.mean, self.images * self.chips
        variance = self.image_variance / self.images
        size = min(max(mean * (1 - mean) / variance, self.images), most) if variance > 0 else self.images
        return share_interval(mean, size)


def accuracy(
    network: AbstractNetwork, split: Split, faults: AbstractFaultModel, *, seed: int, repeats: int,
    precision: float | None = None, max_repeats: int = 0, engine: AbstractEngine | None = None,
) -> Accuracy:  # fmt: skip
    """Accuracy under faults: each repeat programs a new chip and runs the whole split through it.

    Chips have seeds of their own: the same ones whatever the network and the faults, so that differences between these
    are less random than each accuracy.

    Parameters
    ----------
    network
        What to run.
    split
        What on.
    faults
        What is misread.
    seed
        Of all chips.
    repeats
        Chips, above 0.
    precision
        Half-width of the interval of the mean [1] for which more chips are programmed; None for no more.
    max_repeats
        Chips at most, with ``precision``.
    engine
        Runs the network; None for the one that is done first.

    Raises
    ------
    InputError
        No repeats, or a precision with fewer than 2.
    """
    if repeats < (1 if precision is None else 2):
        raise InputError(f"repeats must be at least 2 for an interval, got {repeats}")
    tally = _Tally(engine or network.engine(), network, split, faults, seed)
    with one_thread():
        tally.add(repeats)
        while precision is not None and (missing := _missing(tally.accuracy, precision, max_repeats)):
            tally.add(missing)
    return tally.accuracy


class _Tally:
    """What the chips so far made of the images."""

    def __init__(
        self, engine: AbstractEngine, network: AbstractNetwork, split: Split, faults: AbstractFaultModel, seed: int
    ) -> None:
        self._engine, self._weights, self._split, self._faults, self._seed = (
            engine,
            network.weights,
            split,
            faults,
            seed,
        )
        self._correct: list[int] = []
        self._right: NDArray[np.int64] = np.zeros(len(split), dtype=np.int64)
        self._confusion: NDArray[np.int64] = np.zeros((network.classes, network.classes), dtype=np.int64)

    def add(self, count: int) -> None:
        """Program more chips."""
        first = len(self._correct)
        for start in range(first, first + count, _CHIPS):
            self._run(range(start, min(start + _CHIPS, first + count)))

    def _run(self, chips: range) -> None:
        """What the chips have in common is worked out once."""
        streams = (np.random.default_rng([self._seed, chip]) for chip in chips)
        reads = [self._faults.chip(self._weights, stream) for stream in streams]
        correct = np.zeros(len(chips), dtype=np.int64)
        for part in _parts(self._split):
            sign_of_life()
            labels = self._split.labels[part]
            found = self._engine.scores_of_each(self._split.images[part], [read() for read in reads])
            for chip, scores in enumerate(found):
                told = scores.argmax(axis=1)
                right = told == labels
                correct[chip] += right.sum()
                self._right[part] += right
                np.add.at(self._confusion, (labels, told), 1)
        self._correct += correct.tolist()

    @property
    def accuracy(self) -> Accuracy:
        shares = self._right / len(self._correct)
        return Accuracy(
            images=len(self._split),
            correct=tuple(self._correct),
            confusion=tuple(map(tuple, self._confusion.tolist())),
            image_variance=float(np.var(shares, ddof=1)) if len(shares) > 1 else 0.0,
        )


def _missing(found: Accuracy, precision: float, most: int) -> int:
    """Chips that are still to be programmed; never more than there were: their spread is known roughly at first."""
    wanted = _FEWEST
    if found.half_width > precision:
        wanted = max(wanted, math.ceil(found.chips * (found.half_width / precision) ** 2 * _SPARE))
    return min(max(wanted - found.chips, 0), found.chips, max(most - found.chips, 0))


def _parts(split: Split) -> Iterator[slice]:
    return (slice(start, start + IMAGES_PER_READ) for start in range(0, len(split.labels), IMAGES_PER_READ))
