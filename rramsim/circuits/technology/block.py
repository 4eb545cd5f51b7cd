"""Statements of a library that belong together: what they define, and what of others they use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from rramsim.circuits.technology.statements import Statement
from rramsim.errors import InputError

_NAME = re.compile(r"[a-z_][\w.$!]*", re.ASCII)
ASSIGNED = re.compile(r"([a-z_][\w.]*)\s*(?:\([^()=]*\))?\s*=(?!=)", re.ASCII)
_WORD = re.compile(r"[^\s=(){},'\"]+")
BIN = re.compile(r"(.+)\.\d+")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Statements that belong together: a sub-circuit, a condition with all in it, or a single one.

    Parameters
    ----------
    statements
        At least one.
    always
        Whether it is needed whatever is used.
    """

    statements: tuple[Statement, ...]
    always: bool

    @property
    def head(self) -> Statement:
        """Its first statement."""
        return self.statements[0]

    @cached_property
    def defines(self) -> frozenset[str]:
        """Names that others use it by, in lower case."""
        if self.head.first == ".subckt":
            return frozenset({second(self.head)})
        names: set[str] = set()
        for statement in self.statements:
            if statement.first in (".subckt", ".model"):
                names.add(second(statement))
            elif statement.first in (".param", ".csparam", ".func"):
                names |= assigned(statement)
                names |= {second(statement).partition("(")[0]} if statement.first == ".func" else set()
        # A model of several bins is used by the name that they share.
        return frozenset(names | {match[1] for name in names if (match := BIN.fullmatch(name))})

    @cached_property
    def uses(self) -> frozenset[str]:
        """Names in its expressions, in lower case, but for those of its own parameters: a ``.param`` sets them."""
        if self.head.first != ".subckt":
            return frozenset().union(*map(_used, self.statements))
        own = assigned(self.head).union(*(assigned(one) for one in self.statements if one.first == ".param"))
        return _used(self.head) | (frozenset().union(*map(_used, self.statements)) - own)

    @cached_property
    def words(self) -> frozenset[str]:
        """Whatever in it may be a name, in lower case; more than are."""
        found: set[str] = set()
        for statement in self.statements:
            found |= set(_WORD.findall(statement.line)) | set(_NAME.findall(statement.line))
        return frozenset(found)


def assigned(statement: Statement) -> set[str]:
    """Names that a statement gives a value to, in lower case.

    Parameters
    ----------
    statement
        The statement.
    """
    return {match[1] for match in ASSIGNED.finditer(_rest(statement))}


def _used(statement: Statement) -> frozenset[str]:
    """Names right of an equals sign, and more."""
    return frozenset(_NAME.findall(ASSIGNED.sub(" ", _rest(statement))))


def second(statement: Statement) -> str:
    """Second word of a statement in lower case: what it defines.

    Parameters
    ----------
    statement
        The statement.

    Raises
    ------
    InputError
        It has one word only.
    """
    words = statement.line.split(None, 2)
    if len(words) < 2:
        raise InputError(f"{statement.place}: {statement.first} must name what it defines")
    return words[1]


def _rest(statement: Statement) -> str:
    return statement.line.split(None, 1)[1] if " " in statement.line else ""
