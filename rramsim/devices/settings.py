"""The study file's section on memory devices."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictStr, ValidationInfo, field_validator, model_validator

from rramsim.devices.ageing import AgeingSection, aged
from rramsim.devices.cmo_hfox import CmoHfoxSection
from rramsim.devices.endurance import EnduranceSection
from rramsim.devices.fits import fit_report
from rramsim.devices.marginals import Empirical
from rramsim.devices.measurements import read_resistances
from rramsim.devices.presets import load_preset
from rramsim.devices.resistance import AbstractResistance, DeviceStatistics, LognormalResistance, ShapedResistance
from rramsim.devices.retention import RetentionSection
from rramsim.devices.rtn import TelegraphSection
from rramsim.errors import InputError
from rramsim.files import resolved
from rramsim.quantities import Number, Ohms, Rate, Sigma, named
from rramsim.units import number
from rramsim.validation import Name, PathText, Section

_TAIL_PART = 0.1
_STATES = ("lrs", "hrs")
_OF_A_FILE = ("column", "unit", "tail", "tail_part", "d2d_share")
_OF_A_LOGNORMAL = ("r_median_ohm", "sigma_ln_d2d", "sigma_ln_c2c")


class StateOverride(Section):
    """Overrides of one resistance state of the preset, or ``file``: measured resistances in its place."""

    r_median_ohm: Ohms | None = None
    sigma_ln_d2d: Sigma | None = None
    sigma_ln_c2c: Sigma | None = None
    file: PathText | None = None
    column: StrictStr | None = None
    unit: Literal["ohm", "kohm", "megohm", "s", "ms", "us", "ns"] | None = None
    tail: Literal["genpareto", "lognormal"] | None = None
    tail_part: Annotated[Number, Field(gt=0, le=0.25)] | None = None
    d2d_share: Rate | None = None

    @field_validator("file")
    @classmethod
    def _beside_the_study(cls, file: str | None, info: ValidationInfo) -> str | None:
        folder: Path = (info.context or {}).get("folder", Path())
        return None if file is None else str(resolved(folder / file))

    @model_validator(mode="after")
    def _check(self) -> StateOverride:
        told = [
            name for name in (_OF_A_FILE if self.file is None else _OF_A_LOGNORMAL) if getattr(self, name) is not None
        ]
        if told:
            raise ValueError(
                f"{told[0]} belongs to measured resistances, whose file is not named" if self.file is None
                else f"{told[0]} is that of a lognormal state: file has measured resistances in its place"
            )  # fmt: skip
        if self.file is not None:
            for name, allowed in (("tail", "'genpareto' or 'lognormal'"), ("d2d_share", "0 to 1: the part of the "
                                  "variance of ln R that stays with a device")):  # fmt: skip
                if getattr(self, name) is None:
                    raise ValueError(f"a file of measured resistances needs {name}: {allowed}")
            _ = self.measured
        return self

    @cached_property
    def measured(self) -> ShapedResistance | None:
        """What the file holds; None without one.

        Raises
        ------
        InputError
            It cannot be read, or not be fitted.
        """
        if self.file is None or self.tail is None or self.d2d_share is None:
            return None
        path = Path(self.file)
        sample = read_resistances(path, column=self.column, unit=self.unit)
        try:
            law = Empirical(sample=sample, tail=self.tail, part=self.tail_part or _TAIL_PART)
        except InputError as error:
            raise InputError(f"{path.name}: {error}") from None
        return ShapedResistance.of(law, d2d=self.d2d_share, c2c=1 - self.d2d_share)


def _overridden(base: AbstractResistance, override: StateOverride) -> AbstractResistance:
    def pick(value: float | None, default: float) -> float:
        return default if value is None else value

    if override.measured is not None:
        return override.measured
    told = [name for name in _OF_A_LOGNORMAL if getattr(override, name) is not None]
    if not isinstance(base, LognormalResistance):
        if told:
            raise InputError(f"{told[0]} cannot be set: [devices] has another law than a lognormal one for that state")
        return base
    return LognormalResistance(
        r_median=pick(override.r_median_ohm, base.r_median),
        sigma_ln_d2d=pick(override.sigma_ln_d2d, base.sigma_ln_d2d),
        sigma_ln_c2c=pick(override.sigma_ln_c2c, base.sigma_ln_c2c),
    )


class CorrelationSection(Section):
    """[[devices.correlation]]: of two sources of spread, as ``r_bl`` or ``vth:xsa.xmn1``."""

    between: tuple[StrictStr, StrictStr]
    coefficient: Annotated[float, BeforeValidator(number), Field(gt=-1, lt=1)]


def _programmed(base: DeviceStatistics, section: ConditionSection | DevicesSection) -> DeviceStatistics:
    """What a section makes of statistics that it starts from."""
    if section.cmo_hfox is None:
        return DeviceStatistics(lrs=_overridden(base.lrs, section.lrs), hrs=_overridden(base.hrs, section.hrs))
    if section.lrs.model_fields_set or section.hrs.model_fields_set:
        raise InputError("cmo_hfox tells both states: lrs and hrs must be left out beside it")
    if isinstance(section, ConditionSection) and section.preset is not None:
        raise InputError("cmo_hfox stands in place of a preset: name one of them")
    return section.cmo_hfox.statistics


class ConditionSection(Section):
    """[[devices.condition]]: devices as they are programmed otherwise, all else as in [devices].

    ``name`` goes before those of the cells that are read under it.
    """

    name: Name
    preset: Annotated[StrictStr, named(load_preset)] | None = None
    lrs: StateOverride = StateOverride()
    hrs: StateOverride = StateOverride()
    cmo_hfox: CmoHfoxSection | None = None
    ageing: AgeingSection = AgeingSection()

    def statistics(self, base: DeviceStatistics) -> DeviceStatistics:
        """Statistics of both states under the condition, when they are new.

        Parameters
        ----------
        base
            Of [devices], where the condition has no preset of its own.
        """
        known = base if self.preset is None else load_preset(self.preset).statistics
        return _programmed(known, self)


class DevicesSection(Section):
    """[devices]: a preset's resistance statistics, with overrides, and how they age."""

    preset: Annotated[StrictStr, named(load_preset)] = "hfo2_130nm"
    lrs: StateOverride = StateOverride()
    hrs: StateOverride = StateOverride()
    cmo_hfox: CmoHfoxSection | None = None
    endurance: EnduranceSection | None = None
    retention: RetentionSection | None = None
    rtn: TelegraphSection | None = None
    ageing: AgeingSection = AgeingSection()
    correlation: tuple[CorrelationSection, ...] = ()
    condition: tuple[ConditionSection, ...] = ()

    @cached_property
    def statistics(self) -> DeviceStatistics:
        """Statistics of both states after overrides, as old as [devices] says."""
        return self._aged(self._new, self.ageing)

    @cached_property
    def conditions(self) -> dict[str, DeviceStatistics]:
        """Statistics by name of the condition; one without a name where there are none."""
        found = {
            one.name: self._aged(one.statistics(self._new), one.ageing.over(self.ageing)) for one in self.condition
        }
        return found or {"": self.statistics}

    @cached_property
    def _new(self) -> DeviceStatistics:
        return _programmed(load_preset(self.preset).statistics, self)

    def _aged(self, devices: DeviceStatistics, ageing: AgeingSection) -> DeviceStatistics:
        return aged(devices, ageing, endurance=self.endurance, retention=self.retention, rtn=self.rtn)

    @property
    def measured(self) -> list[dict[str, Any]]:
        """What was fitted to each file of measured resistances, by condition and state, as plain values."""
        states = [("", name, getattr(self, name)) for name in _STATES]
        states += [(one.name, name, getattr(one, name)) for one in self.condition for name in _STATES]
        return [
            {"condition": condition, "state": name, "file": Path(state.file).name, **fit_report(state.measured.law)}
            for condition, name, state in states
            if state.measured is not None
        ]

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
        ages = [one.ageing.over(self.ageing) for one in self.condition] or [self.ageing]
        for key, section in (("cycles", self.endurance), ("time_s", self.retention)):
            if section is not None and all(getattr(age, key) is None for age in ages):
                name = "endurance" if key == "cycles" else "retention"
                raise ValueError(f"{name} changes nothing: no ageing has {key}")
        return self
