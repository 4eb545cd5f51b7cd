"""The study file's sections on figures of merit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, model_validator

from rramsim.quantities import Fraction, Number, Volts
from rramsim.validation import Name, Section

_KNOB = r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$"
_MOST_CELLS = 400  # of a shmoo

KnobName = Annotated[StrictStr, Field(pattern=_KNOB, max_length=100)]
# A value of a knob: a number, or a text with the unit of the setting, which alone knows it.
Setting = int | float | StrictStr


def _by_kind(value: object) -> object:
    """One target for every kind of error, or a table by kind."""
    return value if isinstance(value, Mapping) else {"": value}


# Largest rate that is allowed, by kind of error; under "" that of every kind.
Targets = Annotated[dict[StrictStr, Fraction], BeforeValidator(_by_kind), Field(min_length=1)]


def _check_two(low: float, high: float) -> None:
    if not low < high:
        raise ValueError(f"the first end must be below the second, got {low!r} and {high!r}")


class OfCells(Section):
    """A figure of merit of some cells of the study, as the tables name them; of all where they are left out."""

    cells: tuple[StrictStr, ...] = ()


class VminSection(OfCells):
    """[merit.vmin]: the lowest supply at which every rate is below its target, and the highest one if there is one.

    ``points`` supplies are looked at first, evenly from end to end; then crossings are looked for.
    """

    target: Targets
    range_v: tuple[Volts, Volts] = (0.6, 1.4)
    tolerance_v: Volts = 0.005
    points: Annotated[StrictInt, Field(ge=2, le=100)] = 3

    @model_validator(mode="after")
    def _check(self) -> VminSection:
        _check_two(*self.range_v)
        if self.tolerance_v > (self.range_v[1] - self.range_v[0]) / 4:
            raise ValueError(f"tolerance_v = {self.tolerance_v!r} must be at most a quarter of range_v")
        return self


class BalanceSection(OfCells):
    """[merit.balance]: the value of a knob at which two rates are the same.

    ``rates`` are two kinds of error, as "2" and "3" of a ternary cell, or two programmed symbols, as "+1" and "-1".
    """

    knob: KnobName
    range: tuple[Setting, Setting]
    rates: tuple[StrictStr, StrictStr] = ("2", "3")
    points: Annotated[StrictInt, Field(ge=2, le=100)] = 3

    @model_validator(mode="after")
    def _check(self) -> BalanceSection:
        if self.rates[0] == self.rates[1]:
            raise ValueError(f"rates must be two different ones, got {self.rates[0]!r} twice")
        return self


class ShmooSection(OfCells):
    """[merit.shmoo]: whether every rate is below its target, at each value of one knob and of another."""

    target: Targets
    x: KnobName = "t_sense_s"
    x_values: tuple[Setting, ...]
    y: KnobName = "vdd_v"
    y_values: tuple[Setting, ...]

    @model_validator(mode="after")
    def _check(self) -> ShmooSection:
        if self.x == self.y:
            raise ValueError(f"x and y must be two different knobs, got {self.x!r} twice")
        for name in ("x_values", "y_values"):
            values = getattr(self, name)
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} must be a list of values, each once, got {list(values)!r}")
        if len(self.x_values) * len(self.y_values) > _MOST_CELLS:
            raise ValueError(f"at most {_MOST_CELLS} pairs of values, got {len(self.x_values) * len(self.y_values)}")
        return self


class VariableSection(Section):
    """[[merit.size.variable]]: settings of a bench that have one value, from one end of a range to the other."""

    name: Name
    settings: Annotated[tuple[KnobName, ...], Field(min_length=1)]
    range: tuple[Setting, Setting]


class SizeSection(OfCells):
    """[merit.size]: sizes with the largest margin to the targets, within an area of gates.

    The area is that of all transistors that a bench tells: the sum of width × length.
    """

    target: Targets
    area_um2: Annotated[Number, Field(gt=0, le=1e9)]
    evaluations: Annotated[StrictInt, Field(ge=5, le=10_000)] = 60
    variable: Annotated[tuple[VariableSection, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> SizeSection:
        for what, found in (
            ("variable", [one.name for one in self.variable]),
            ("setting", [setting for one in self.variable for setting in one.settings]),
        ):
            twice = [name for name in found if found.count(name) > 1]
            if twice:
                raise ValueError(f"the {what} {twice[0]} is named more than once")
        return self


class CodesSection(OfCells):
    """[merit.codes]: error-correcting codes that bits are stored with."""

    names: Annotated[tuple[StrictStr, ...], Field(min_length=1)] = ("sec_7_4", "secded_8_4")

    @model_validator(mode="after")
    def _check(self) -> CodesSection:
        if len(set(self.names)) < len(self.names):
            raise ValueError("a code is named more than once in names")
        return self


class OffsetSection(OfCells):
    """[merit.offset]: what each source of spread moves a read by; of all ``programmed`` symbols where left out."""

    programmed: tuple[StrictStr, ...] = ()


class MeritSection(Section):
    """[merit]: figures of merit, each found where it is asked for."""

    vmin: VminSection | None = None
    balance: BalanceSection | None = None
    shmoo: ShmooSection | None = None
    size: SizeSection | None = None
    codes: CodesSection | None = None
    offset: OffsetSection | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for, by name."""
        return {name: found for name in type(self).model_fields if (found := getattr(self, name)) is not None}
