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


class Mismatch(Section):
    """[mismatch]: transistors differ by the kit's own random numbers.

    ``switches``: parameters that turn them on. ``normals``: parameters that stand for a standard normal number of each
    transistor, where a kit says that in another language than ngspice's.
    """

    switches: dict[_Parameter, Number] = Field(default={})
    normals: tuple[_Parameter, ...] = ()

    @property
    def plain(self) -> dict[str, Any]:
        """As plain values, for identities, provenance and messages."""
        return self.model_dump(mode="json")

    @model_validator(mode="after")
    def _check(self) -> Mismatch:
        names = [name.lower() for name in (*self.switches, *self.normals)]
        if len(set(names)) < len(names):
            raise ValueError("names a parameter twice: ngspice has no case")
        return self


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
    mismatch: Mismatch | None = None
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
    def set_parameters(self) -> dict[str, float]:
        """Parameters that decks set: those of the file, and the switches of the kit's mismatch."""
        return self.parameters | (self.mismatch.switches if self.mismatch else {})

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
        self._check_mismatch()
        for kind, binding in self.bindings.items():
            if binding.kind == "native" and binding.device.lower() != kind:
                raise ValueError(f"{kind}.device must be {kind!r} where kind is 'native', got {binding.device!r}")
        return self

    def _check_mismatch(self) -> None:
        """Each transistor's mismatch is told once, in one of two ways."""
        given = {kind: binding.a_vt_v_m is not None for kind, binding in self.bindings.items()}
        if self.mismatch is None:
            for kind in given:
                if not given[kind]:
                    raise ValueError(f"{kind}.a_vt_v_m is missing; or [mismatch], where the kit has its own")
            return
        for kind, binding in self.bindings.items():
            if given[kind]:
                raise ValueError(f"{kind}.a_vt_v_m and [mismatch] are two mismatches of one transistor; keep one")
            if binding.kind == "primitive":
                raise ValueError(f"{kind}.kind is 'primitive': a .model has no random numbers for [mismatch] to use")
        ours = {name.lower() for name in self.parameters}
        for name in (*self.mismatch.switches, *self.mismatch.normals):
            if name.lower() in ours:
                raise ValueError(f"parameters and mismatch both name {name}")
