"""What a column of a table may hold: each kind reads a text, strictly, or says what is allowed."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from rramsim.corners import parse_process
from rramsim.validation import is_name

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_COUNT = re.compile(r"[0-9]{1,18}")
_INFINITE = "inf"


class AbstractKind(ABC):
    """Kind of a column's values."""

    dtype: ClassVar[str]  #: of a pandas column

    @abstractmethod
    def read(self, text: str) -> Any:
        """Value of a text.

        Parameters
        ----------
        text
            As the table spells it.

        Raises
        ------
        ValueError
            It is none of this kind; says what is allowed.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(AbstractKind):
    """Any text."""

    dtype: ClassVar[str] = "object"

    def read(self, text: str) -> str:
        """Read it."""
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Label(AbstractKind):
    """A name that files are called by: it must lead to no other folder. It may be ``blank`` where there is none."""

    dtype: ClassVar[str] = "object"
    blank: bool = False

    def read(self, text: str) -> str:
        """Read it, or raise ValueError."""
        if not (is_name(text) or (self.blank and not text)):
            raise ValueError(f"{text!r} is not a name of letters, digits, '_', '.' and '-'")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Process(AbstractKind):
    """A process corner, in upper case. It may be ``blank`` where there is none."""

    dtype: ClassVar[str] = "object"
    blank: bool = False

    def read(self, text: str) -> str:
        """Read it, or raise ValueError."""
        if self.blank and not text:
            return text
        if parse_process(text) != text:
            raise ValueError(f"{text!r} is not in upper case: a process corner is spelt {parse_process(text)!r}")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(AbstractKind):
    """One of several texts."""

    dtype: ClassVar[str] = "object"
    allowed: tuple[str, ...]

    def read(self, text: str) -> str:
        """Read it, or raise ValueError."""
        return one_of(text, self.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(AbstractKind):
    """A number, finite unless it may be ``infinite``; not a number where it may be ``blank`` and is."""

    dtype: ClassVar[str] = "float64"
    blank: bool = False
    infinite: bool = False

    def read(self, text: str) -> float:
        """Read it, or raise ValueError."""
        if self.blank and not text:
            return math.nan
        if self.infinite and text == _INFINITE:
            return math.inf
        if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            more = f" (or {_INFINITE})" if self.infinite else ""
            more += ", with a decimal point" if _NUMBER.fullmatch(text.replace(",", ".")) and "," in text else ""
            raise ValueError(f"{text!r} is not a number that is finite{more}")
        return float(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(AbstractKind):
    """A whole number that is not negative."""

    dtype: ClassVar[str] = "int64"

    def read(self, text: str) -> int:
        """Read it, or raise ValueError."""
        if not _COUNT.fullmatch(text):
            raise ValueError(f"{text!r} is not a whole number from 0 to 10^18")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalCount(AbstractKind):
    """A whole number that is not negative; blank where it is not known."""

    dtype: ClassVar[str] = "Int64"

    def read(self, text: str) -> int | None:
        """Read it, or raise ValueError."""
        return Count().read(text) if text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(AbstractKind):
    """True or false."""

    dtype: ClassVar[str] = "bool"

    def read(self, text: str) -> bool:
        """Read it, or raise ValueError."""
        return one_of(text, ("True", "False")) == "True"


def one_of(text: str, allowed: Iterable[str]) -> str:
    """Refuse a text that is not allowed.

    Parameters
    ----------
    text
        As the table spells it.
    allowed
        What it may be.

    Raises
    ------
    ValueError
        It is something else.
    """
    known = tuple(allowed)
    if text not in known:
        raise ValueError(f"{text!r} is not one of {', '.join(known)}")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Parameters
    ----------
    name
        Its header.
    kind
        What it holds.
    absent
        Value where a table lacks it; None where it must not.
    """

    name: str
    kind: AbstractKind
    absent: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Columns of one kind, as many as a study has of something.

    Parameters
    ----------
    pattern
        What their headers match.
    kind
        What they hold.
    before
        The column that follows them; None where they come last.
    """

    pattern: re.Pattern[str]
    kind: AbstractKind
    before: str | None = None
