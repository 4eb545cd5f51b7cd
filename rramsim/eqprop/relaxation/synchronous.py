"""All layers at once, as in the papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.relaxation.schedule import AbstractSchedule


@dataclass(frozen=True, slots=True)
class Synchronous(AbstractSchedule):
    """Every layer from the states of the step before."""

    name: ClassVar[str] = "synchronous"

    def groups(self, layers: int) -> tuple[tuple[int, ...], ...]:
        """One group.

        Examples
        --------
        >>> Synchronous().groups(3)
        ((1, 2, 3),)
        """
        return (tuple(range(1, layers + 1)),)
