"""The highest rate of errors that a network tolerates, from its accuracies along a ladder of rates.

Between two steps the loss is taken to be a power of the rate, of an exponent up to 2. The interval holds that the loss
might as well be linear in the rate there, and the randomness of the chips. These are the same ones at all rates: whole
chips are drawn again, each with its accuracies at all rates [1]_, and what that gives is widened for few chips as
Student's t is beside the normal distribution [2]_.

References
----------
.. [1] B. Efron, R. J. Tibshirani, An introduction to the bootstrap, Chapman & Hall 1993, ISBN 978-0412042317, ch. 13.

.. [2] T. C. Hesterberg, What teachers should know about the bootstrap, Am. Stat. 69, 371 (2015),
   doi 10.1080/00031305.2015.1089789, section 4.1 on narrowness bias and its correction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.intervals import CONFIDENCE

_DRAWS = 2000
_STEEPEST = 2.0  # power of the rate that a loss rises by, from one step of the ladder to the next

Floats = NDArray[np.float64]
# A step of the ladder whose end reaches the loss that is allowed: (rate, loss) of both ends, and that loss.
_Shape: TypeAlias = Callable[[float, float, float, float, float], float]


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
    found = _crossing(rates, losses.mean(axis=0), loss, _power)
    limit = {0.0: "below", 1.0: "above"}.get(found, "")
    rate = float(np.clip(found, rates[0], rates[-1])) if limit else found
    counts = np.random.default_rng(seed).multinomial(chips, np.full(chips, 1 / chips), size=_DRAWS)
    means = counts @ losses / chips
    ends = [
        end
        for shape in (_power, _linear)
        for end in _interval(rates, _crossing(rates, losses.mean(axis=0), loss, shape), means, loss, shape, chips)
    ]
    return Tolerance(rate=rate, ci_low=min(*ends, rate), ci_high=max(*ends, rate), limit=limit)


def _interval(
    rates: Floats, found: float, means: Floats, loss: float, shape: _Shape, chips: int
) -> tuple[float, float]:
    """Ends of the interval by chips that are drawn again; 0 and 1 where they leave the ladder."""
    from scipy.special import ndtri, stdtrit

    tail = (1 - CONFIDENCE) / 2
    drawn = [_crossing(rates, row, loss, shape) for row in means]
    low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf").tolist()
    # Of chips drawn from themselves the variance is (chips - 1) / chips of theirs, and they are few.
    wider = float(stdtrit(chips - 1, tail) / ndtri(tail)) * math.sqrt(chips / (chips - 1))
    middle = min(max(found, float(rates[0])), float(rates[-1]))
    low = middle * min(low / middle, 1.0) ** wider
    high = middle * max(high / middle, 1.0) ** wider
    return low if low >= rates[0] else 0.0, high if high <= rates[-1] else 1.0


def _crossing(rates: Floats, losses: Floats, loss: float, shape: _Shape) -> float:
    """Where losses first reach the one that is allowed; 0 and 1 where that is before or beyond the ladder."""
    reached = np.flatnonzero(losses >= loss)
    if not reached.size:
        return 1.0
    if reached[0] == 0:
        return 0.0
    before, here = reached[0] - 1, reached[0]
    low, high = float(rates[before]), float(rates[here])
    found = shape(low, float(losses[before]), high, float(losses[here]), loss)
    return min(max(found, low), high)


def _power(low: float, less: float, high: float, more: float, loss: float) -> float:
    """The loss as a power of the rate; where it rises steeper than is taken, as the steepest, or linear."""
    exponent = math.log(more / less) / math.log(high / low) if less > 0 else math.inf
    if exponent > _STEEPEST:
        return max(high * math.pow(loss / more, 1 / _STEEPEST), _linear(low, less, high, more, loss))
    return high * math.pow(loss / more, 1 / exponent) if exponent > 0 else low


def _linear(low: float, less: float, high: float, more: float, loss: float) -> float:
    """The loss as linear in the rate, from no gain on."""
    less = min(max(less, 0.0), loss)
    return low + (high - low) * (loss - less) / (more - less) if more > less else low
