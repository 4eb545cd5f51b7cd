"""What every schedule is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar


class AbstractSchedule(ABC):
    """Which layers move together, and in which order within one step.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @abstractmethod
    def groups(self, layers: int) -> tuple[tuple[int, ...], ...]:
        """Layers that move at once, from the same states, group after group; each layer is in one group.

        Parameters
        ----------
        layers
            How many there are; they are numbered from 1 on.
        """
