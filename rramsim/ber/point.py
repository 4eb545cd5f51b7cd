"""One point of the tables, and how its numbers follow from the task that was run for it.

A bench is simulated once, whatever codings it has. Where it is its own mirror image, a simulation of one programmed
symbol is the mirror image of one of another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rramsim.ber.event import EventResult, mirrored_event
from rramsim.ber.result import PointResult
from rramsim.ber.task import PointTask
from rramsim.circuits.coding import Coding
from rramsim.devices.spread import SpreadSpace


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A programmed symbol of a coding at a corner.

    Parameters
    ----------
    coding
        Names the symbols.
    task
        What was simulated.
    mirrored
        Whether that is the mirror image of the point.
    """

    coding: Coding
    task: PointTask
    mirrored: bool = False

    @property
    def programmed(self) -> str:
        """The programmed symbol."""
        task = self.task
        return task.mirror.image(task.programmed) if self.mirrored and task.mirror else task.programmed

    @property
    def labels(self) -> dict[str, object]:
        """Columns that name the point in every table."""
        t_sense = self.task.bench.t_sense
        return {
            "cell": self.coding.name,
            **self.task.corner.labels,
            "t_sense_s": math.nan if t_sense is None else t_sense,
            "programmed": self.programmed,
        }

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Table order: cell, corner, programmed symbol."""
        order = self.coding.alphabet.programmed.index(self.programmed)
        return (self.coding.name, self.task.corner.sort_key, order)

    def seen(self, result: PointResult) -> PointResult:
        """The task's result in the words of this point.

        Parameters
        ----------
        result
            What the task returned.
        """
        return result.renamed(self._seen, self._event)

    def _seen(self, read: str) -> str:
        mirror = self.task.mirror
        return self.coding.symbol(mirror.outcome(read) if self.mirrored and mirror else read)

    def _event(self, event: EventResult) -> EventResult:
        # Of the mirrored point: its spread has the sources exchanged, and its coordinates are those of the task's.
        return mirrored_event(event, self.task.image) if self.mirrored else event

    @property
    def spread(self) -> SpreadSpace:
        """What varies, in the order of the coordinates of the point's own directions."""
        spread, mirror = self.task.spread, self.task.mirror
        return spread.mirrored(dict(mirror.sources)) if self.mirrored and mirror else spread

    def importance(self, event: EventResult) -> dict[str, float]:
        """Importance factor of each source of spread at the nearest design point; NaN where there is none.

        Parameters
        ----------
        event
            As :meth:`seen` gives it.
        """
        spread = self.task.spread
        if not event.directions:
            return dict.fromkeys(spread.names, math.nan)
        return dict(zip(spread.names, spread.importance(np.array(event.directions[0])), strict=True))
