"""Distribution of a quantity that counted reads were measured by: quantiles, each with its interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from rramsim.circuits.record import Summary
from rramsim.intervals import quantile_ranks

SHARES = (0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """A quantile of what was drawn, and the interval of that of the distribution.

    Parameters
    ----------
    share
        Of the values that lie below [1].
    value, low, high
        In the quantity's unit; ``low <= value <= high``.
    """

    share: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What is known of a quantity's distribution.

    Parameters
    ----------
    count
        Values that it is known from.
    quantiles
        In rising order; those that so many values bound from both sides.
    """

    count: int
    quantiles: tuple[Quantile, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Quantiles of values, each with a 95 % interval between two of them.

        Parameters
        ----------
        values
            One of each simulation; infinite ones, where something did not happen, are left out.
        """
        finite = np.sort([value for value in values if math.isfinite(value)])
        found = []
        for share in SHARES:
            first, last = quantile_ranks(share, finite.size)
            if first >= 0 and last < finite.size:
                low, high = float(finite[first]), float(finite[last])
                # The two ends are values that were drawn; the middle lies between two, and may round beyond them.
                value = float(np.clip(np.quantile(finite, share), low, high))
                found.append(Quantile(share=share, value=value, low=low, high=high))
        return cls(count=int(finite.size), quantiles=tuple(found))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"count": self.count, "quantiles": [[one.share, one.value, one.low, one.high] for one in self.quantiles]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read plain values back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a distribution.
        """
        if set(data) != {"count", "quantiles"} or type(data["count"]) is not int or data["count"] < 0:
            raise ValueError("a distribution has a count and quantiles")
        found = []
        for share, value, low, high in data["quantiles"]:
            if not (share in SHARES and math.isfinite(low) and low <= value <= high < math.inf):
                raise ValueError(f"a quantile needs low <= value <= high, and a share of {SHARES}")
            found.append(Quantile(share=share, value=value, low=low, high=high))
        if [one.share for one in found] != sorted({one.share for one in found}):
            raise ValueError("quantiles must rise")
        return cls(count=data["count"], quantiles=tuple(found))


def distributions(quantities: Mapping[str, Sequence[float]], summaries: Iterable[Summary]) -> dict[str, Distribution]:
    """Distribution of every quantity that a bench summarises by more than a count, by its name with the unit.

    Parameters
    ----------
    quantities
        Values of each simulation, by name.
    summaries
        The bench's.
    """
    wanted = {summary.measured: summary.quantity for summary in summaries if summary.statistic != "count"}
    return {measured: Distribution.of(quantities[name]) for measured, name in wanted.items()}
