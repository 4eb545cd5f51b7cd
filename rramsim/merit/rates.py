"""Rates of a cell by kind of error, or by what is programmed, and how far they are from a target.

Distances are in reliability indices, β = Φ⁻¹(1 − rate), which change nearly evenly with a supply or a time where rates
change by decades.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy.special import ndtri

from rramsim.alphabets import Alphabet

_FARTHEST = 40.0  # β of any rate that a float can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate and its 95 % interval.

    Parameters
    ----------
    value, low, high
        Probabilities; a value of 0 is one below ``high``.
    """

    value: float
    low: float
    high: float

    @property
    def met(self) -> bool:
        """Whether the event was seen, so that the value is an estimate and no bound."""
        return 0 < self.value < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """By how much a demand is met at a value of a knob, in reliability indices; below 0 it is not.

    Parameters
    ----------
    at
        Value of the knob.
    value, low, high
        The margin and its interval.
    exact
        Whether the value is an estimate and no bound.
    limit
        What sets it: the kind of error that is nearest to its target.
    """

    at: float
    value: float
    low: float
    high: float
    exact: bool
    limit: str = ""


def rates_of(frame: pd.DataFrame, alphabet: Alphabet) -> dict[str, Rate]:
    """Rate of each kind of error of a cell, that of the symbol which makes it most, and of each programmed symbol.

    Parameters
    ----------
    frame
        Rows of ``ber.csv`` of one cell at one corner.
    alphabet
        Of the cell.

    Returns
    -------
    dict
        By symbol of the kind of error and, after ``programmed ``, by what is programmed: the sum of its misreads.
    """
    found = {}
    for kind in alphabet.classes:
        rows = frame[frame["error_type"] == kind.symbol]
        made = [_sum(part) for _, part in rows.groupby("programmed", sort=False)]
        if made:
            found[kind.symbol] = Rate(**{key: max(getattr(rate, key) for rate in made) for key in _KEYS})
    for symbol in alphabet.programmed:
        found[programmed_key(symbol)] = _sum(frame[frame["programmed"] == symbol])
    return found


def programmed_key(symbol: str) -> str:
    """What the errors of a programmed symbol are called beside the kinds of error.

    Parameters
    ----------
    symbol
        The symbol.
    """
    return f"programmed {symbol}"


def margin_below(rates: Mapping[str, Rate], targets: Mapping[str, float], at: float) -> Margin:
    """By how much every demanded rate is below its target: that of the one which is nearest.

    Parameters
    ----------
    rates
        By kind of error.
    targets
        Largest rate that is allowed, by kind of error; of a kind that the cell cannot make it demands nothing.
    at
        Value of the knob.
    """
    margins = [_margin(rates[kind], target, at, kind) for kind, target in targets.items() if kind in rates]
    worst = min(margins, key=lambda margin: margin.value)
    return Margin(
        at=at, value=worst.value, low=min(margin.low for margin in margins),
        high=min(margin.high for margin in margins), exact=worst.exact, limit=worst.limit,
    )  # fmt: skip


def margin_between(first: Rate, second: Rate, at: float) -> Margin:
    """By how much the first rate is below the second one.

    Parameters
    ----------
    first, second
        The rates.
    at
        Value of the knob.
    """
    one, other = _index(first), _index(second)
    value = one[0] - other[0]
    # Independent estimates: half-widths add in squares; each side keeps its own.
    low = value - math.hypot(one[0] - one[1], other[2] - other[0])
    high = value + math.hypot(one[2] - one[0], other[0] - other[1])
    return Margin(at=at, value=value, low=low, high=high, exact=first.met and second.met)


_KEYS = ("value", "low", "high")


def _sum(rows: pd.DataFrame) -> Rate:
    columns = ("probability", "ci_low", "ci_high")
    value, low, high = (min(1.0, float(rows[column].sum())) for column in columns)
    return Rate(value=value, low=low, high=high)


def _margin(rate: Rate, target: float, at: float, kind: str) -> Margin:
    wanted = float(-ndtri(target))
    value, low, high = (index - wanted for index in _index(rate))
    return Margin(at=at, value=value, low=low, high=high, exact=rate.met, limit=kind)


def _index(rate: Rate) -> tuple[float, float, float]:
    """Reliability index and its interval; of what was not met its bound."""
    low, high = _beta(rate.high), _beta(rate.low)
    value = _beta(rate.value) if rate.met else (low if rate.value <= 0 else high)
    return value, low, high


def _beta(rate: float) -> float:
    return float(min(_FARTHEST, max(-_FARTHEST, -ndtri(rate))))
