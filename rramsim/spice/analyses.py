"""Analyses as values: what a deck asks ngspice for, and how far its result must reach.

An analysis is written into the deck as its card and given to :meth:`rramsim.spice.engine.Engine.run`, which checks the
result by it, so that the two cannot differ.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.units import format_number

# A transient stops within one minimum step of its end time.
_END_TOLERANCE = 1e-9
# Of a step: what adding it up a million times rounds.
_STEP_TOLERANCE = 1e-3
_SOURCE = re.compile(r"[vi]\w+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tran:
    """A transient.

    Parameters
    ----------
    step
        Suggested step [s], above 0; also how finely ngspice limits its steps where ``max_step`` is not given.
    stop
        End [s], after ``start``.
    start
        From when on results are kept [s], not negative.
    max_step
        Largest step of the integrator [s], above 0; None for ngspice's own.
    uic
        Start from the elements' initial conditions, without an operating point.

    Raises
    ------
    InputError
        One of them is out of its range or not finite.
    """

    name: ClassVar[str] = "transient"
    scale: ClassVar[str] = "time"  #: name of the vector that the others are functions of
    #: Whether ngspice may end it too early without reporting an error.
    ends_silently: ClassVar[bool] = True

    step: float
    stop: float
    start: float = 0.0
    max_step: float | None = None
    uic: bool = False

    def __post_init__(self) -> None:
        limits = {"step": self.step} | ({} if self.max_step is None else {"max_step": self.max_step})
        for name, value in limits.items():
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"{name} of a transient must be above 0 s, got {value!r}")
        if not (0 <= self.start < self.stop < math.inf):
            raise InputError(
                f"a transient must stop after its start, which is not negative, got start {self.start!r} s and stop "
                f"{self.stop!r} s"
            )

    @property
    def card(self) -> str:
        """Its line of a deck."""
        words = [".tran", format_number(self.step), format_number(self.stop)]
        if self.start or self.max_step is not None:
            words.append(format_number(self.start) if self.start else "0")
        if self.max_step is not None:
            words.append(format_number(self.max_step))
        return " ".join([*words, *(["uic"] if self.uic else [])])

    def shortfall(self, scale: NDArray[np.float64]) -> str:
        """How far a result is from being whole, in words; empty if it is.

        Parameters
        ----------
        scale
            Its times [s], shape (points,).
        """
        reached = float(scale[-1]) if scale.size else 0.0
        if reached < self.stop * (1 - _END_TOLERANCE):
            return f"stopped at {reached:.6g} s of {self.stop:.6g} s"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dc:
    """A sweep of an independent source.

    Parameters
    ----------
    source
        Its name in the top level of the deck, ``v…`` or ``i…``, in lower case.
    start, stop
        First value and the value that is not passed [V or A].
    step
        Distance of the values [V or A], towards ``stop``.

    Raises
    ------
    InputError
        The source is none, a value is not finite, or the step leads away from ``stop``.
    """

    name: ClassVar[str] = "DC sweep"
    ends_silently: ClassVar[bool] = False

    source: str
    start: float
    stop: float
    step: float

    def __post_init__(self) -> None:
        if not _SOURCE.fullmatch(self.source):
            raise InputError(f"a DC sweep needs the name of a source, v… or i… in lower case, got {self.source!r}")
        for name in ("start", "stop", "step"):
            value = getattr(self, name)
            if not math.isfinite(value):
                raise InputError(f"{name} of a DC sweep must be finite, got {value!r}")
        if not self.step * (self.stop - self.start) > 0:
            raise InputError(
                f"the step of a DC sweep must lead from start to stop, got start {self.start!r}, stop {self.stop!r} "
                f"and step {self.step!r}"
            )

    @property
    def scale(self) -> str:
        """Name of the vector that the others are functions of: the swept values."""
        return f"{self.source[0]}-sweep"

    @property
    def card(self) -> str:
        """Its line of a deck."""
        return f".dc {self.source} {' '.join(map(format_number, (self.start, self.stop, self.step)))}"

    @property
    def values(self) -> NDArray[np.float64]:
        """The values that are swept [V or A], shape (points,)."""
        steps = math.floor((self.stop - self.start) / self.step + _STEP_TOLERANCE)
        return np.asarray(self.start + self.step * np.arange(steps + 1), dtype=np.float64)

    def shortfall(self, scale: NDArray[np.float64]) -> str:
        """How far a result is from being whole, in words; empty if it is.

        ngspice adds up the steps and may round away the last value, or take some more where steps are below 1e-12.

        Parameters
        ----------
        scale
            Its swept values [V or A], shape (points,).
        """
        wanted = self.values
        if scale.size == wanted.size and np.abs(scale - wanted).max() <= _STEP_TOLERANCE * abs(self.step):
            return ""
        reached = f"{scale[-1]:.6g}" if scale.size else "nothing"
        return f"swept {scale.size} values up to {reached}, not {wanted.size} up to {wanted[-1]:.6g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """The operating point: one value of each vector."""

    name: ClassVar[str] = "operating point"
    scale: ClassVar[str] = ""  #: there is none
    ends_silently: ClassVar[bool] = False
    card: ClassVar[str] = ".op"

    def shortfall(self, scale: NDArray[np.float64]) -> str:
        """How far a result is from being whole, in words; empty if it is.

        Parameters
        ----------
        scale
            A vector of it, shape (1,).
        """
        return "" if scale.size == 1 else f"has {scale.size} points, not 1"


Analysis: TypeAlias = Tran | Dc | Op


def defect(results: Mapping[str, NDArray[np.float64]]) -> str:
    """What is wrong with the vectors of one result, in words; empty if nothing is.

    Parameters
    ----------
    results
        The vectors by name, at least one: all must have as many points as the first, and be finite.
    """
    first, scale = next(iter(results.items()))
    for name, values in results.items():
        if values.shape != scale.shape:
            return f"vector {name!r} has {values.size} points, {first} has {scale.size}"
        if not np.isfinite(values).all():
            return f"vector {name!r} holds a value that is not finite"
    return ""
