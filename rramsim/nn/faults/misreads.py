"""Weights that are read as others: sparse, since most are read as they were programmed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.ops.synapses import Weights
from rramsim.weights import Weight


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


def draw_misreads(weights: Weights, rates: ReadErrorRates, generator: np.random.Generator) -> Misreads:
    """Read every weight once, each apart from the others.

    Candidates come from the gaps between them, at the rate of the weight that is misread most often; each is then kept
    as often as its own rate says. So what is drawn is in proportion to the misreads, not to the weights.

    Parameters
    ----------
    weights
        As they were programmed: -1, 0 or +1, any shape.
    rates
        What each may be misread as.
    generator
        Draws.
    """
    flat = weights.reshape(-1)
    most = max(rates.error_probability(programmed) for programmed in rates.kind.programmed)
    positions = bernoulli_positions(flat.size, most, generator)
    stored = flat[positions]
    values = stored.copy()
    draws = generator.random(positions.size) * most
    for programmed in rates.kind.programmed:
        low = np.where(stored == programmed.number, 0.0, np.inf)
        for _, value, rate in (row for row in rates.rates if row[0] is programmed):
            hit = (draws >= low) & (draws < low + rate)
            low += rate
            values[hit] = generator.choice((-1, 1), int(hit.sum())) if value is Weight.UNRESOLVED else value.number
    wrong = values != stored
    return Misreads(positions=positions[wrong], values=values[wrong])


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
