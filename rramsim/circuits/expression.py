"""Values in a netlist: a SPICE number, or arithmetic of parameters and numbers in braces, as ``{2*w_n}``.

Numbers keep SPICE's suffixes. Read by Python's own parser and evaluated here node by node: nothing else than the four
operations, signs and parentheses can be reached from a netlist.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from rramsim.units import spice_number

_TOKEN = re.compile(r"\s*((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[a-z]*|[a-z_]\w*|[-+*/()])\s*", re.ASCII)
_OPERATIONS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_ALLOWED = "a value is a number, or {…} of parameters and numbers with + - * / and parentheses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A value as written (lower case, with its braces) and the parameters it uses."""

    text: str
    names: tuple[str, ...] = ()

    def evaluate(self, scope: Mapping[str, float]) -> float:
        """Value for given parameters.

        Parameters
        ----------
        scope
            Value of each parameter, SI; those that are not used do not matter.

        Raises
        ------
        ValueError
            Not finite, or divided by zero.
        KeyError
            ``scope`` lacks a parameter.
        """
        try:
            value = _evaluate(_tree(self.text), scope)
        except (ZeroDivisionError, OverflowError):
            raise ValueError(f"{self.text} has no finite value") from None
        if not math.isfinite(value):
            raise ValueError(f"{self.text} has no finite value")
        return value


def parse_expression(text: str) -> Expression:
    """Read a value.

    Parameters
    ----------
    text
        A number, or arithmetic in braces; lower case.

    Raises
    ------
    ValueError
        It is neither.

    Examples
    --------
    >>> parse_expression("{(w + 1u)*2}").evaluate({"w": 2e-6})
    6e-06
    """
    names = tuple(node.id.removeprefix("_") for node in ast.walk(_tree(text)) if isinstance(node, ast.Name))
    return Expression(text=text, names=tuple(dict.fromkeys(names)))


@cache
def _tree(text: str) -> ast.expr:
    if not text.startswith("{"):
        return ast.Constant(_number(text))
    inner, source, position = text[1:-1], "", 0
    while position < len(inner):
        token = _TOKEN.match(inner, position)
        if token is None or not text.endswith("}"):
            raise ValueError(f"{text!r} cannot be read: {_ALLOWED}")
        word, position = token[1], token.end()
        if word[0].isdigit() or word[0] == ".":
            source += f" {_number(word)!r}"
        else:  # an underscore before each name: any may be a keyword of Python's
            source += f" _{word}" if word[0].isalpha() or word[0] == "_" else f" {word}"
    try:
        tree = ast.parse(source.strip(), mode="eval").body
        if all(_known(node) for node in ast.walk(tree)):
            return tree
    except (SyntaxError, RecursionError, MemoryError):
        pass
    raise ValueError(f"{text!r} cannot be read: {_ALLOWED}")


def _known(node: ast.AST) -> bool:
    return isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Constant, ast.Name, ast.Load, *_OPERATIONS))


def _number(text: str) -> float:
    try:
        value = spice_number(text)
    except ValueError as error:
        raise ValueError(f"{error}: {_ALLOWED}") from None
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not finite")
    return value


def _evaluate(node: ast.expr, scope: Mapping[str, float]) -> float:
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_evaluate(node.left, scope), _evaluate(node.right, scope))
    if isinstance(node, ast.UnaryOp):
        return _OPERATIONS[type(node.op)](_evaluate(node.operand, scope))
    if isinstance(node, ast.Name):
        return scope[node.id.removeprefix("_")]
    return float(ast.literal_eval(node))
