"""Model library: a SPICE file of ``.lib`` sections, one a process corner, that may use each other.

Read here where a section is written into the deck, and to tell beforehand that one is missing.
"""

from __future__ import annotations

import re
from pathlib import Path

from rramsim.errors import InputError, close_matches

_LIB_START = re.compile(r"^\s*\.lib\s+(['\"]?)([^\s'\"]+)\1\s*(?:[$;].*)?$", re.IGNORECASE)
_LIB_USE = re.compile(r"^\s*\.lib\s+(\S+)\s+(\S+)\s*$", re.IGNORECASE)
_LIB_END = re.compile(r"^\s*\.endl\b", re.IGNORECASE)


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


def sections(path: Path) -> dict[str, list[str]]:
    """Lines of each section by its name in lower case; of two with one name the first, as in ngspice.

    Parameters
    ----------
    path
        The library.

    Raises
    ------
    InputError
        The file cannot be read, or does not end a section.
    """
    found: dict[str, list[str]] = {}
    name = ""
    current: list[str] | None = None
    for line in _lines(path):
        start = _LIB_START.match(line)
        if start and current is None:
            name, current = start[2], []
        elif start:
            break
        elif current is not None and _LIB_END.match(line):
            found.setdefault(name.lower(), current)
            current = None
        elif current is not None:
            current.append(line)
    if current is not None:  # half a file would be half a model
        raise InputError(f"model library {path}: section {name!r} is not ended by .endl")
    return found


def _section_text(path: Path, section: str, inside: tuple[tuple[Path, str], ...]) -> str:
    known = sections(path)
    here = (path.resolve(), section.lower())
    if here in inside:
        raise InputError(f"{path}: section {section!r} uses itself")
    if section.lower() not in known:
        raise InputError(f"{path} has no section {section!r}; {close_matches(section, known)}")
    text = ""
    for line in known[section.lower()]:
        use = _LIB_USE.match(line)
        if use:
            text += _section_text(path.parent / use[1].strip("'\""), use[2], (*inside, here))
        else:
            text += line + "\n"
    return text


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise InputError(f"model library {path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if "\0" in text:
        raise InputError(f"model library {path} is not text: it holds a NUL")
    return text.split("\n")  # ngspice knows no other line end, unlike splitlines()
