"""Steps call by call: nothing to wait for, the fastest on a processor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.steppers.stepper import AbstractStepper, Steps


@dataclass(frozen=True, slots=True)
class Eager(AbstractStepper):
    """Each call of torch as it comes."""

    name: ClassVar[str] = "eager"

    def bind(self, machine: Machine) -> Steps:
        """One step after the other."""

        def steps(count: int) -> None:
            for _ in range(count):
                machine.step()

        return steps
