"""Statements of a model library's files, as ngspice reads their lines: continuations joined, comments left out.

Nothing of a library but these statements goes into a deck, so that no comment (``*#`` begins a command) and no card
that rramsim does not know reaches ngspice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NoReturn

from rramsim.errors import InputError

_COMMENT = (";", "$", "//")  # besides the star
_WHOLE = (".lib", ".inc", ".end")  # cards that have no continuation
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_INLINE_COMMENT = re.compile(r"\s(?:\$|;|//).*|;.*")
_PARAMETERS = (".params", ".parameter", ".parameters")
_FILES = 4096  # that are kept parsed


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A line with its continuations.

    Parameters
    ----------
    path
        The file.
    number
        Of its first line.
    text
        The line; continuations follow on lines of their own, with their ``+``.
    """

    path: Path
    number: int
    text: str

    @cached_property
    def line(self) -> str:
        """Its text on one line, in lower case, without comments at the ends of lines."""
        parts = (_INLINE_COMMENT.sub("", part) for part in self.text.split("\n"))
        return " ".join(part.lstrip("+ \t") if index else part.strip() for index, part in enumerate(parts)).lower()

    @property
    def first(self) -> str:
        """Its first word in lower case; ``.param`` of all that ngspice takes for that."""
        word = self.text.split(None, 1)[0].lower()
        return ".param" if word in _PARAMETERS else word

    @property
    def place(self) -> str:
        """File and line, for messages."""
        return f"{self.path}, line {self.number}"

    def refuse(self, message: str) -> NoReturn:
        """Raise an error that names file and line, and shows how the statement begins.

        Parameters
        ----------
        message
            What is wrong with it and what is allowed.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(f"{self.place}: {message} (got {self.text[:120]!r})")


@lru_cache(maxsize=_FILES)
def statements_of(path: Path, content: bytes) -> tuple[Statement, ...]:
    """Statements of a file.

    Parameters
    ----------
    path
        The file, absolute.
    content
        What it holds.

    Raises
    ------
    InputError
        It holds a control character or other letters than ASCII outside comments, or begins with a continuation.
    """
    # Comments of kits are in whatever encoding: what is no ASCII is refused elsewhere.
    lines = content.decode("utf-8-sig", errors="replace").split("\n")  # ngspice knows no other line end
    found: list[tuple[int, list[str]]] = []
    commented = False
    for number, raw in enumerate(lines, start=1):
        line = raw.rstrip("\r").strip(" \t")
        here = Statement(path=path, number=number, text=line)
        if not line or line.startswith("*"):
            continue
        if line.startswith(_COMMENT):
            commented = True
            continue
        if commented and line.startswith("+"):
            here.refuse(
                f"ngspice takes what follows a line that begins with {' '.join(_COMMENT)} for a part of it: use *"
            )
        commented = False
        if _CONTROL.search(line):
            here.refuse("holds a control character")
        if not line.isascii():
            line = _INLINE_COMMENT.sub("", line).rstrip()
            if not line.isascii():
                here.refuse("only ASCII may stand outside comments")
        if not line.startswith("+"):
            found.append((number, [line]))
        elif found and not found[-1][1][0].lower().startswith(_WHOLE):
            found[-1][1].append(line)
        else:
            here.refuse("continues no line")
    return tuple(Statement(path=path, number=number, text="\n".join(parts)) for number, parts in found)
