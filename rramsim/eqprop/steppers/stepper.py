"""What every way of making steps is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

from rramsim.eqprop.relaxation.machine import Machine

Steps: TypeAlias = Callable[[int], None]


class AbstractStepper(ABC):
    """A way to move a network by several steps, the same as :meth:`Machine.step` makes but for rounding.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    def check(self, device: str) -> None:  # noqa: B027 - most can be used everywhere
        """Refuse a device that it is not for.

        Parameters
        ----------
        device
            As torch names it.

        Raises
        ------
        NetworkError
            It cannot be used there.
        """

    @abstractmethod
    def bind(self, machine: Machine) -> Steps:
        """What moves a machine by so many steps, for as long as nothing of it but its states changes.

        Parameters
        ----------
        machine
            With weights, input and nudge as they are to stay.

        Raises
        ------
        NetworkError
            It cannot be used where the machine is.
        """
