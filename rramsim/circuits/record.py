"""What one simulation gave, and how many of them are summarised."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rramsim.errors import InputError, SimulationError
from rramsim.units import column_unit

_STATISTICS = ("count", "mean", "median", "std")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one simulation gave.

    Parameters
    ----------
    outcome
        One of the bench's alphabet.
    quantities
        What was measured besides, by name, SI; infinite where it did not happen.
    """

    outcome: str
    quantities: Mapping[str, float]


def check_same_quantities(first: Record, other: Record, *, bench: str) -> None:
    """Refuse records of which one has a quantity that the other lacks: no statistic of it would be of all simulations.

    Parameters
    ----------
    first, other
        Of two simulations.
    bench
        Name of the bench that gave them.

    Raises
    ------
    SimulationError
        They have not the same quantities.
    """
    different = sorted(set(first.quantities) ^ set(other.quantities))
    if different:
        told, all_of_them = ", ".join(different), ", ".join(sorted({*first.quantities, *other.quantities}))
        raise SimulationError(
            f"bench {bench}: the quantity {told} was measured in some simulations and not in others; each must give "
            f"the same ones, {all_of_them}, infinite (math.inf) where something did not happen"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A column of ``reads.csv``.

    Parameters
    ----------
    column
        Its header, with the unit: ``energy_mean_j``.
    quantity
        Of which quantity of the records; infinite values are left out.
    statistic
        ``count``, ``mean``, ``median``, ``std`` (of a sample), or a quantile from 0.0 to 1.0.

    Raises
    ------
    InputError
        There is no such statistic.
    """

    column: str
    quantity: str
    statistic: str | float

    def __post_init__(self) -> None:
        quantile = isinstance(self.statistic, float) and 0 <= self.statistic <= 1
        if self.statistic not in _STATISTICS and not quantile:
            names = ", ".join(_STATISTICS)
            raise InputError(f"a summary is {names} or a quantile from 0.0 to 1.0, not {self.statistic!r}")

    @property
    def measured(self) -> str:
        """The quantity with the unit that the column names: ``energy_j``."""
        unit = column_unit(self.column)
        return f"{self.quantity}_{unit}" if unit else self.quantity

    def of(self, values: Sequence[float]) -> float | None:
        """The statistic; None where there is no value to make it of.

        Parameters
        ----------
        values
            The quantity of each record.
        """
        finite = np.asarray([value for value in values if math.isfinite(value)])
        if self.statistic == "count":
            return int(finite.size)
        if not finite.size:
            return None
        if isinstance(self.statistic, float):
            return float(np.quantile(finite, self.statistic))
        if self.statistic == "std":
            return float(finite.std(ddof=1)) if finite.size > 1 else 0.0
        return float(np.median(finite) if self.statistic == "median" else finite.mean())
