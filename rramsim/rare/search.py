"""What all methods that work on one event share: the limit state, the precision, the budget and the random streams."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import LimitState
from rramsim.rare.precision import Precision

# Random stream by (purpose, number).
Stream = Callable[[int, int], np.random.Generator]

_ATTEMPT = 16  # purposes apart


class Purpose(IntEnum):
    """What a random stream is for; part of what decides a result."""

    PROBES = 0
    LINES = 1
    ROOTS = 2
    SAMPLES = 3
    SUBSET = 4


class Search:
    """Work on one event.

    Parameters
    ----------
    limit_state
        The limit state.
    precision
        When to stop.
    stream
        Random streams.

    Attributes
    ----------
    short
        Whether too few simulations were left for a step that was wanted.
    """

    def __init__(self, limit_state: LimitState, precision: Precision, stream: Stream) -> None:
        self.limit_state = limit_state
        self.precision = precision
        self._stream = stream
        response = limit_state.response
        self.short = False
        self._spent_before, self._failed_before = response.simulations, response.failed

    def generator(self, purpose: Purpose, number: int, attempt: int = 0) -> np.random.Generator:
        """Random stream of one draw.

        Parameters
        ----------
        purpose
            What it is for.
        number
            Of the draw, from 0.
        attempt
            How often the purpose was begun anew.

        Returns
        -------
        numpy.random.Generator
            The stream, at its beginning.
        """
        return self._stream(purpose + _ATTEMPT * attempt, number)

    @property
    def spent(self) -> int:
        """Simulations so far."""
        return self.limit_state.response.simulations - self._spent_before

    @property
    def failed(self) -> int:
        """Those of them that gave no result."""
        return self.limit_state.response.failed - self._failed_before

    @property
    def exhausted(self) -> bool:
        """Whether the budget is spent."""
        return self.spent >= self.precision.max_simulations

    def affords(self, simulations: float) -> bool:
        """Whether a step may begin.

        Parameters
        ----------
        simulations
            What it costs at least.
        """
        affordable = simulations <= self.limit_state.response.remaining
        self.short |= not affordable
        return affordable

    @property
    def ran_out(self) -> bool:
        """Whether no simulation is left, or too few for a step that was wanted."""
        return self.short or self.limit_state.response.remaining < 1

    @property
    def paused(self) -> bool:
        """Whether lines stop for now."""
        return self.precision.pause is not None and self.spent >= self.precision.pause

    def hopeless(self, estimate: Estimate) -> bool:
        """Whether going on like this would take more simulations than allowed, failed ones aside.

        Parameters
        ----------
        estimate
            What one method has from all simulations so far.
        """
        return self.precision.hopeless(estimate, self.spent)

    def ended(self, estimate: Estimate, *, draws: int, least: int) -> bool:
        """Whether draws of the same kind end: at least ``least``, and four times as many before hope is given up.

        Parameters
        ----------
        estimate
            Their average.
        draws
            How many there are.
        least
            Fewer say too little.
        """
        if draws < least:
            return False
        done = self.precision.enough(estimate) or self.exhausted
        return done or (draws >= 4 * least and self.hopeless(estimate))
