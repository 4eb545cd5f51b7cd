"""Technology file: which model library to load, by which names, and how far it may be trusted.

The built-in technology and a user's own process design kit (PDK) come in by the same format (device_models/README.md).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from rramsim.circuits.netlist import instance_line
from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import InputError, MissingResourceError, Problem, StudyError, close_matches
from rramsim.resources import technology_path
from rramsim.units import format_number, number
from rramsim.validation import PathText, Section, problems, read_toml

_LIB_START = re.compile(r"^\s*\.lib\s+(['\"]?)([^\s'\"]+)\1\s*(?:[$;].*)?$", re.IGNORECASE)
_LIB_USE = re.compile(r"^\s*\.lib\s+(\S+)\s+(\S+)\s*$", re.IGNORECASE)
_LIB_END = re.compile(r"^\s*\.endl\b", re.IGNORECASE)

_Number = Annotated[float, BeforeValidator(number)]
# What goes into a deck: one name, or the rest of one line.
_Word = Annotated[StrictStr, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.$!-]*$")]
_Line = Annotated[StrictStr, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]


class TransistorBinding(Section):
    """How one transistor type is called in the library.

    Parameters
    ----------
    device
        Name of the model or sub-circuit in the library.
    kind
        ``native``: the library's own sub-circuit has the ports (d g s b) and parameters (w l dvt) of ``netlists/``;
        ``primitive``: a ``.model``; ``subcircuit``: a sub-circuit with ports d g s b and its own parameters.
    width_parameter, length_parameter
        Names of the drawn sizes.
    unit_m
        The unit in which the library takes sizes [m]: 1 for metres, 1e-6 where it takes micrometres.
    parameters
        Further parameters, as SPICE text.
    threshold_handle
        What ngspice alters to shift the threshold; ``{path}`` is the instance as flattened. ``gate_source`` puts a
        voltage source before the gate instead: for models without a threshold parameter.
    a_vt_v_m
        Pelgrom coefficient of a pair's threshold difference [V·m].
    """

    device: _Word
    kind: Literal["native", "primitive", "subcircuit"]
    width_parameter: _Word = "w"
    length_parameter: _Word = "l"
    unit_m: Annotated[_Number, Field(ge=1e-12, le=1)] = 1.0
    parameters: _Line = ""
    threshold_handle: _Line = "gate_source"
    a_vt_v_m: Annotated[_Number, Field(ge=0, le=1e-6)]

    @field_validator("threshold_handle")
    @classmethod
    def _check_handle(cls, value: str) -> str:
        if value == "gate_source":
            return value
        try:
            fields = [
                (name, spec, conversion) for _, name, spec, conversion in Formatter().parse(value) if name is not None
            ]
        except ValueError:
            fields = []
        # The same handle for every transistor would shift one of them again and again.
        if ("path", "", None) not in fields or not {*fields} <= {("path", "", None), ("kind", "", None)}:
            raise ValueError(
                "must be 'gate_source', or a name with {path} (and {kind}) in it, such as '@m.{path}.m1[delvto]'"
            )
        return value

    @model_validator(mode="after")
    def _check(self) -> TransistorBinding:
        if self.width_parameter.lower() == self.length_parameter.lower():
            raise ValueError(f"width_parameter and length_parameter are both {self.width_parameter!r}")
        if self.kind == "native" and self.threshold_handle == "gate_source":
            raise ValueError("threshold_handle must be a name with {path} where kind is 'native': no source is added")
        return self

    def handle(self, path: str, kind: str) -> str:
        """Name that ngspice alters to shift a transistor's threshold.

        Parameters
        ----------
        path
            The transistor's instance as ngspice flattens it, ``xsa.xmp1``.
        kind
            ``nfet`` or ``pfet``.
        """
        if self.threshold_handle == "gate_source":
            return f"v.{path}.vshift"
        return self.threshold_handle.format(path=path, kind=kind)

    def wrapper(self, kind: str) -> str:
        """Sub-circuit text that gives the library's device the name and parameters that ``netlists/`` use.

        Parameters
        ----------
        kind
            The name: ``nfet`` or ``pfet``.

        Returns
        -------
        str
            A ``.subckt``; empty for a native device, which needs none.
        """
        if self.kind == "native":
            return ""
        gate = "gi" if self.threshold_handle == "gate_source" else "g"
        # gi = g - dvt: the shift is added to the signed threshold of either type, as BSIM4's delvto.
        source = "vshift g gi dc {dvt}\n" if gate == "gi" else ""
        letter = "m1" if self.kind == "primitive" else "x1"
        sizes = {
            self.width_parameter: f"{{w/{format_number(self.unit_m)}}}",
            self.length_parameter: f"{{l/{format_number(self.unit_m)}}}",
        }
        line = instance_line(letter, ("d", gate, "s", "b"), self.device, sizes)
        return (
            f".subckt {kind} d g s b params: w=1e-06 l=6e-07 dvt=0\n{source}{line} {self.parameters}".rstrip()
            + f"\n.ends {kind}\n"
        )


class _Validity(Section):
    vdd_min_v: Annotated[_Number, Field(ge=0)]
    vdd_max_v: Annotated[_Number, Field(gt=0)]
    temperature_min_c: _Number
    temperature_max_c: _Number
    length_min_m: Annotated[_Number, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _check(self) -> _Validity:
        if self.vdd_min_v >= self.vdd_max_v or self.temperature_min_c >= self.temperature_max_c:
            raise ValueError("each minimum must be below its maximum")
        return self


class _Provenance(Section):
    status: Literal["verified", "secondary", "computed", "chosen", "recalled"]
    source: StrictStr


class _TechnologyFile(Section):
    name: StrictStr
    description: StrictStr = ""
    library: PathText
    licence: StrictStr = "unknown"
    limits: StrictStr = ""
    inline: StrictBool = False
    sections: dict[ProcessCorner, StrictStr]
    validity: _Validity
    nfet: TransistorBinding
    pfet: TransistorBinding
    provenance: dict[StrictStr, _Provenance] = Field(default={})

    @model_validator(mode="after")
    def _check(self) -> _TechnologyFile:
        for kind, binding in (("nfet", self.nfet), ("pfet", self.pfet)):
            if binding.kind == "native" and binding.device.lower() != kind:
                raise ValueError(f"{kind}.device must be {kind!r} where kind is 'native', got {binding.device!r}")
        return self


@dataclass(frozen=True, kw_only=True)
class Technology:
    """A technology file together with where its library lies."""

    file: _TechnologyFile
    path: Path

    @property
    def name(self) -> str:
        """Name of the technology."""
        return self.file.name

    @property
    def library_path(self) -> Path:
        """The model library."""
        return (self.path.parent / self.file.library).resolve()

    @property
    def vdd_max(self) -> float:
        """Largest voltage that the models are good for [V]."""
        return self.file.validity.vdd_max_v

    def binding(self, kind: str) -> TransistorBinding:
        """How one transistor type is called in the library.

        Parameters
        ----------
        kind
            ``nfet`` or ``pfet``.
        """
        return self.file.nfet if kind == "nfet" else self.file.pfet

    def outside_validity(self, corner: Corner) -> list[tuple[str, object, str]]:
        """Say what of a corner the models do not cover.

        Parameters
        ----------
        corner
            Process, supply [V] and temperature [°C].

        Returns
        -------
        list
            (axis, value, message) each, axes as a study file names them; empty where all is covered.
        """
        limits = self.file.validity
        found: list[tuple[str, object, str]] = []
        if corner.process not in self.file.sections:
            known = ", ".join(self.file.sections)
            found.append(("process", corner.process.value, f"{self.name} has no such section; it has {known}"))
        for key, value, low, high, unit in (
            ("vdd_v", corner.vdd, limits.vdd_min_v, limits.vdd_max_v, "V"),
            ("temperature_c", corner.temperature_c, limits.temperature_min_c, limits.temperature_max_c, "°C"),
        ):
            if not low <= value <= high:
                found.append((key, value, f"is beyond the validity of {self.name}: {low:g} to {high:g} {unit}"))
        return found

    def models_text(self, process: ProcessCorner) -> str:
        """Deck text that brings in the models of one process corner.

        Parameters
        ----------
        process
            One that the technology has a section for.

        Raises
        ------
        InputError
            The library cannot be read or lacks the section.
        """
        section = self.file.sections[process]
        if self.file.inline:
            models = library_section(self.library_path, section)
        else:
            models = f".lib '{self.library_path}' {section}\n"
        return models + self.file.nfet.wrapper("nfet") + self.file.pfet.wrapper("pfet")

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of the technology file and its library."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (self.path, self.library_path)}


def load_technology(card: str, *, relative_to: Path = Path()) -> Technology:
    """Read a technology file.

    Parameters
    ----------
    card
        Name of a built-in technology, or path of a technology file (anything that ends in ``.toml``).
    relative_to
        Folder where a relative path starts.

    Raises
    ------
    MissingResourceError
        No such technology, or its library is missing.
    StudyError
        The file holds something that cannot be used.
    InputError
        The library cannot be read.
    """
    path = relative_to / card if card.endswith(".toml") else technology_path(card)
    data = read_toml(path)
    try:
        file = _TechnologyFile.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, _TechnologyFile)) from None
    technology = Technology(file=file, path=path.resolve())
    try:
        library = technology.library_path
        exists = library.is_file()
    except (OSError, RuntimeError) as error:  # a name that is too long, links in a circle
        raise InputError(f"{path}: library {file.library!r} cannot be read: {error}") from None
    if not exists:
        raise MissingResourceError(f"{path}: library {library} does not exist")
    if not file.inline and "'" in str(library):  # decks name it between quotes
        raise InputError(f"{path}: ngspice cannot read library {library}: there is a quote in its path")
    known = _sections(library)
    for process, section in file.sections.items():
        if section.lower() not in known:
            message = f"{library.name} has no such section; {close_matches(section, known)}"
            raise StudyError(path, [Problem(key=f"sections.{process}", value=section, message=message)])
        if file.inline:
            library_section(library, section)  # what it uses must be there too
    return technology


def library_section(path: Path, section: str) -> str:
    """Text of one ``.lib`` section, with the sections that it uses itself.

    Parameters
    ----------
    path
        The library.
    section
        Its name, in any case; of two with one name the first, as in ngspice.

    Raises
    ------
    InputError
        The file cannot be read, lacks the section or does not end it, or the section uses itself.
    """
    return _section_text(path, section, ())


def _section_text(path: Path, section: str, inside: tuple[tuple[Path, str], ...]) -> str:
    sections = _sections(path)
    here = (path.resolve(), section.lower())
    if here in inside:
        raise InputError(f"{path}: section {section!r} uses itself")
    if section.lower() not in sections:
        raise InputError(f"{path} has no section {section!r}; {close_matches(section, sections)}")
    text = ""
    for line in sections[section.lower()]:
        use = _LIB_USE.match(line)
        if use:
            text += _section_text(path.parent / use[1].strip("'\""), use[2], (*inside, here))
        else:
            text += line + "\n"
    return text


def _sections(path: Path) -> dict[str, list[str]]:
    """Lines of each section; of two with one name the first, as in ngspice."""
    sections: dict[str, list[str]] = {}
    name = ""
    current: list[str] | None = None
    for line in _lines(path):
        start = _LIB_START.match(line)
        if start and current is None:
            name, current = start[2], []
        elif start:
            break
        elif current is not None and _LIB_END.match(line):
            sections.setdefault(name.lower(), current)
            current = None
        elif current is not None:
            current.append(line)
    if current is not None:  # half a file would be half a model
        raise InputError(f"model library {path}: section {name!r} is not ended by .endl")
    return sections


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise InputError(f"model library {path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if "\0" in text:
        raise InputError(f"model library {path} is not text: it holds a NUL")
    return text.split("\n")  # ngspice knows no other line end, unlike splitlines()
