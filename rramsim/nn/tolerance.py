"""The highest rate of errors that a network tolerates, from its accuracies along a ladder of rates.

Chips of all rates are the same ones: whole chips are drawn again for the interval, each with its accuracies at all
rates [1]_.

References
----------
.. [1] B. Efron, R. J. Tibshirani, An introduction to the bootstrap, Chapman & Hall 1993, ISBN 978-0412042317, ch. 13.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.intervals import CONFIDENCE

_DRAWS = 2000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """A tolerated rate [1] with its 95 % interval.

    ``limit`` is ``above`` or ``below`` where the ladder does not hold the rate, else empty.
    """

    rate: float
    ci_low: float
    ci_high: float
    limit: str


def tolerance(rates: Floats, accuracies: Floats, baseline: float, loss: float, *, seed: int) -> Tolerance:
    """Highest rate that costs less accuracy than is allowed.

    Parameters
    ----------
    rates
        Of the ladder, above 0, rising; shape (rates,).
    accuracies
        Of each chip at each rate [1]; shape (chips, rates).
    baseline
        Accuracy without errors [1].
    loss
        What is allowed [1].
    seed
        Of the chips that are drawn again.

    Raises
    ------
    InputError
        Rates do not rise from above 0, or there are fewer than 2 chips.
    """
    if rates.size == 0 or not (rates[0] > 0 and (np.diff(rates) > 0).all()):
        raise InputError("rates of a ladder must rise from above 0")
    chips = len(accuracies)
    if chips < 2:
        raise InputError(f"a tolerated rate needs 2 chips for its interval, got {chips}")
    losses = baseline - accuracies
    found = _crossing(rates, losses.mean(axis=0), loss)
    counts = np.random.default_rng(seed).multinomial(chips, np.full(chips, 1 / chips), size=_DRAWS)
    drawn = np.array([_crossing(rates, row, loss) for row in counts @ losses / chips])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf").tolist()
    limit = {0.0: "below", 1.0: "above"}.get(found, "")
    rate = float(np.clip(found, rates[0], rates[-1])) if limit else found
    return Tolerance(rate=rate, ci_low=min(low, rate), ci_high=max(high, rate), limit=limit)


def _crossing(rates: Floats, losses: Floats, loss: float) -> float:
    """Where losses first reach the one that is allowed; 0 and 1 where that is before or beyond the ladder."""
    reached = np.flatnonzero(losses >= loss)
    if not reached.size:
        return 1.0
    if reached[0] == 0:
        return 0.0
    part = slice(reached[0] - 1, reached[0] + 1)
    return float(np.exp(np.interp(loss, losses[part], np.log(rates[part]))))
