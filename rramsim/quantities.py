"""Validated types of the values in a study file: quantities with their unit and range, counts, names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StrictInt

from rramsim.units import number, quantity


def in_unit(unit: str) -> BeforeValidator:
    """Read a number, or a text with a prefix and this unit.

    Parameters
    ----------
    unit
        As :func:`rramsim.units.quantity` takes it.
    """
    return BeforeValidator(lambda value: quantity(value, unit))


def named(check: Callable[[str], Any]) -> AfterValidator:
    """Let a name's own look-up say what is known.

    Parameters
    ----------
    check
        Raises a ValueError for a name that is none.
    """

    def validate(name: str) -> str:
        check(name)
        return name

    return AfterValidator(validate)


Number = Annotated[float, BeforeValidator(number)]
Volts = Annotated[float, in_unit("V"), Field(gt=0, le=100)]
# A sense amplifier works in nanoseconds: 50 in place of 50e-9 is a missing unit, and 50e-19 a slip.
Seconds = Annotated[float, in_unit("s"), Field(ge=1e-12, le=1e-3)]
Celsius = Annotated[float, in_unit("°C"), Field(ge=-200, le=300)]
Ohms = Annotated[float, in_unit("Ω"), Field(gt=0, le=1e12)]
Sigma = Annotated[Number, Field(ge=0, le=10)]
Rate = Annotated[Number, Field(ge=0, le=1)]
Fraction = Annotated[Number, Field(gt=0, lt=1)]
NonNegative = Annotated[Number, Field(ge=0, le=1e9)]
Count = Annotated[StrictInt, Field(gt=0, le=10**9)]
