"""Model library: SPICE files of ``.lib`` sections, one a process corner, that use other sections and include files.

Every file is followed here, relative to the one that names it, so that decks hold the models' text: what a number
came from is in its deck and in its task's identity, wherever the files lie.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from rramsim.circuits.technology.statements import Statement, statements_of
from rramsim.errors import InputError, close_matches
from rramsim.files import is_file, resolved

_FILE = r"""(?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^\s"']+))"""
_COMMENT = r"(?:\s*(?:[;$]|//).*)?"
_SECTION = re.compile(rf"\.lib\s+(['\"]?)(?P<name>[^\s'\"]+)\1{_COMMENT}", re.IGNORECASE)
_USE = re.compile(rf"\.lib\s+{_FILE}\s+(['\"]?)(?P<name>[^\s'\"]+)\4{_COMMENT}", re.IGNORECASE)
_INCLUDE = re.compile(rf"\.inc\w*\s+{_FILE}{_COMMENT}", re.IGNORECASE)
_DEEPEST = 64

# (file, section); the section is empty for a whole file.
_Open = tuple[tuple[Path, str], ...]


class LibraryFiles:
    """Files of a model library, each read once.

    Attributes
    ----------
    hashes
        SHA-256 of each file that was read.
    """

    def __init__(self) -> None:
        self.hashes: dict[Path, str] = {}
        self._statements: dict[Path, tuple[Statement, ...]] = {}

    def section(self, path: Path, section: str) -> tuple[Statement, ...]:
        """Statements of one ``.lib`` section, with all that it uses and includes.

        Parameters
        ----------
        path
            The library, absolute.
        section
            Its name, in any case; of two with one name the first, as in ngspice.

        Raises
        ------
        InputError
            A file cannot be read, lacks a section or does not end it, or a section or file uses itself.
        """
        return tuple(self._section(path, section, ()))

    def whole(self, path: Path) -> tuple[Statement, ...]:
        """Statements of a whole file, with all that it uses and includes.

        Parameters
        ----------
        path
            The file, absolute.

        Raises
        ------
        InputError
            As for :meth:`section`.
        """
        return tuple(self._expanded(self._read(path), ((path, ""),)))

    def sections(self, path: Path) -> dict[str, tuple[Statement, ...]]:
        """Statements of each section by its name in lower case; of two with one name the first, as in ngspice.

        Parameters
        ----------
        path
            The library, absolute.

        Raises
        ------
        InputError
            The file cannot be read, or does not end a section.
        """
        found: dict[str, tuple[Statement, ...]] = {}
        begun: Statement | None = None
        name, inside = "", list[Statement]()
        for statement in self._read(path):
            start = _SECTION.fullmatch(statement.text)
            if start and begun is None:
                begun, name, inside = statement, start["name"].lower(), []
            elif start:
                break
            elif statement.first == ".endl" and begun is not None:
                found.setdefault(name, tuple(inside))
                begun = None
            else:
                inside.append(statement)
        if begun is not None:  # half a file would be half a model
            begun.refuse(f"section {name!r} is not ended by .endl")
        return found

    def _read(self, path: Path) -> tuple[Statement, ...]:
        if path not in self._statements:
            try:
                content = path.read_bytes()
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise InputError(f"model library {path} cannot be read: {reason}") from None
            self.hashes[path] = hashlib.sha256(content).hexdigest()
            self._statements[path] = statements_of(path, content)
        return self._statements[path]

    def _section(self, path: Path, section: str, opened: _Open) -> Iterator[Statement]:
        here = (path, section.lower())
        if here in opened:
            raise InputError(f"{path}: section {section!r} uses itself")
        known = self.sections(path)
        if section.lower() not in known:
            raise InputError(f"{path} has no section {section!r}; {close_matches(section, known)}")
        yield from self._expanded(known[section.lower()], (*opened, here))

    def _expanded(self, statements: Iterable[Statement], opened: _Open) -> Iterator[Statement]:
        """The statements, and in place of those that name files what is in these."""
        for statement in statements:
            first = statement.first
            if first != ".lib" and not first.startswith(".inc"):
                yield statement
                continue
            if len(opened) > _DEEPEST:
                statement.refuse(f"files use each other more than {_DEEPEST} deep")
            use, include = _USE.fullmatch(statement.text), _INCLUDE.fullmatch(statement.text)
            if use:
                yield from self._section(_named(statement, use), use["name"], opened)
            elif include:
                path = _named(statement, include)
                if (path, "") in opened:
                    statement.refuse(f"{path} includes itself")
                yield from self._expanded(self._read(path), (*opened, (path, "")))
            elif _SECTION.fullmatch(statement.text):
                statement.refuse("a section begins where none can: in another section, or in a file that is included")
            else:
                statement.refuse("must be .include FILE, or .lib FILE SECTION, a file with spaces between quotes")


def _named(statement: Statement, match: re.Match[str]) -> Path:
    """File that a statement names: relative to its own, whatever folder is the current one."""
    name = match["double"] or match["single"] or match["bare"]
    if name[0] in "~$":
        statement.refuse("names of files are not expanded: write a path, relative to this file or absolute")
    try:
        path = resolved(statement.path.parent / name)
        found = is_file(path)
    except InputError as error:  # a name that is too long, links in a circle
        statement.refuse(f"cannot be read: {error}")
    if not found:
        statement.refuse(f"no file {path}")
    return path
