"""Where a transient may end before its stop, without a change to any of its points.

ngspice looks at a ``stop`` after each point that it has accepted, and ``resume`` goes on as if it had not been there.
One thing does change the points: a ``stop`` whose first condition is on the time sets a breakpoint there, at which the
integrator cuts its steps and begins with small ones (``CKTsetBreak`` in ngspice's dctran.c). So the time never comes
first here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.units import format_number

Condition: TypeAlias = tuple[str, Literal["<", ">"], float]

_MET = "condition met"
# Always true. Not a number in place of its name: ngspice 39 compares the name without looking whether there is one.
_ALWAYS: Condition = ("time", ">", -1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Conditions that end a transient where all of them hold.

    Parameters
    ----------
    conditions
        (vector, ``<`` or ``>``, value): a node's voltage [V], or ``time`` [s].
    """

    conditions: tuple[Condition, ...]

    @property
    def command(self) -> str:
        """Ngspice's command for it."""
        return stop_command(self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """Times at which a function of what was simulated so far decides whether the transient goes on.

    Parameters
    ----------
    times
        When it is asked [s], rising: at the first point after each.
    enough
        Takes ``time`` [s] and the vectors asked for, arrays of shape (points,), and tells whether to end there.

    Raises
    ------
    InputError
        A time is negative or not finite, or they do not rise.
    """

    times: tuple[float, ...]
    enough: Callable[[Mapping[str, NDArray[np.float64]]], bool]

    def __post_init__(self) -> None:
        rising = all(a < b for a, b in zip(self.times, self.times[1:], strict=False))
        if not rising or not all(math.isfinite(time) and time >= 0 for time in self.times):
            raise InputError(f"checkpoints must be rising times, not negative [s], got {self.times}")


def stop_command(conditions: Iterable[Condition]) -> str:
    """Ngspice's command that ends a transient where all conditions hold, without a breakpoint at any time in them.

    Parameters
    ----------
    conditions
        As of :class:`Until`.

    Examples
    --------
    >>> stop_command([("q", "<", 0.1)])
    'stop when time > -1.0 when q < 0.1'
    """
    parts = (f"when {name} {sign} {format_number(value)}" for name, sign, value in (_ALWAYS, *conditions))
    return f"stop {' '.join(parts)}"


def was_ended(log: Iterable[str]) -> bool:
    """Whether a run's output says that it was ended by a command of :func:`stop_command`.

    Parameters
    ----------
    log
        Its lines.
    """
    return any(_MET in line for line in log)
