"""What can be put into a circuit, what can come out, and what each confusion of the two is called.

A bench brings its own alphabet; that of the weights of a memory cell is :mod:`rramsim.weights`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from rramsim.errors import InputError

# Symbols stand in tables, names of files and command lines.
_SYMBOL = re.compile(r"[^\s,\"'`\x00-\x1f\x7f/\\]{1,40}")
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorClass:
    """A kind of error.

    Parameters
    ----------
    symbol
        As the column ``error_type`` of every table spells it.
    label
        What people read.
    slug
        Its part of the names of files: letters, digits, ``_`` and ``-``.

    Raises
    ------
    InputError
        One of them cannot be written where it belongs.
    """

    symbol: str
    label: str
    slug: str

    def __post_init__(self) -> None:
        if not _SYMBOL.fullmatch(self.symbol) or not _SLUG.fullmatch(self.slug) or not self.label.isprintable():
            raise InputError(f"an error class needs a symbol and a slug without spaces, and a label, got {self!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """Stimuli, outcomes and errors.

    Parameters
    ----------
    programmed
        The stimuli, in table order.
    read
        The outcomes, in table order.
    classes
        Kinds of error, in table order.
    confusions
        (stimulus, outcome, symbol of the error class) of each outcome that is an error; what is not named is right.

    Raises
    ------
    InputError
        A symbol is there twice or cannot be written into a table, a confusion names what is not there, or no outcome
        of a stimulus is right.
    """

    programmed: tuple[str, ...]
    read: tuple[str, ...]
    classes: tuple[ErrorClass, ...]
    confusions: tuple[tuple[str, str, str], ...]

    def __post_init__(self) -> None:
        symbols = {kind.symbol for kind in self.classes}
        for name, found in (
            ("programmed", self.programmed),
            ("read", self.read),
            ("classes", tuple(kind.symbol for kind in self.classes)),
            ("confusions", tuple((one, other) for one, other, _ in self.confusions)),
        ):
            twice = [item for item, count in Counter(found).items() if count > 1]
            if twice or (not found and name != "confusions"):
                raise InputError(f"{name} of an alphabet must not be empty or name anything twice, got {found!r}")
        wrong = [symbol for symbol in (*self.programmed, *self.read) if not _SYMBOL.fullmatch(symbol)]
        if wrong:
            raise InputError(f"{wrong[0]!r} is no symbol: a table needs one without spaces, commas, quotes and slashes")
        for programmed, read, symbol in self.confusions:
            if programmed not in self.programmed or read not in self.read or symbol not in symbols:
                raise InputError(f"an alphabet has no {programmed} read as {read} of error class {symbol}")
        for programmed in self.programmed:
            if len(self.misreads(programmed)) == len(self.read):
                raise InputError(f"no outcome is right for {programmed}")

    @classmethod
    def of(cls, right: Mapping[str, str], read: Iterable[str]) -> Self:
        """Alphabet with one right outcome for each stimulus, whose errors are all of one class.

        Parameters
        ----------
        right
            Right outcome of each stimulus.
        read
            All outcomes.

        Raises
        ------
        InputError
            As :class:`Alphabet`; or a right outcome is none.

        Examples
        --------
        >>> Alphabet.of({"above": "high", "below": "low"}, ["high", "low", "between"]).misreads("above")
        ('low', 'between')
        """
        outcomes = tuple(read)
        missing = [outcome for outcome in right.values() if outcome not in outcomes]
        if missing:
            raise InputError(f"{missing[0]!r} is right, and none of the outcomes {', '.join(outcomes)}")
        return cls(
            programmed=tuple(right),
            read=outcomes,
            classes=(ErrorClass(symbol="error", label="error", slug="error"),),
            confusions=tuple(
                (stimulus, outcome, "error") for stimulus in right for outcome in outcomes if outcome != right[stimulus]
            ),
        )

    def error(self, programmed: str, read: str) -> ErrorClass | None:
        """Class of an error; None for a right outcome.

        Parameters
        ----------
        programmed, read
            A stimulus and an outcome.
        """
        for one, other, symbol in self.confusions:
            if (one, other) == (programmed, read):
                return self.kind(symbol)
        return None

    def kind(self, symbol: str) -> ErrorClass:
        """A class of errors.

        Parameters
        ----------
        symbol
            Of one of ``classes``.
        """
        return next(kind for kind in self.classes if kind.symbol == symbol)

    def misreads(self, programmed: str) -> tuple[str, ...]:
        """Outcomes that are errors, in table order.

        Parameters
        ----------
        programmed
            A stimulus.
        """
        wrong = {other for one, other, _ in self.confusions if one == programmed}
        return tuple(outcome for outcome in self.read if outcome in wrong)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read plain values back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of an alphabet.
        """
        return cls(
            programmed=tuple(map(str, data["programmed"])),
            read=tuple(map(str, data["read"])),
            classes=tuple(ErrorClass(**{key: str(value) for key, value in kind.items()}) for kind in data["classes"]),
            confusions=tuple((str(one), str(other), str(symbol)) for one, other, symbol in data["confusions"]),
        )
