"""One point of the tables, and how its numbers follow from the task that was run for it.

A circuit is simulated once, whatever codings it has: an unresolved read is the weight 0 of a ternary cell and ``?`` of
a binary one. Where a circuit is its own mirror image, a read of -1 is the mirror image of a read of +1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rramsim.ber.events import EventResult, mirrored_event
from rramsim.ber.task import ReadResult, ReadTask
from rramsim.circuits.catalog import Cell
from rramsim.weights import Weight, WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A weight of a cell at a corner.

    Parameters
    ----------
    cell
        Whose coding names the weights.
    task
        What was simulated.
    mirrored
        Whether that is the mirror image of the point.
    """

    cell: Cell
    task: ReadTask
    mirrored: bool = False

    @property
    def programmed(self) -> Weight:
        """The stored weight."""
        return self.task.programmed.opposite if self.mirrored else self.task.programmed

    @property
    def labels(self) -> dict[str, object]:
        """Columns that name the point in every table."""
        return self.task.labels | {"cell": self.cell.name, "programmed": self.programmed.value}

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Table order: cell, corner, programmed weight."""
        order = WeightKind.TERNARY.programmed.index(self.programmed)
        return (self.cell.name, self.task.deck.corner.sort_key, order)

    def seen(self, result: ReadResult) -> ReadResult:
        """The task's result in the words of this point.

        Parameters
        ----------
        result
            What the task returned.
        """
        return replace(
            result,
            counts={self._seen(weight): count for weight, count in result.counts.items()},
            events={self._seen(weight): self._event(event) for weight, event in result.events.items()},
        )

    def _seen(self, read: Weight) -> Weight:
        if read in (Weight.ZERO, Weight.UNRESOLVED):
            return self.cell.weights.unresolved
        return read.opposite if self.mirrored else read

    def _event(self, event: EventResult) -> EventResult:
        if not self.mirrored:
            return event
        # Of the mirrored read: its spread has the devices exchanged, and its coordinates are those of the task's.
        return mirrored_event(event, lambda direction: self.task.spread.image(direction, dict(self.task.mirror)))

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
