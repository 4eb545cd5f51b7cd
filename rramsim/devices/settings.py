"""The study file's section on memory devices."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

from pydantic import BeforeValidator, Field, StrictStr, model_validator

from rramsim.devices.presets import load_preset
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.quantities import Ohms, Sigma, named
from rramsim.units import number
from rramsim.validation import Name, Section


class StateOverride(Section):
    """Overrides of one resistance state of the preset."""

    r_median_ohm: Ohms | None = None
    sigma_ln_d2d: Sigma | None = None
    sigma_ln_c2c: Sigma | None = None


def _overridden(base: LognormalResistance, override: StateOverride) -> LognormalResistance:
    def pick(value: float | None, default: float) -> float:
        return default if value is None else value

    return LognormalResistance(
        r_median=pick(override.r_median_ohm, base.r_median),
        sigma_ln_d2d=pick(override.sigma_ln_d2d, base.sigma_ln_d2d),
        sigma_ln_c2c=pick(override.sigma_ln_c2c, base.sigma_ln_c2c),
    )


class CorrelationSection(Section):
    """[[devices.correlation]]: of two sources of spread, as ``r_bl`` or ``vth:xsa.xmn1``."""

    between: tuple[StrictStr, StrictStr]
    coefficient: Annotated[float, BeforeValidator(number), Field(gt=-1, lt=1)]


class ConditionSection(Section):
    """[[devices.condition]]: devices as they are programmed otherwise, all else as in [devices].

    ``name`` goes before those of the cells that are read under it.
    """

    name: Name
    preset: Annotated[StrictStr, named(load_preset)] | None = None
    lrs: StateOverride = StateOverride()
    hrs: StateOverride = StateOverride()

    def statistics(self, base: DeviceStatistics) -> DeviceStatistics:
        """Statistics of both states under the condition.

        Parameters
        ----------
        base
            Of [devices], where the condition has no preset of its own.
        """
        known = base if self.preset is None else load_preset(self.preset).statistics
        return DeviceStatistics(lrs=_overridden(known.lrs, self.lrs), hrs=_overridden(known.hrs, self.hrs))


class DevicesSection(Section):
    """[devices]: a preset's resistance statistics, with overrides."""

    preset: Annotated[StrictStr, named(load_preset)] = "hfo2_130nm"
    lrs: StateOverride = StateOverride()
    hrs: StateOverride = StateOverride()
    correlation: tuple[CorrelationSection, ...] = ()
    condition: tuple[ConditionSection, ...] = ()

    @cached_property
    def statistics(self) -> DeviceStatistics:
        """Statistics of both states after overrides."""
        base = load_preset(self.preset).statistics
        return DeviceStatistics(lrs=_overridden(base.lrs, self.lrs), hrs=_overridden(base.hrs, self.hrs))

    @cached_property
    def conditions(self) -> dict[str, DeviceStatistics]:
        """Statistics by name of the condition; one without a name where there are none."""
        return {one.name: one.statistics(self.statistics) for one in self.condition} or {"": self.statistics}

    @property
    def correlations(self) -> tuple[tuple[str, str, float], ...]:
        """(source, source, coefficient) of each correlation."""
        return tuple((*item.between, item.coefficient) for item in self.correlation)

    @model_validator(mode="after")
    def _check(self) -> DevicesSection:
        names = [one.name for one in self.condition]
        if len(set(names)) < len(names):
            raise ValueError(f"two conditions have one name: {', '.join(names)}")
        _ = self.conditions
        return self
