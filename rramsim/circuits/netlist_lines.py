"""Lines and words of a netlist file, as ngspice sees them (manual, chapter 2).

Case does not matter, ``+`` continues a line, ``*``, ``;`` and ``$`` begin comments, ``params:`` may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from rramsim.errors import InputError

NAME = re.compile(r"[a-z_]\w*", re.ASCII)
_TOKEN = re.compile(r"\s*(\{[^{}]*\}|=|[^\s={}]+)\s*")
_COMMENT = re.compile(r";.*|(?<=[\s,])\$\s.*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_PARAMS = re.compile(r"\bparams\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its continuations, in lower case and without comments."""

    source: str
    number: int
    text: str

    def refuse(self, message: str) -> NoReturn:
        """Raise an error that names file and line, and shows how the line begins.

        Parameters
        ----------
        message
            What is wrong with it and what is allowed.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(f"{self.source}, line {self.number}: {message} (got {self.text[:200]!r})")

    @property
    def first(self) -> str:
        """Its first word."""
        return self.text.split()[0]

    def split(self) -> tuple[list[str], dict[str, str]]:
        """Words of a line, and what follows them as name=value."""
        text, tokens, position = _PARAMS.sub(" ", self.text), [], 0
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                self.refuse("a brace is not closed, or never opened")
            tokens.append(token[1])
            position = token.end()
        first = tokens.index("=") - 1 if "=" in tokens else len(tokens)
        words, rest = tokens[: max(first, 0)], tokens[max(first, 0) :]
        values: dict[str, str] = {}
        for index in range(0, len(rest), 3):
            key, *value = rest[index : index + 3]
            if not NAME.fullmatch(key) or len(value) != 2 or value[0] != "=" or value[1] == "=":
                self.refuse(f"expected name=value from {key!r} on")
            if key in values:
                self.refuse(f"parameter {key!r} is given twice")
            values[key] = value[1]
        return words, values


def without_comments(text: str) -> str:
    r"""Text of a netlist file as it goes into a deck: without lines of comment, some of which are commands to ngspice.

    Parameters
    ----------
    text
        The text.

    Examples
    --------
    >>> without_comments("* one\nr1 a b 1k\n*#shell ls\n")
    'r1 a b 1k'
    """
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("*"))


def logical_lines(text: str, source: str) -> Iterator[Line]:
    """Lines without comments, in lower case, continuations joined.

    Parameters
    ----------
    text
        Text of a netlist file.
    source
        Where it comes from, for messages.

    Raises
    ------
    InputError
        A line holds a control character, or something else than ASCII outside comments, or continues no line.
    """
    number, pending = 0, ""
    for index, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip("\r").strip(" \t")
        here = Line(source=source, number=index, text=line)
        if _CONTROL.search(line):  # some end a line, also a comment
            here.refuse("holds a control character")
        if not line or line.startswith("*"):
            continue
        line = _COMMENT.sub("", line).strip(" \t")
        if not line.isascii():  # letters of other scripts have lower cases that ngspice does not know
            here.refuse("only ASCII may stand outside comments")
        if line.startswith("+"):
            if not pending:
                here.refuse("continues no line")
            pending += " " + line[1:].lower()
        elif line:
            if pending:
                yield Line(source=source, number=number, text=pending)
            number, pending = index, line.lower()
    if pending:
        yield Line(source=source, number=number, text=pending)
