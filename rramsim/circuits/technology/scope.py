"""What names mean in a model library: parameters where a sub-circuit's instance sees them, by their own statements.

ngspice looks a name up from the instance outwards, through the circuits that it stands in. A parameter whose own text
draws a random number is drawn anew wherever it is used (ngspice makes a function of it); one that only depends on such
a parameter has one value in its instance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from rramsim.circuits.technology.formula import Linear
from rramsim.circuits.technology.statements import Statement

# name=value, the value between quotes or braces or without blanks but inside parentheses.
ASSIGNMENT = re.compile(
    r"([a-z_]\w*)\s*=\s*(\{[^{}]*\}|'[^']*'|\"[^\"]*\""
    r"|(?:[^\s=(){},'\"]|\((?:[^(){}'\"]|\((?:[^(){}'\"]|\([^(){}'\"]*\))*\))*\))+)",
    re.ASCII | re.IGNORECASE,
)
RANDOM_CALL = re.compile(r"(?<![\w.$])(a?gauss|a?unif|limit|sgauss|sunif|trnoise|trrandom)\s*\(", re.IGNORECASE)
WORD = re.compile(r"[a-z_][\w.]*", re.ASCII)


@dataclass(eq=False, slots=True)
class Definition:
    """A parameter: its text, where it is evaluated, and the statement that it stands in (None: the technology file)."""

    text: str
    scope: Scope
    statement: Statement | None
    value: Linear | None = None
    random: bool | None = None

    @property
    def draws(self) -> bool:
        """Whether it is drawn anew at each use: a ``.param`` is, what an instance is given is not."""
        return self.statement is not None and self.statement.first == ".param" and bool(RANDOM_CALL.search(self.text))


@dataclass(eq=False, slots=True)
class Scope:
    """An instance of a sub-circuit, or the whole deck.

    Parameters
    ----------
    path
        Its instance, empty of the whole deck.
    parent
        The circuit that it stands in.
    """

    path: str
    parent: Scope | None = None
    definitions: dict[str, Definition] = field(default_factory=dict)
    models: dict[str, Statement] = field(default_factory=dict)

    @property
    def outwards(self) -> Iterator[Scope]:
        """Scopes from here on outwards."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> Definition | None:
        """What a name means here; None where nothing is called so.

        Parameters
        ----------
        name
            In lower case.
        """
        return next((scope.definitions[name] for scope in self.outwards if name in scope.definitions), None)

    def cards(self, model: str) -> tuple[Scope, dict[str, Statement]]:
        """Model cards of a name, of all its bins, and the scope that they stand in; none where there is no such model.

        Parameters
        ----------
        model
            In lower case.
        """
        name = re.compile(rf"{re.escape(model)}(?:\.\d+)?")
        for scope in self.outwards:
            found = {card: statement for card, statement in scope.models.items() if name.fullmatch(card)}
            if found:
                return scope, found
        return self, {}

    def define(self, statements: Iterable[Statement]) -> None:
        """Take parameters and models of statements; of two parameters with one name the later, of models the first.

        Parameters
        ----------
        statements
            Those of a sub-circuit, or of the whole deck without its sub-circuits.
        """
        for statement in statements:
            if statement.first == ".param":
                for name, text in assignments(statement):
                    self.definitions[name] = Definition(text, self, statement)
            elif statement.first == ".model":
                self.models.setdefault(statement.line.split()[1], statement)


@lru_cache(maxsize=4096)
def assignments(statement: Statement) -> tuple[tuple[str, str], ...]:
    """Names that a statement gives values, and the values' texts; in lower case.

    Parameters
    ----------
    statement
        The statement.

    Raises
    ------
    InputError
        A ``.param`` that holds anything else.
    """
    if statement.first == ".param":
        rest = ASSIGNMENT.sub("", statement.line.split(None, 1)[-1]).replace(",", "")
        if rest.strip():
            statement.refuse(
                f"cannot be read at {rest.strip()[:40]!r}: .param must be name=value, or name='expression'"
            )
    return tuple(ASSIGNMENT.findall(statement.line))


def bare_words(statement: Statement) -> list[str]:
    """Words of an element's line before its parameters: name, nodes and model; in lower case.

    Parameters
    ----------
    statement
        The element.

    Raises
    ------
    InputError
        It has a name only.
    """
    words = ASSIGNMENT.sub("", statement.line).replace("params:", " ").split()
    found = [word for word in words if word not in ("(", ")", ",")]
    if len(found) < 2:
        statement.refuse("must name what it is of")
    return found


def holding(statements: Iterable[Statement], holds: Callable[[Statement], bool]) -> Iterator[Statement]:
    """Statements whose conditions hold, without the conditions.

    Parameters
    ----------
    statements
        Of a sub-circuit.
    holds
        Whether the condition of an ``.if`` or ``.elseif`` does.

    Raises
    ------
    InputError
        There is an ``.else`` without an ``.if``.
    """
    opened: list[tuple[bool, bool]] = []  # of each .if: whether this branch holds, and whether one of them has
    for statement in statements:
        first = statement.first
        if first in (".else", ".elseif") and not opened:
            statement.refuse("there is no .if before it")
        if first in (".if", ".elseif"):
            held = opened.pop()[1] if first == ".elseif" else False
            branch = not held and all(inside for inside, _ in opened) and holds(statement)
            opened.append((branch, held or branch))
        elif first == ".else":
            opened.append((not opened.pop()[1], True))
        elif first == ".endif":
            opened.pop()
        elif all(inside for inside, _ in opened):
            yield statement
