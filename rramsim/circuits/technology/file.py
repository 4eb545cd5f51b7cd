"""The keys of a technology file, and what each may hold (device_models/README.md explains them to a user)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictStr, field_validator, model_validator

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.options import option_name
from rramsim.corners import parse_process
from rramsim.quantities import Number, named
from rramsim.spice.needs import COMPATIBILITY, OSDI_NAME
from rramsim.validation import PathText, Section

# Of a title line: nothing that ends a line or begins a command.
_Title = Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.,()+-]*$", max_length=100)]
_Process = Annotated[StrictStr, named(parse_process)]
_SectionName = Annotated[StrictStr, Field(pattern=r"^[^\s'\"]+$", max_length=100)]
_Parameter = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
_MODE = re.compile(COMPATIBILITY.pattern.removesuffix("+"))
_OsdiName = Annotated[StrictStr, Field(pattern=OSDI_NAME, max_length=100)]


def _listed(value: Any) -> Any:
    """One section is a list of one."""
    return [value] if isinstance(value, str) else value


class Validity(Section):
    """[validity]: the supply [V], temperature [°C] and drawn sizes [m] that the models are good for."""

    vdd_min_v: Annotated[Number, Field(ge=0)]
    vdd_max_v: Annotated[Number, Field(gt=0)]
    temperature_min_c: Number
    temperature_max_c: Number
    length_min_m: Annotated[Number, Field(ge=0)] = 0.0
    length_max_m: Annotated[Number, Field(gt=0)] | None = None
    width_min_m: Annotated[Number, Field(ge=0)] = 0.0
    width_max_m: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Validity:
        if self.vdd_min_v >= self.vdd_max_v or self.temperature_min_c >= self.temperature_max_c:
            raise ValueError("each minimum must be below its maximum")
        for low, high in ((self.length_min_m, self.length_max_m), (self.width_min_m, self.width_max_m)):
            if high is not None and low >= high:
                raise ValueError("each minimum must be below its maximum")
        return self


class Provenance(Section):
    """[provenance.NAME]: where a number comes from."""

    status: Literal["verified", "secondary", "computed", "chosen", "recalled"]
    source: StrictStr


class Ngspice(Section):
    """[ngspice]: how a kit wants to be read: compatibility mode (``ngbehavior``), options, compiled models."""

    compatibility: StrictStr = ""
    options: tuple[StrictStr, ...] = ()
    osdi: tuple[_OsdiName, ...] = ()

    @property
    def option_names(self) -> frozenset[str]:
        """Names of the options, in lower case."""
        return frozenset(map(option_name, self.options))

    @field_validator("compatibility")
    @classmethod
    def _check_compatibility(cls, value: str) -> str:
        if value and not COMPATIBILITY.fullmatch(value):
            raise ValueError("must be made of a, hs, ps, lt, ki, eg, s3, spe, ll, xs, va and mc, such as 'hsa'")
        modes = set(_MODE.findall(value))
        if modes & {"ps", "lt"} and "a" not in modes:
            # Decks hold the library's text.
            raise ValueError(f"changes nothing but files that decks include, and these include none: write '{value}a'")
        return value

    @field_validator("options")
    @classmethod
    def _check_options(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        names = [option_name(value) for value in values]
        if len(set(names)) < len(names):
            raise ValueError("sets an option twice")
        return values


class TechnologyFile(Section):
    """The whole file: names, the library and its sections, validity, and both transistor types."""

    name: _Title
    description: StrictStr = ""
    library: PathText
    licence: StrictStr = "unknown"
    limits: StrictStr = ""
    inline: StrictBool = False
    before: tuple[PathText, ...] = ()
    sections: Annotated[
        dict[_Process, Annotated[tuple[_SectionName, ...], BeforeValidator(_listed), Field(min_length=1)]],
        Field(min_length=1),
    ]
    parameters: dict[_Parameter, Number] = Field(default={})
    ngspice: Ngspice = Ngspice()
    validity: Validity
    nfet: TransistorBinding
    pfet: TransistorBinding
    provenance: dict[StrictStr, Provenance] = Field(default={})

    @property
    def bindings(self) -> dict[str, TransistorBinding]:
        """How each transistor type is called in the library."""
        return {"nfet": self.nfet, "pfet": self.pfet}

    @property
    def processes(self) -> tuple[str, ...]:
        """Process corners that there are sections for, as corners are called."""
        return tuple(map(parse_process, self.sections))

    def section_names(self, process: str) -> tuple[str, ...]:
        """Sections of the library that make up a process corner.

        Parameters
        ----------
        process
            One of :attr:`processes`.
        """
        return next(names for key, names in self.sections.items() if parse_process(key) == process)

    @model_validator(mode="after")
    def _check(self) -> TechnologyFile:
        if len(set(self.processes)) < len(self.processes):
            raise ValueError("sections names a process corner twice, in other letters")
        if len({name.lower() for name in self.parameters}) < len(self.parameters):
            raise ValueError("parameters names one twice, in other letters: ngspice has no case")
        for kind, binding in self.bindings.items():
            if binding.kind == "native" and binding.device.lower() != kind:
                raise ValueError(f"{kind}.device must be {kind!r} where kind is 'native', got {binding.device!r}")
        return self
