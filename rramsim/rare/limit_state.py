"""What a rare-event estimator sees: a response of standard-normal variables, and the part of it that is an event.

An estimator never sees a circuit. The response must be smooth where the event begins, and it should be monotone along
lines; the estimators find out where it is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError

Array = NDArray[np.float64]

# Value of the response at standard-normal values of shape (dimension,); NaN where the simulation gave no result.
Response = Callable[[Array], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The interval of a response that is the event, bounds included.

    Parameters
    ----------
    low, high
        Bounds in the unit of the response; infinite for one-sided events.

    Raises
    ------
    InputError
        The interval is empty, or the whole line.
    """

    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low < self.high or (math.isinf(self.low) and math.isinf(self.high)):
            raise InputError(f"an event needs low < high and a finite bound, got {self.low!r}, {self.high!r}")

    @property
    def two_sided(self) -> bool:
        """Whether the event ends on both sides."""
        return math.isfinite(self.low) and math.isfinite(self.high)


class BudgetSpentError(Exception):
    """No further simulation is allowed."""


class CountedResponse:
    """A response that counts its simulations and never repeats one.

    Parameters
    ----------
    response
        The response.
    dimension
        Number of standard-normal variables.

    Attributes
    ----------
    simulations
        Calls of the response.
    failed
        Those of them that gave no result.
    """

    def __init__(self, response: Response, dimension: int) -> None:
        self.dimension = dimension
        self.simulations = 0
        self.failed = 0
        self._response = response
        self._most = math.inf
        self._known: dict[bytes, float] = {}

    def __call__(self, z: Array) -> float:
        """Value at ``z`` of shape (dimension,); NaN where the simulation failed.

        Raises
        ------
        BudgetSpentError
            It is not known, and no further simulation is allowed.
        """
        key = (z + 0.0).tobytes()  # -0.0 and 0.0 are the same point
        if key not in self._known:
            if self.remaining < 1:
                raise BudgetSpentError
            self.simulations += 1
            value = float(self._response(z))
            self.failed += math.isnan(value)
            self._known[key] = value
        return self._known[key]

    @property
    def remaining(self) -> float:
        """Simulations that are still allowed; infinite without a limit."""
        return self._most - self.simulations

    @contextmanager
    def limited(self, simulations: int) -> Iterator[None]:
        """Allow no more than so many further simulations.

        Parameters
        ----------
        simulations
            How many; a limit within another one does not widen it.
        """
        before = self._most
        self._most = min(before, self.simulations + simulations)
        try:
            yield
        finally:
            self._most = before


class LimitState:
    """A response counted from the bound where its event begins: positive outside, zero or negative behind the bound.

    Parameters
    ----------
    response
        The response.
    event
        The event.
    failed_inside
        Whether a simulation without a result is taken for the event.

    Attributes
    ----------
    depth
        How far behind the entry the event ends, in the unit of the response; infinite for a one-sided event.
    """

    def __init__(self, response: CountedResponse, event: Event, *, failed_inside: bool = False) -> None:
        self.response = response
        self.event = event
        self.failed_inside = failed_inside
        self.depth = event.high - event.low
        origin = response(np.zeros(response.dimension))
        # A two-sided event is entered from the side of its complement on which typical devices lie.
        from_above = math.isinf(event.low) or (
            not math.isinf(event.high) and not abs(origin - event.low) < abs(origin - event.high)
        )
        self._bound, self._sign = (event.high, 1.0) if from_above else (event.low, -1.0)
        distance = abs(origin - self._bound)
        self._inside = -min(distance if distance > 0 else 1.0, self.depth / 2)  # some value of the event

    @property
    def dimension(self) -> int:
        """Number of standard-normal variables."""
        return self.response.dimension

    def __call__(self, z: Array) -> float:
        """Value at ``z`` of shape (dimension,); NaN where the simulation failed and is not taken for the event."""
        value = self._sign * (self.response(z) - self._bound)
        return self._inside if self.failed_inside and math.isnan(value) else value

    @property
    def behind(self) -> Event | None:
        """What lies behind a two-sided event, on the side on which it ends; None for a one-sided one."""
        if not self.event.two_sided:
            return None
        return Event(high=self.event.low) if self._sign > 0 else Event(low=self.event.high)

    def along(self, direction: Array, plane: Array | None = None) -> Callable[[float], float]:
        """The limit state on a line, as a function of the coordinate along it.

        Parameters
        ----------
        direction
            Unit vector along the line, shape (dimension,).
        plane
            Point of the line whose coordinate is 0, shape (dimension,); None for the origin.
        """
        origin = np.zeros(self.dimension) if plane is None else plane
        return lambda c: self(origin + c * direction)

    def occurs(self, value: float) -> bool:
        """Whether a value of this limit state lies in the event.

        Parameters
        ----------
        value
            Value of the limit state, in the unit of the response; NaN lies in no event.
        """
        return -self.depth <= value <= 0.0
