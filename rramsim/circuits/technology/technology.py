"""A technology as the rest of the package sees it: its file, its library, and the text that brings both into a deck."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.bins import Bin, size_problem
from rramsim.circuits.technology.file import TechnologyFile
from rramsim.circuits.technology.library import LibraryFiles
from rramsim.circuits.technology.models import Models, device_problem, model_variation, read_models
from rramsim.circuits.technology.variation import PATH, Target, Variation
from rramsim.corners import Corner
from rramsim.devices.mismatch import threshold_sigma
from rramsim.errors import InputError, MissingResourceError, Problem, StudyError, close_matches
from rramsim.files import is_file, resolved, sha256_of
from rramsim.resources import technology_path
from rramsim.validation import problems, read_toml

# ${NAME} or $NAME, as a kit's folder is usually given.
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")

_ROUNDING = 1e-9  # of a netlist's arithmetic


@dataclass(frozen=True, kw_only=True)
class Technology:
    """A technology file together with where its library lies."""

    file: TechnologyFile
    path: Path

    @property
    def name(self) -> str:
        """Name of the technology."""
        return self.file.name

    @property
    def library_path(self) -> Path:
        """The model library; raises as :func:`load_technology`."""
        return self._file("library", self.file.library)

    @property
    def before(self) -> tuple[Path, ...]:
        """Files that come before the library; raises as :func:`load_technology`."""
        return tuple(self._file(f"before[{index}]", name) for index, name in enumerate(self.file.before))

    def _file(self, key: str, name: str) -> Path:
        """A file that the technology file names."""
        for variable in (match[1] or match[2] for match in _VARIABLE.finditer(name)):
            if variable not in os.environ:
                raise InputError(f"{self.path}: {key}: the environment variable {variable} of {name!r} is not set")
        try:
            path = resolved(self.path.parent / _VARIABLE.sub(lambda match: os.environ[match[1] or match[2]], name))
            found = is_file(path)
        except InputError as error:  # a name that is too long, links in a circle
            raise InputError(f"{self.path}: {key} {name!r} cannot be read: {error}") from None
        if not found:
            raise MissingResourceError(f"{self.path}: {key} {path} does not exist")
        return path

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
        return self.file.bindings[kind]

    def variation(self, process: str, kind: str, width: float, length: float) -> Variation:
        """What varies from one transistor to another of its size: its threshold, or the kit's own random numbers.

        Parameters
        ----------
        process
            One that the technology has sections for.
        kind
            ``nfet`` or ``pfet``.
        width, length
            Drawn [m].

        Raises
        ------
        InputError
            As for :meth:`models`, or a random number of the kit enters its transistors in a way that is not understood.
        """
        binding = self.binding(kind)
        if binding.a_vt_v_m is not None:
            sigma = threshold_sigma(a_vt=binding.a_vt_v_m, width=width, length=length)
            shift = Target(handle=binding.handle(PATH, kind), typical=0.0, slopes=(1.0,))
            return Variation(names=("vth",), sigmas=(sigma,), targets=(shift,))
        return model_variation(self.models(process), binding, kind, width, length)

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
        if corner.process not in self.file.processes:
            message = f"{self.name} has no such process corner; {close_matches(corner.process, self.file.processes)}"
            found.append(("process", corner.process, message))
        for key, value, low, high, unit in (
            ("vdd_v", corner.vdd, limits.vdd_min_v, limits.vdd_max_v, "V"),
            ("temperature_c", corner.temperature_c, limits.temperature_min_c, limits.temperature_max_c, "°C"),
        ):
            if not low <= value <= high:
                found.append((key, value, f"is beyond the validity of {self.name}: {low:g} to {high:g} {unit}"))
        return found

    def size_problem(self, kind: str, width: float, length: float) -> str:
        """Say why a transistor cannot have a size; empty where it can.

        Parameters
        ----------
        kind
            ``nfet`` or ``pfet``.
        width, length
            Drawn [m].

        Raises
        ------
        InputError
            As for :meth:`models`.
        """
        limits = self.file.validity
        for called, value, least, most in (
            ("long", length, limits.length_min_m, limits.length_max_m),
            ("wide", width, limits.width_min_m, limits.width_max_m),
        ):
            if value < least * (1 - _ROUNDING):
                return f"{value:g} m {called}, beyond the validity of {self.name}: at least {least:g} m"
            if most is not None and value > most * (1 + _ROUNDING):
                return f"{value:g} m {called}, beyond the validity of {self.name}: at most {most:g} m"
        for process in self.file.processes:
            allowed = size_problem(self.models(process).bins[kind], width, length)
            if allowed:
                device = f"{self.binding(kind).device} of {self.name}, {process}"
                return f"{width:g} m wide and {length:g} m long, in no bin of {device}, which has {allowed}"
        return ""

    def models(self, process: str, also: Iterable[str] = (), *, drawn: float = 0.0) -> Models:
        """Models of one process corner, what they were read from and what they define.

        Parameters
        ----------
        process
            One that the technology has sections for.
        also
            Names in the library that a deck uses besides the transistors.
        drawn
            What each random number of the kit's own mismatch is in the text [standard deviations].

        Raises
        ------
        InputError
            A file of the library cannot be used, or lacks a section or a name.
        """
        return read_models(self.file, self.before, self.library_path, process, also, drawn=drawn)

    def models_text(self, process: str, also: Iterable[str] = ()) -> str:
        """Deck text that brings in the models of one process corner, and the transistors as netlists use them.

        Parameters
        ----------
        process, also
            As for :meth:`models`.

        Raises
        ------
        InputError
            As for :meth:`models`.
        """
        return self.models(process, also).text

    @property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 of the technology file and of each file of its library, by name below their folder."""
        found = {self.path.name: sha256_of(self.path)}
        for process in self.file.processes:
            for path, digest in self.models(process).files.items():
                found[_short(path, self.library_path.parent)] = digest
        return found


def _short(path: Path, folder: Path) -> str:
    """Name of a file that does not tell where a kit lies."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


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
        file = TechnologyFile.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, TechnologyFile)) from None
    technology = Technology(file=file, path=path.resolve())
    try:
        found = list(_library_problems(technology))
    except InputError as error:  # of a parameter that the library does not have, or of a file of it
        raise error if str(path) in str(error) else InputError(f"{path}: {error}") from None
    if found:
        raise StudyError(path, found)
    return technology


def _library_problems(technology: Technology) -> Iterator[Problem]:
    """What of a technology file its library does not have."""
    file, known = technology.file, LibraryFiles().sections(technology.library_path)
    missing = [
        (key, name) for key, names in file.sections.items() for name in names if name.lower() not in known
    ]  # fmt: skip
    for key, name in missing:
        message = f"{technology.library_path} has no such section; {close_matches(name, known)}"
        yield Problem(key=f"sections.{key}", value=name, message=message)
    for process in file.processes if not missing else ():
        models = technology.models(process)
        for kind, binding in file.bindings.items():
            problem = device_problem(binding, kind, models)
            if problem is not None:
                key, value, message = problem
                yield Problem(key=f"{kind}.{key}", value=value, message=f"{process}: {message}")
            elif file.mismatch:
                try:
                    technology.variation(process, kind, *_some_size(models.bins[kind], file.validity.length_min_m))
                except InputError as error:
                    yield Problem(key="mismatch", value=file.mismatch.plain, message=f"{kind}, {process}: {error}")


def _some_size(bins: Sequence[Bin], shortest: float) -> tuple[float, float]:
    """Width and length of a transistor that the library has a model for [m]."""
    if not bins:
        return 2e-6, max(0.6e-6, shortest)
    one = bins[0]
    return (one.width_min + one.width_max) / 2, (one.length_min + one.length_max) / 2
