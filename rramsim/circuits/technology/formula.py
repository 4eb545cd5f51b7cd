"""Expressions of model libraries, linear in random numbers: what ngspice would make of them, without drawing any.

A value is a constant and a coefficient for each random number, in standard deviations. Operators bind as in ngspice
(``^`` and ``**`` from left to right, before a sign); a random number that is squared, divided by, compared or put
through a function has no such value and is refused.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from rramsim.units import spice_number

RANDOM = ("agauss", "gauss")
_TOKEN = re.compile(
    r"\s*((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[a-z]*|[a-z_][\w.]*|\*\*|<=|>=|==|!=|<>|&&|\|\||[-+*/^()?:,<>!])", re.ASCII
)
_BINARY: Mapping[str, tuple[int, Callable[[float, float], Any]]] = {
    "||": (1, lambda a, b: bool(a) or bool(b)),
    "&&": (2, lambda a, b: bool(a) and bool(b)),
    **dict.fromkeys(("==",), (3, operator.eq)),
    **dict.fromkeys(("!=", "<>"), (3, operator.ne)),
    "<": (4, operator.lt), ">": (4, operator.gt), "<=": (4, operator.le), ">=": (4, operator.ge),
    "+": (5, operator.add), "-": (5, operator.sub), "*": (6, operator.mul), "/": (6, operator.truediv),
    **dict.fromkeys(("^", "**"), (8, operator.pow)),
}  # fmt: skip
_SIGN = 7
_OPENING = ("(", ",")  # after which a sign belongs to what follows, as at the beginning and before a number
_FUNCTIONS: Mapping[str, tuple[int, Callable[..., float]]] = {
    "sqrt": (1, math.sqrt), "abs": (1, abs), "exp": (1, math.exp), "ln": (1, math.log), "log": (1, math.log),
    "log10": (1, math.log10), "floor": (1, math.floor), "ceil": (1, math.ceil), "int": (1, math.trunc),
    "pow": (2, operator.pow), "pwr": (2, operator.pow), "min": (2, min), "max": (2, max),
}  # fmt: skip
_KNOWN = f"expressions may have numbers, parameters, + - * / ^ ** ?: comparisons, {', '.join((*RANDOM, *_FUNCTIONS))}"

Node = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Linear:
    """A constant, and (random number, coefficient) for each that it depends on, in the numbers' order."""

    constant: float
    parts: tuple[tuple[int, float], ...] = ()

    def plus(self, other: Linear, factor: float = 1.0) -> Linear:
        """Sum with another one times a factor.

        Parameters
        ----------
        other, factor
            What is added.
        """
        found = dict(self.parts)
        for number, part in other.parts:
            found[number] = found.get(number, 0.0) + factor * part
        parts = tuple(sorted((number, part) for number, part in found.items() if part))
        return Linear(self.constant + factor * other.constant, parts)

    def times(self, factor: float) -> Linear:
        """Product with a factor.

        Parameters
        ----------
        factor
            The factor; 0 leaves no random number.
        """
        return Linear(self.constant * factor, tuple((n, part * factor) for n, part in self.parts if part * factor))


class Names(Protocol):
    """What an expression is evaluated in."""

    def lookup(self, name: str) -> Linear:
        """Value of a parameter.

        Parameters
        ----------
        name
            In lower case.

        Raises
        ------
        ValueError
            There is none.
        """

    def draw(self) -> int:
        """A new random number."""


def evaluate(text: str, names: Names) -> Linear:
    """Value of an expression.

    Parameters
    ----------
    text
        In lower case, perhaps between quotes or braces.
    names
        Where parameters and random numbers come from.

    Raises
    ------
    ValueError
        It cannot be read, is not linear in its random numbers, or has no finite value.
    """
    try:
        value = _evaluated(_parsed(text), names)
    except (ArithmeticError, TypeError):
        raise ValueError(f"{text} has no finite value") from None
    if not math.isfinite(value.constant) or not all(math.isfinite(part) for _, part in value.parts):
        raise ValueError(f"{text} has no finite value")
    return value


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Node:
    inner = text.strip()
    if inner[:1] in "{'\"" and len(inner) > 1 and inner[-1] == {"{": "}"}.get(inner[0], inner[0]):
        inner = inner[1:-1]
    tokens, position = [], 0
    inner = inner.strip()
    while position < len(inner):
        match = _TOKEN.match(inner, position)
        if match is None:
            raise ValueError(f"{text} cannot be read: {_KNOWN}")
        tokens.append(match[1])
        position = match.end()
    parser = _Parser([*tokens, ""])
    try:
        tree = parser.ternary()
    except RecursionError:
        raise ValueError(f"{text[:80]} is nested too deep") from None
    if parser.next:
        raise ValueError(f"{text} cannot be read at {parser.next!r}: {_KNOWN}")
    return tree


class _Parser:
    """Precedence climbing over tokens that end with an empty one."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def next(self) -> str:
        return self._tokens[self._at]

    def _take(self, wanted: str = "") -> str:
        found = self.next
        if wanted and found != wanted:
            raise ValueError(f"an expression lacks {wanted!r} before {found!r}: {_KNOWN}")
        self._at += bool(found)
        return found

    def ternary(self) -> Node:
        condition = self._binary(1)
        if self.next != "?":
            return condition
        self._take()
        first = self.ternary()
        self._take(":")
        return ("?", condition, first, self.ternary())

    def _binary(self, least: int) -> Node:
        left = self._unary()
        while self.next in _BINARY and _BINARY[self.next][0] >= least:
            sign = self._take()
            left = (sign, left, self._binary(_BINARY[sign][0] + 1))
        return left

    def _unary(self) -> Node:
        if self.next in ("-", "+", "!"):
            if self._at and self._tokens[self._at - 1] not in _OPENING and not self._tokens[self._at + 1][:1].isdigit():
                raise ValueError("a sign after an operator is read otherwise by ngspice: put it between parentheses")
            sign = self._take()
            return ("unary", sign, self._binary(_SIGN))
        token = self._take()
        if token == "(":
            inner = self.ternary()
            self._take(")")
            return inner
        if token[:1].isdigit() or token[:1] == ".":
            if token.endswith("mil"):
                raise ValueError(f"{token}: ngspice takes mil for 25.4e-6 in a netlist, and for 1e-3 in an expression")
            return ("number", spice_number(token))
        if not token or not (token[0].isalpha() or token[0] == "_"):
            raise ValueError(f"an expression has {token or 'nothing'!r} where a value must be: {_KNOWN}")
        return ("call", token, self._arguments()) if self.next == "(" else ("name", token)

    def _arguments(self) -> tuple[Node, ...]:
        self._take("(")
        found = [self.ternary()]
        while self.next == ",":
            self._take()
            found.append(self.ternary())
        self._take(")")
        return tuple(found)


def _evaluated(node: Node, names: Names) -> Linear:
    kind = node[0]
    if kind == "number":
        return Linear(node[1])
    if kind == "name":
        return names.lookup(node[1])
    if kind == "call":
        return _called(node[1], node[2], names)
    if kind == "unary":
        value = _evaluated(node[2], names)
        return Linear(float(not _constant(value))) if node[1] == "!" else value.times(-1.0 if node[1] == "-" else 1.0)
    if kind == "?":
        return _evaluated(node[2 if _constant(_evaluated(node[1], names)) else 3], names)
    left, right = _evaluated(node[1], names), _evaluated(node[2], names)
    if kind in "+-":
        return left.plus(right, 1.0 if kind == "+" else -1.0)
    if kind == "*" and (not left.parts or not right.parts):
        return right.times(left.constant) if not left.parts else left.times(right.constant)
    if kind == "/" and left.parts and not right.parts:
        return left.times(1.0 / right.constant)
    return Linear(float(_BINARY[kind][1](_constant(left), _constant(right))))


def _called(name: str, arguments: tuple[Node, ...], names: Names) -> Linear:
    values = [_evaluated(argument, names) for argument in arguments]
    if name in RANDOM:
        if len(values) != 3:
            raise ValueError(f"{name} needs a mean, a spread and a number of sigmas, it has {len(values)} arguments")
        mean, spread, sigmas = values
        sigma = _constant(spread) / _constant(sigmas)
        sigma *= _constant(mean) if name == "gauss" else 1.0
        return mean.plus(Linear(0.0, ((names.draw(), 1.0),)), sigma)
    if name not in _FUNCTIONS or _FUNCTIONS[name][0] != len(values):
        raise ValueError(f"{name} of {len(values)} arguments is not known: {_KNOWN}")
    return Linear(float(_FUNCTIONS[name][1](*map(_constant, values))))


def _constant(value: Linear) -> float:
    if value.parts:
        raise ValueError("a random number may be added and multiplied by constants, nothing else")
    return value.constant
