"""A distribution moved to another median, and stretched around it, on a logarithmic scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.marginals.base import AbstractMarginal
from rramsim.devices.marginals.measured import AbstractMeasured
from rramsim.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretched(AbstractMeasured):
    """ln x = ln(median) + factor (ln x_base − ln(center)).

    Parameters
    ----------
    base
        Distribution as it was.
    center
        Its median.
    median
        Median as it is, in the same unit.
    factor
        By which it is stretched [1], above 0.

    Raises
    ------
    InputError
        A value is not above 0.
    """

    base: AbstractMarginal
    center: float
    median: float
    factor: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) and value > 0 for value in (self.center, self.median, self.factor)):
            raise InputError(f"medians and the factor must be above 0, got {self.median!r} and {self.factor!r}")

    def value(self, z: Array) -> Array:
        """Value for standard-normal values."""
        return np.asarray(self.median * (self.base.value(z) / self.center) ** self.factor)

    def standard(self, value: Array) -> Array:
        """Standard-normal values of values."""
        return self.base.standard(self.center * (value / self.median) ** (1 / self.factor))

    @property
    def spread(self) -> float:
        """That of the base, stretched [1]."""
        return self.factor * self.base.spread

    @property
    def identity(self) -> list[str | float]:
        """That of the base, median and factor."""
        return ["stretched", *self.base.identity, self.center, self.median, self.factor]

    @property
    def reach(self) -> float:
        """That of the base."""
        return self.base.reach if isinstance(self.base, AbstractMeasured) else math.inf

    @property
    def resamples(self) -> tuple[AbstractMarginal, ...]:
        """The base's, each moved alike; none where the base has none."""
        others = self.base.resamples if isinstance(self.base, AbstractMeasured) else ()
        return tuple(
            Stretched(base=other, center=self.center, median=self.median, factor=self.factor) for other in others
        )
