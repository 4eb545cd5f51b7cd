"""The study file's section on error injection."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StrictInt, ValidationInfo, field_validator, model_validator

from rramsim.nn.faults.catalog import find_faults
from rramsim.quantities import Fraction, Rate
from rramsim.validation import Name, Section, nested

Repeats = Annotated[StrictInt, Field(ge=2, le=100_000)]


def _known_mode(name: str) -> str:
    find_faults(name)
    return name


class InjectionSection(Section):
    """[injection]: which errors are injected into the networks and how often.

    ``repeats`` chips are programmed; with ``precision``, more of them, up to ``max_repeats``, until the 95 % interval
    of the mean accuracy reaches no farther than that to either side. ``losses`` of accuracy are what a rate of the
    ladder may cost to count as tolerated. ``settings`` holds those of a mode under its name.
    """

    modes: Annotated[tuple[Annotated[Name, AfterValidator(_known_mode)], ...], Field(min_length=1)] = ("static", "read")
    settings: dict[Name, dict[str, Any]] = Field(default={}, validate_default=True)
    repeats: Repeats = 20
    precision: Fraction | None = None
    max_repeats: Repeats = 1000
    rates: Literal["interval", "estimate"] = "interval"
    ladder: tuple[Rate, ...] = ()
    losses: Annotated[tuple[Fraction, ...], Field(min_length=1)] = (0.01,)

    @field_validator("settings")
    @classmethod
    def _of_the_modes(cls, settings: dict[str, dict[str, Any]], info: ValidationInfo) -> dict[str, dict[str, Any]]:
        """All of them, defaults included."""
        modes = info.data.get("modes", ())
        unused = [mode for mode in settings if modes and mode not in modes]
        if unused:
            raise ValueError(f"{unused[0]} is none of modes, {', '.join(modes)}")
        found = {mode: nested(find_faults(mode).Settings, settings.get(mode, {})) for mode in modes}
        plain = {mode: section.model_dump(mode="json") for mode, section in found.items()}
        return {mode: values for mode, values in plain.items() if values}

    @model_validator(mode="after")
    def _check(self) -> InjectionSection:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("a mode is named more than once in modes")
        if self.ladder and not any(find_faults(mode).along_ladder for mode in self.modes):
            raise ValueError(f"no ladder for modes {', '.join(self.modes)}: they take rates of corners only")
        if self.max_repeats < self.repeats:
            raise ValueError(f"max_repeats, {self.max_repeats}, must not be below repeats, {self.repeats}")
        return self

    def settings_of(self, mode: str) -> Section:
        """Settings of a mode.

        Parameters
        ----------
        mode
            One of ``modes``.
        """
        return find_faults(mode).Settings.model_validate(self.settings.get(mode, {}))
