"""One misread: its rate and where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from rramsim.rare.estimate import Estimate
from rramsim.rare.estimator import RareEvent
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.rare.reasons import Note, ran_out

Image = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """Rate of one misread and where it comes from.

    Parameters
    ----------
    method
        The estimator that was really used.
    estimate
        The rate. Empty where the event was not reached: it is rarer than the floor.
    beta
        Reliability index: distance of the nearest design point [standard deviations], or how far was looked in vain;
        None if no design point was looked for.
    directions
        Unit vectors to the design points over the coordinates of the spread, the nearest first.
    notes
        What a reader should know.
    """

    method: Method
    estimate: Estimate
    beta: float | None = None
    directions: tuple[tuple[float, ...], ...] = ()
    notes: tuple[Note, ...] = ()

    def below(self, floor: float) -> bool:
        """Whether the rate is certainly below a floor, or was not met where rates above it would be.

        Parameters
        ----------
        floor
            The rate that does not matter.
        """
        return self.estimate.empty or (self.beta is not None and self.estimate.interval()[1] < floor)

    @property
    def reliability_index(self) -> float | None:
        """Φ⁻¹(1 − rate) [standard deviations]; a lower bound for an event that was not met, None if it was counted."""
        met = self.estimate.probability > 0
        return float(-ndtri(self.estimate.probability)) if met and self.beta is not None else self.beta

    def paused(self, precision: Precision) -> bool:
        """Whether lines stopped at ``precision.pause``, before they were enough.

        Parameters
        ----------
        precision
            What was asked for.
        """
        lines = self.method is Method.LINE_SAMPLING and self.estimate.trials > 0
        stopped = precision.pause is not None and not ran_out(self.notes)
        return stopped and lines and not precision.enough(self.estimate)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

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
            They are not those of a result.
        """
        return cls(
            method=Method(data["method"]),
            estimate=Estimate(**data["estimate"]),
            beta=None if data["beta"] is None else float(data["beta"]),
            directions=tuple(tuple(float(value) for value in direction) for direction in data["directions"]),
            notes=tuple(Note.from_json(note) for note in data["notes"]),
        )

    @classmethod
    def of(cls, rare: RareEvent) -> Self:
        """What a rare-event estimator found out.

        Parameters
        ----------
        rare
            What it returned.
        """
        return cls(
            method=rare.method,
            estimate=rare.estimate,
            beta=float(rare.beta) if rare.method is not Method.SUBSET_SIMULATION or rare.points else None,
            directions=tuple(tuple(point.direction.tolist()) for point in rare.points),
            notes=rare.notes,
        )


def mirrored_event(event: EventResult, image: Image) -> EventResult:
    """The same event of the mirrored read.

    Parameters
    ----------
    event
        The event.
    image
        Mirror image of a direction.
    """
    directions = tuple(tuple(image(np.array(direction)).tolist()) for direction in event.directions)
    return replace(event, directions=directions)
