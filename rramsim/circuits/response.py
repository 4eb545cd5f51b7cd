"""What a bench gives to the rare-event estimators: a smooth number, and the intervals of it that are the outcomes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.circuits.simulation import Waves
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import ConvergenceError, MeasurementError, SimulationError
from rramsim.rare.limit_state import Event

Array = NDArray[np.float64]

_ROUNDING = 1e-9  # of a signal beside its bound


class AbstractResponse(ABC):
    """Response of one point over the coordinates of its spread.

    Attributes
    ----------
    events
        The interval of the response that is each outcome; an outcome that is not there is counted only.
    dimension
        Number of standard-normal variables.
    last_error
        Of the last simulation that gave no result.
    """

    events: Mapping[str, Event]
    dimension: int
    last_error: SimulationError | None = None

    @abstractmethod
    def __call__(self, z: Array) -> float:
        """Value at standard-normal ``z`` of shape (dimension,); NaN where the simulation gave no result.

        Raises
        ------
        SimulationError
            ngspice failed in a way that is not one sample's alone.
        """

    def steepest(self, read: str) -> Array | None:
        """A direction (dimension,) that is likely to lead to an outcome, to be tried first; None if none is known.

        Parameters
        ----------
        read
            The outcome.
        """
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A smooth number of a simulation.

    Parameters
    ----------
    value
        Takes the waveforms; should rise or fall all along as a device departs from typical, and must not saturate
        before the outcome changes. NaN where there is none.
    events
        The interval of it that is each outcome.
    """

    value: Callable[[Waves], float]
    events: Mapping[str, Event]


class SignalResponse(AbstractResponse):
    """The signal itself, which each simulation holds against its judgement.

    Parameters
    ----------
    signal
        The signal.
    spread
        Whose coordinates the response takes.
    simulate
        Gives the waveforms of values of the sources, shape (sources,).
    judge
        Gives the outcome of waveforms.
    """

    def __init__(
        self,
        signal: Signal,
        spread: SpreadSpace,
        simulate: Callable[[Array], Waves],
        judge: Callable[[Waves], str],
    ) -> None:
        self.events = signal.events
        self.dimension = spread.dimension
        self._signal = signal
        self._spread = spread
        self._simulate = simulate
        self._judge = judge

    def __call__(self, z: Array) -> float:
        """Value at ``z`` of shape (dimension,); NaN where the simulation gave no result.

        Raises
        ------
        SimulationError
            The outcome is not the one in whose interval the signal lies: rates would be of something else.
        """
        try:
            waves = self._simulate(self._spread.values(z[np.newaxis])[0])
            value, outcome = float(self._signal.value(waves)), self._judge(waves)
        except (ConvergenceError, MeasurementError) as error:
            self.last_error = error
            return math.nan
        event = self.events.get(outcome)
        if event is not None and not math.isnan(value):
            margin = _ROUNDING * max(abs(value), 1.0)
            if not event.low - margin <= value <= event.high + margin:
                raise SimulationError(
                    f"a signal of {value:.6g} was judged {outcome}, which is from {event.low:.6g} to {event.high:.6g}"
                )
        return value
