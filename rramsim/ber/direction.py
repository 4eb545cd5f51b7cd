"""The direction of a misread that is too frequent to be looked for: counts tell its rate, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rramsim.ber.event import EventResult
from rramsim.errors import NoDirectionError
from rramsim.rare.design_point import find_design_point
from rramsim.rare.limit_state import BudgetSpentError, LimitState
from rramsim.rare.precision import Precision

_PER_SOURCE = 20  # simulations at most, for each source of spread: six gradients and what lies between them


def directed(
    found: EventResult, limit_state: LimitState, precision: Precision, starts: Sequence[NDArray[np.float64]]
) -> EventResult:
    """The same result with the direction in which the event begins nearest to typical devices.

    Typical devices may lie in the event: its direction is still the one that leads into it.

    Parameters
    ----------
    found
        What is known of an event that was met.
    limit_state
        Its limit state.
    precision
        What the event may cost.
    starts
        Directions to begin with; the first is tried.

    Returns
    -------
    EventResult
        As it was, where it has a direction already, or none is found.
    """
    allowed = min(_PER_SOURCE * limit_state.dimension, precision.max_simulations - found.estimate.simulations)
    if found.directions or found.estimate.empty or found.estimate.probability == 0 or allowed <= 0:
        return found
    before = limit_state.response.simulations
    with limit_state.response.limited(allowed):
        try:
            point = find_design_point(limit_state, limit=precision.beta_limit, start=starts[0] if starts else None)
        except (BudgetSpentError, NoDirectionError):
            point = None
    spent = found.estimate.simulations + limit_state.response.simulations - before
    found = replace(found, estimate=replace(found.estimate, simulations=spent))
    return found if point is None else replace(found, directions=(tuple(point.direction.tolist()),))
