"""Weights that are read as others: sparse, since most are read as they were programmed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights
from rramsim.weights import Weight

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Misreads:
    """What one read of a layer gives wrongly.

    Parameters
    ----------
    positions
        int64, (misreads,): flat indices into the layer's weights, rising.
    values
        int8, (misreads,): what is read there.

    Raises
    ------
    InputError
        Positions are not rising, or not as many as values.
    """

    positions: NDArray[np.int64]
    values: NDArray[np.int8]

    def __post_init__(self) -> None:
        if self.positions.shape != self.values.shape or self.positions.ndim != 1:
            raise InputError(f"{self.positions.shape} positions, but {self.values.shape} values")
        if self.positions.size and (self.positions[0] < 0 or not (np.diff(self.positions) > 0).all()):
            raise InputError("positions of misreads must rise from 0")

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.positions.size)

    def applied(self, weights: Weights) -> Weights:
        """All weights as they are read.

        Parameters
        ----------
        weights
            As they were programmed, any shape; not changed.
        """
        read = weights.copy()
        read.reshape(-1)[self.positions] = self.values
        return read


def draw_misreads(weights: Weights, rates: ReadErrorRates, seed: int) -> Misreads:
    """Read every weight once, each apart from the others.

    The same seed gives nested misreads: a weight that is misread at some rate is so at any higher one, which makes the
    difference between two rates, or two networks of the same layers, far less random than each of them. What is drawn
    is in proportion to the misreads, not to the weights.

    Parameters
    ----------
    weights
        As they were programmed: -1, 0 or +1, any shape.
    rates
        What each may be misread as.
    seed
        Of this read of this layer.
    """
    flat = weights.reshape(-1)
    most = min(max(rates.error_probability(programmed) for programmed in rates.kind.programmed), 1.0)
    positions, marks, ways = _candidates(flat.size, most, np.random.default_rng(seed))
    stored = flat[positions]
    values = stored.copy()
    for programmed in rates.kind.programmed:
        own = rates.error_probability(programmed)
        hit = np.flatnonzero((stored == programmed.number) & (marks < own))
        chosen, low = ways[hit] * own, 0.0
        for _, value, rate in (row for row in rates.rates if row[0] is programmed):
            here = hit[(chosen >= low) & (chosen < low + rate)]
            if value is Weight.UNRESOLVED:  # the latch falls either way
                here = hit[(chosen >= low) & (chosen < low + rate / 2)]
            values[here] = -programmed.number if value is Weight.UNRESOLVED else value.number
            low += rate
    wrong = values != stored
    return Misreads(positions=positions[wrong], values=values[wrong])


def _candidates(size: int, rate: float, generator: np.random.Generator) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Those of so many trials whose mark, a uniform number of each, lies below a rate: positions, marks, second marks.

    Marks are drawn band by band from 0 up, so that a higher rate adds trials and changes none. Each band reaches up to
    twice as far as the one before it, and the first one holds about one trial.
    """
    found: list[tuple[NDArray[np.int64], Floats, Floats]] = []
    low, high = 0.0, 2.0 ** -math.ceil(math.log2(max(size, 1)))
    while low < rate:
        positions = bernoulli_positions(size, (high - low) / (1 - low), generator)
        marks, ways = low + (high - low) * generator.random(positions.size), generator.random(positions.size)
        kept = slice(None) if high <= rate else marks < rate
        found.append((positions[kept], marks[kept], ways[kept]))
        low, high = high, 2 * high
    if not found:
        return np.empty(0, np.int64), np.empty(0), np.empty(0)
    positions, marks, ways = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(positions, kind="stable")  # of trials that two bands have, the lower one comes first
    positions = positions[order]
    first = np.ones(positions.size, dtype=bool)
    np.not_equal(positions[1:], positions[:-1], out=first[1:])
    order = order[first]
    return positions[first], marks[order], ways[order]


def bernoulli_positions(size: int, rate: float, generator: np.random.Generator) -> NDArray[np.int64]:
    """Places of the successes in a row of independent trials, rising; drawn by the gaps between them.

    Parameters
    ----------
    size
        Trials.
    rate
        Probability of a success [1], 0 to 1.
    generator
        Draws.
    """
    if rate <= 0 or size == 0:
        return np.empty(0, np.int64)
    if rate >= 1:
        return np.arange(size)
    ends: list[NDArray[np.int64]] = []
    last = -1
    while last < size:
        expected = (size - last) * rate
        # A gap beyond the end is as good as one just beyond it; sums of longer ones would overflow.
        gaps = np.minimum(generator.geometric(rate, int(expected + 6 * expected**0.5) + 64), size + 1)
        ends.append(last + np.cumsum(gaps))
        last = int(ends[-1][-1])
    positions = np.concatenate(ends)
    return positions[: np.searchsorted(positions, size)]
