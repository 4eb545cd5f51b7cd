"""Draws of many things that each happen with a small probability of its own, at the cost of those that happen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.faults.misreads import bernoulli_positions

_LEAST = -60  # exponent of the smallest bound: what is rarer is thinned from it


class SparseDraws:
    """Independent events, each with its own probability.

    They are put into bins whose probabilities differ by a factor of 2 at most. Candidates of a bin come at its upper
    bound, and each is kept with its own probability over the bound: exact, and two candidates for an event at most.

    Parameters
    ----------
    probabilities
        Of each event [1], shape (n,).
    """

    def __init__(self, probabilities: NDArray[np.floating]) -> None:
        exponents = np.frexp(probabilities)[1]
        bins = np.clip(exponents, _LEAST, 0, out=exponents).astype(np.int8)
        bins[probabilities <= 0] = 1  # never
        self._order = np.argsort(bins, kind="stable").astype(np.int32 if bins.size < 2**31 else np.int64)
        self._probabilities = probabilities[self._order]
        counts = np.bincount(bins - np.int8(_LEAST), minlength=2 - _LEAST)[: 1 - _LEAST]
        ends = np.cumsum(counts)
        self._bins = [
            (int(end - count), int(count), 2.0 ** (number + _LEAST))
            for number, (end, count) in enumerate(zip(ends.tolist(), counts.tolist(), strict=True))
            if count
        ]

    def draw(self, generator: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Which events happen.

        Parameters
        ----------
        generator
            Draws.

        Returns
        -------
        tuple
            Their numbers, sorted, shape (k,), and for each a uniform value between 0 and its probability.
        """
        found, values = [], []
        for first, count, bound in self._bins:
            chosen = first + bernoulli_positions(count, bound, generator)
            draw = generator.random(chosen.size) * bound
            hit = draw < self._probabilities[chosen]
            found.append(self._order[chosen[hit]])
            values.append(draw[hit])
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0)
        numbers = np.concatenate(found).astype(np.int64)
        order = np.argsort(numbers)
        return numbers[order], np.concatenate(values)[order]
