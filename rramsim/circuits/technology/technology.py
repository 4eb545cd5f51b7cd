"""A technology as the rest of the package sees it: its file, its library, and the text that brings both into a deck."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from rramsim.circuits.technology.binding import TransistorBinding
from rramsim.circuits.technology.file import TechnologyFile
from rramsim.circuits.technology.library import library_section, sections
from rramsim.corners import Corner, ProcessCorner
from rramsim.errors import InputError, MissingResourceError, Problem, StudyError, close_matches
from rramsim.files import is_file, resolved
from rramsim.resources import technology_path
from rramsim.validation import problems, read_toml


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
        """The model library."""
        return resolved(self.path.parent / self.file.library)

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
        file = TechnologyFile.model_validate(data)
    except ValidationError as error:
        raise StudyError(path, problems(error, TechnologyFile)) from None
    technology = Technology(file=file, path=path.resolve())
    try:
        library = technology.library_path
        found = is_file(library)
    except InputError as error:  # a name that is too long, links in a circle
        raise InputError(f"{path}: library {file.library!r} cannot be read: {error}") from None
    if not found:
        raise MissingResourceError(f"{path}: library {library} does not exist")
    if not file.inline and "'" in str(library):  # decks name it between quotes
        raise InputError(f"{path}: ngspice cannot read library {library}: there is a quote in its path")
    known = sections(library)
    for process, section in file.sections.items():
        if section.lower() not in known:
            message = f"{library.name} has no such section; {close_matches(section, known)}"
            raise StudyError(path, [Problem(key=f"sections.{process}", value=section, message=message)])
        if file.inline:
            library_section(library, section)  # what it uses must be there too
    return technology
