"""The study file: schema, defaults and validation.

A study is one TOML file. It is read once into frozen values and never written back. Quantities are SI numbers or texts
with a unit (``"50 ns"``). Everything wrong with a file is reported at once, each problem with its key, its value and
what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from rramsim.circuits.cells import CELLS, Cell
from rramsim.circuits.read_deck import EDGE_TIME, ReadConditions
from rramsim.circuits.technology import Technology, load_technology
from rramsim.corners import Corner, parse_process, pvt_grid
from rramsim.devices.presets import load_preset
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.errors import InputError, Problem, StudyError, close_matches
from rramsim.intervals import IntervalMethod
from rramsim.rare.method import Method
from rramsim.rare.precision import DEFAULT_PRECISION
from rramsim.units import number, quantity
from rramsim.validation import PathText, Section, dotted, problems, read_toml
from rramsim.weights import WeightKind


def _in(unit: str) -> BeforeValidator:
    return BeforeValidator(lambda value: quantity(value, unit))


def _named(check: Callable[[str], Any]) -> AfterValidator:
    """Let a name's own look-up say what is known."""

    def validate(name: str) -> str:
        check(name)
        return name

    return AfterValidator(validate)


Volts = Annotated[float, _in("V"), Field(gt=0, le=100)]
# A sense amplifier works in nanoseconds: 50 in place of 50e-9 is a missing unit, and 50e-19 a slip.
Seconds = Annotated[float, _in("s"), Field(ge=1e-12, le=1e-3)]
Celsius = Annotated[float, _in("°C"), Field(ge=-200, le=300)]
Ohms = Annotated[float, _in("Ω"), Field(gt=0, le=1e12)]
Sigma = Annotated[float, BeforeValidator(number), Field(ge=0, le=10)]
Rate = Annotated[float, BeforeValidator(number), Field(ge=0, le=1)]
Fraction = Annotated[float, BeforeValidator(number), Field(gt=0, lt=1)]
Count = Annotated[StrictInt, Field(gt=0, le=10**9)]
Name = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]  # names files


AUTO = "auto"  # in place of an estimator: for each rate the cheapest one that reaches the precision


def _known_estimator(name: str) -> str:
    known = (AUTO, *Method)
    if name not in known:
        raise ValueError(f"must be one of {', '.join(repr(str(one)) for one in known)}")
    return name


_GEOMETRY_UNITS = {"w": "m", "l": "m", "c": "F", "r": "Ω"}


def _geometry(value: object) -> object:
    """Read sizes and capacitances, whose unit follows from the first letter of the parameter's name."""
    if not isinstance(value, dict) or not all(isinstance(values, dict) for values in value.values()):
        raise ValueError("expected tables of sub-circuit parameters, such as [read.geometry.pcsa]")
    read: dict[str, dict[str, float]] = {}
    for name, values in value.items():
        read[name] = {}
        for parameter, item in values.items():
            try:
                read[name][parameter] = quantity(item, _GEOMETRY_UNITS.get(parameter[:1], "m"))
            except ValueError as error:
                raise ValueError(f"{name}.{parameter} = {item!r}: {error}") from None
    return read


class General(Section):
    """[study]: what it is called and the seed of every random number in it."""

    name: Name
    title: StrictStr = ""
    seed: Annotated[StrictInt, Field(ge=0)] = 0


class TechnologySection(Section):
    """[technology]: a built-in technology by name, or the path of a technology file."""

    card: PathText = "generic_130nm_5v"


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


class DevicesSection(Section):
    """[devices]: a preset's resistance statistics, with overrides."""

    preset: Annotated[StrictStr, _named(load_preset)] = "hfo2_130nm"
    lrs: StateOverride = StateOverride()
    hrs: StateOverride = StateOverride()

    @cached_property
    def statistics(self) -> DeviceStatistics:
        """Statistics of both states after overrides."""
        base = load_preset(self.preset).statistics
        return DeviceStatistics(lrs=_overridden(base.lrs, self.lrs), hrs=_overridden(base.hrs, self.hrs))

    @model_validator(mode="after")
    def _check(self) -> DevicesSection:
        _ = self.statistics
        return self


class CornersSection(Section):
    """[corners]: the axes of the process × supply × temperature grid."""

    process: tuple[Annotated[StrictStr, _named(parse_process)], ...] = ("TT",)
    vdd_v: tuple[Volts, ...] = (1.2,)
    temperature_c: tuple[Celsius, ...] = (27.0,)

    @cached_property
    def grid(self) -> tuple[Corner, ...]:
        """The corners in table order."""
        return pvt_grid((parse_process(name) for name in self.process), self.vdd_v, self.temperature_c)

    @model_validator(mode="after")
    def _check(self) -> CornersSection:
        _ = self.grid
        return self


class ReadSection(Section):
    """[read]: which cells are read, how, and with which spread."""

    cells: Annotated[tuple[StrictStr, ...], Field(min_length=1)] = ("ternary_2t2r",)
    t_sense_s: Seconds = 50e-9
    t_precharge_s: Seconds = 10e-9
    v_word_line_v: Volts = 3.3
    mismatch: StrictBool = True
    max_step_s: Seconds = 2e-9
    geometry: Annotated[dict[StrictStr, dict[StrictStr, float]], BeforeValidator(_geometry)] = Field(default={})

    @model_validator(mode="after")
    def _check(self) -> ReadSection:
        for name in self.cells:
            if name not in CELLS:
                raise ValueError(f"unknown cell {name!r}; {close_matches(name, CELLS)}")
        if len(set(self.cells)) < len(self.cells):
            raise ValueError("a cell is named more than once")
        return self

    @cached_property
    def conditions(self) -> ReadConditions:
        """Timing and drive of the read."""
        return ReadConditions(
            t_precharge=self.t_precharge_s,
            t_sense=self.t_sense_s,
            v_word_line=self.v_word_line_v,
            max_step=self.max_step_s,
            geometry=tuple(
                (netlist, tuple(sorted(values.items()))) for netlist, values in sorted(self.geometry.items())
            ),
        )


class BerSection(Section):
    """[ber]: the estimator of the bit error rates and when it may stop.

    Reads are counted first, ``max_trials`` at most: latency and energy come from them. Unless the estimator is plain
    Monte Carlo, every rate that they do not tell to ``relative_precision`` (0.1 by default) is then estimated by other
    means, with ``max_simulations`` at most; a rate below ``floor`` does not matter.
    """

    estimator: Annotated[StrictStr, AfterValidator(_known_estimator)] = AUTO
    max_trials: Annotated[StrictInt, Field(gt=0, le=10**9)] = 200
    max_errors: Count | None = None
    relative_precision: Fraction | None = None
    interval: IntervalMethod = IntervalMethod.CLOPPER_PEARSON
    floor: Annotated[float, BeforeValidator(number), Field(ge=1e-30, lt=1)] = DEFAULT_PRECISION.floor
    max_simulations: Annotated[StrictInt, Field(ge=1000, le=10**9)] = DEFAULT_PRECISION.max_simulations


class NetworkSection(Section):
    """[[network]]: one network to train, or a trained one to load, and how its weights are stored."""

    name: Name
    weights: WeightKind = WeightKind.TERNARY
    activations: Literal["binary", "ternary", "real"] = "binary"
    dataset: Literal["digits"] = "digits"
    hidden: tuple[Annotated[StrictInt, Field(gt=0, le=100_000)], ...] = (128,)
    epochs: Count = 30
    batch_size: Count = 64
    learning_rate: Fraction = 0.01
    file: PathText | None = None


class InjectionSection(Section):
    """[injection]: which errors are injected into the networks and how often."""

    modes: Annotated[tuple[Literal["static", "read"], ...], Field(min_length=1)] = ("static", "read")
    repeats: Annotated[StrictInt, Field(ge=2, le=100_000)] = 20
    rates: Literal["interval", "estimate"] = "interval"
    ladder: tuple[Rate, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> InjectionSection:
        if len(set(self.modes)) < len(self.modes):
            raise ValueError("a mode is named more than once in modes")
        return self


class Study(Section):
    """A whole study, as read from its file."""

    study: General
    technology: TechnologySection = TechnologySection()
    devices: DevicesSection = DevicesSection()
    corners: CornersSection = CornersSection()
    read: ReadSection = ReadSection()
    ber: BerSection = BerSection()
    network: tuple[NetworkSection, ...] = ()
    injection: InjectionSection = InjectionSection()

    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """Where the file lies: relative paths in it start here."""
        return self._folder

    @cached_property
    def technology_file(self) -> Technology:
        """The technology that the study names."""
        return load_technology(self.technology.card, relative_to=self.folder)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are read."""
        return tuple(CELLS[name] for name in self.read.cells)

    def cell_of(self, network: NetworkSection) -> Cell | None:
        """The first cell of the study that stores the network's kind of weights; None if none does."""
        return next((cell for cell in self.cells if cell.weights is network.weights), None)

    def resolved(self) -> dict[str, Any]:
        """Every key with its value, defaults included, as plain TOML values; paths are absolute."""
        data: dict[str, Any] = _without_none(self.model_dump(mode="json"))
        if self.technology.card.endswith(".toml"):
            data["technology"]["card"] = str(self.technology_file.path)
        for network in data["network"]:
            if "file" in network:
                network["file"] = str((self.folder / network["file"]).resolve())
        return data


def load_study(path: Path) -> Study:
    """Read and check a study file.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        The file is not TOML, or holds something that cannot be used; every problem is listed.
    """
    data = read_toml(path)
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, Study)) from None
    study._folder = path.resolve().parent
    found = _cross_check(study)
    if found:
        raise StudyError(path, found)
    return study


def _cross_check(study: Study) -> list[Problem]:
    """Find what only shows when sections are seen together."""
    found: list[Problem] = []
    try:
        technology = study.technology_file
    except StudyError:  # names the technology file itself
        raise
    except InputError as error:
        return [Problem(key="technology.card", value=study.technology.card, message=str(error))]
    for corner in study.corners.grid:
        found += [
            Problem(key=f"corners.{key}", value=value, message=message)
            for key, value, message in technology.outside_validity(corner)
        ]
    if study.read.v_word_line_v > technology.vdd_max:
        message = f"is beyond the validity of {technology.name}: at most {technology.vdd_max} V"
        found.append(Problem(key="read.v_word_line_v", value=study.read.v_word_line_v, message=message))
    for cell in study.cells:
        found += [
            Problem(key=dotted(("read", "geometry", *keys)), value=value, message=message)
            for keys, value, message in cell.geometry_problems(study.read.conditions.geometry)
        ]
    if study.read.t_sense_s <= EDGE_TIME:
        message = f"must be longer than the edge of sense enable, {EDGE_TIME:g} s"
        found.append(Problem(key="read.t_sense_s", value=study.read.t_sense_s, message=message))
    if study.read.max_step_s > study.read.t_sense_s:
        message = "must not exceed read.t_sense_s"
        found.append(Problem(key="read.max_step_s", value=study.read.max_step_s, message=message))
    # Corners share axes, cells share netlists: tell each problem once.
    found = [problem for index, problem in enumerate(found) if problem not in found[:index]]
    return found + _network_problems(study)


def _network_problems(study: Study) -> list[Problem]:
    found = []
    names = [network.name for network in study.network]
    for index, network in enumerate(study.network):
        if names.index(network.name) < index:
            found.append(Problem(key=f"network[{index}].name", value=network.name, message="is used twice"))
        if study.cell_of(network) is None and not study.injection.ladder:
            message = f"no cell in read.cells stores {network.weights} weights, and injection.ladder is empty"
            found.append(Problem(key=f"network[{index}].weights", value=str(network.weights), message=message))
    return found


def _without_none(value: Any) -> Any:
    """TOML has no null: a key that is None is left out."""
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_none(item) for item in value]
    return value
