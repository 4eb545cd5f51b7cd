"""Read a netlist file: one sub-circuit, every line of it understood or refused.

A line that was passed over would still be simulated: a transistor that is not seen would have no mismatch. So this
reader takes less than ngspice does, and what it takes it reads as ngspice does (manual, chapter 2: case does not
matter, ``+`` continues a line, ``*``, ``;`` and ``$`` begin comments, ``params:`` may be left out).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

from rramsim.circuits.expression import Expression, parse_expression
from rramsim.errors import InputError, close_matches
from rramsim.resources import netlist_path

TRANSISTORS = ("nfet", "pfet")
GROUND = "0"

_TRANSISTOR_PARAMETERS = ("w", "l", "dvt")
# Element lines: number of nodes, parameters that may follow the value, and how the line looks.
_FORMS: Mapping[str, tuple[int, tuple[str, ...], str]] = MappingProxyType(
    {
        "r": (2, ("tc1", "tc2"), "r<name> node node value"),
        "c": (2, ("tc1", "tc2"), "c<name> node node value"),
        "l": (2, (), "l<name> node node value"),
        "v": (2, (), "v<name> node node [dc] value"),
        "i": (2, (), "i<name> node node [dc] value"),
        "e": (4, (), "e<name> node node control control gain"),
        "g": (4, (), "g<name> node node control control transconductance"),
        "d": (2, ("area",), "d<name> node node model"),
        "x": (0, (), "x<name> nodes… sub-circuit name=value…"),
    }
)
_ALLOWED = f"allowed are .subckt, .ends and elements {' '.join(_FORMS)}"
_WHY_NOT = {
    "m": "a transistor must be an instance of nfet or pfet (x<name> d g s b nfet w=… l=…), so that it gets its process "
    "corner and its mismatch",
    "b": f"behavioural sources are not allowed; {_ALLOWED}",
}
_TOKEN = re.compile(r"\s*(\{[^{}]*\}|=|[^\s={}]+)\s*")
_COMMENT = re.compile(r";.*|(?<=[\s,])\$\s.*")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_PARAMS = re.compile(r"\bparams\s*:")
_NAME = re.compile(r"[a-z_]\w*", re.ASCII)
_NODE = re.compile(r"[\w#!]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element line of a sub-circuit, in lower case.

    Parameters
    ----------
    kind
        First letter: ``x`` for an instance, ``r``, ``c``, …
    name
        Its whole name, as ``xmp1``.
    nodes
        In the order of its terminals; ``gnd`` is ``0``.
    model
        Sub-circuit of an instance, model of a diode; empty for the others.
    value
        Value of the others; None for an instance or a diode.
    parameters
        What is given as name=value.
    line
        Number of its line in the file.
    """

    kind: str
    name: str
    nodes: tuple[str, ...]
    model: str = ""
    value: Expression | None = None
    parameters: Mapping[str, Expression]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcircuit:
    """One ``.subckt`` with its ports, parameter defaults and elements; ``text`` is the file as it goes into a deck."""

    name: str
    ports: tuple[str, ...]
    parameters: Mapping[str, float]
    elements: tuple[Element, ...]
    text: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line with its continuations, in lower case and without comments."""

    source: str
    number: int
    text: str

    def refuse(self, message: str) -> NoReturn:
        """Raise an InputError that names file and line."""
        raise InputError(f"{self.source}, line {self.number}: {message} (got {self.text[:200]!r})")


@cache
def load_subcircuit(name: str) -> Subcircuit:
    """Sub-circuit in the built-in netlist file ``name``, as ``sense/pcsa.cir``.

    Raises
    ------
    MissingResourceError
        No such file.
    InputError
        The file does not hold exactly one sub-circuit that can be read.
    """
    path = netlist_path(name)
    return parse_subcircuit(path.read_text(encoding="utf-8"), source=path)


def parse_subcircuit(text: str, *, source: Path | str) -> Subcircuit:
    """Read the text of a netlist file.

    Parameters
    ----------
    text
        The text.
    source
        Where it comes from, for messages.

    Raises
    ------
    InputError
        The text does not hold exactly one sub-circuit, or a line of it cannot be used.
    """
    lines = list(_logical_lines(text, str(source)))
    heads = [line for line in lines if _word(line) == ".subckt"]
    ends = [line for line in lines if _word(line) == ".ends"]
    if len(heads) != 1 or len(ends) != 1:
        raise InputError(f"{source} must hold exactly one .subckt with its .ends, found {len(heads)} and {len(ends)}")
    for outside in (*lines[: lines.index(heads[0])], *lines[lines.index(ends[0]) + 1 :]):
        outside.refuse("stands outside the sub-circuit; " + _ALLOWED)
    head, *body, end = lines
    name, ports, parameters = _head(head)
    if end.text.split()[1:] not in ([], [name]):
        end.refuse(f".ends must name {name}, or nothing")
    elements = tuple(_element(line, parameters) for line in body)
    _check_names(elements, body)
    _check_nodes(elements, ports, [head, *body])
    return Subcircuit(
        name=name,
        ports=ports,
        parameters=MappingProxyType(parameters),
        elements=elements,
        text=text,
        source=str(source),
    )


def instance_line(name: str, nodes: Iterable[str], device: str, values: Mapping[str, str]) -> str:
    """Text of an instance: the reverse of what this module reads."""
    parameters = "".join(f" {key}={value}" for key, value in values.items())
    return f"{name} {' '.join(nodes)} {device}{parameters}"


def _word(line: _Line) -> str:
    return line.text.split()[0]


def _head(line: _Line) -> tuple[str, tuple[str, ...], dict[str, float]]:
    words, defaults = _split(line)
    if len(words) < 2 or not _NAME.fullmatch(words[1]):
        line.refuse(".subckt must be followed by a name of letters, digits and _")
    _, name, *ports = words
    for port in ports:
        if not _NODE.fullmatch(port) or port in (GROUND, "gnd"):
            line.refuse(f"port {port!r} must be a name of letters, digits and _ # !, not ground")
        if ports.count(port) > 1:
            line.refuse(f"port {port!r} is named twice")
    try:
        return name, tuple(ports), {key: _plain(value) for key, value in defaults.items()}
    except ValueError as error:
        line.refuse(f"a parameter default of {name} must be a number: {error}")


def _plain(text: str) -> float:
    expression = parse_expression(text)
    if expression.names:
        raise ValueError(f"{text} uses {expression.names[0]}")
    return expression.evaluate({})


def _element(line: _Line, scope: Mapping[str, float]) -> Element:
    kind = line.text[0]
    if kind == "." or kind not in _FORMS:
        line.refuse(_WHY_NOT.get(kind) or f"{_word(line)} is not allowed in a sub-circuit file; {_ALLOWED}")
    words, given = _split(line)
    name, nodes, model, value = _positions(line, kind, words, given)
    if not _NAME.fullmatch(name):
        line.refuse(f"the name {name!r} must be of letters, digits and _")
    for node in nodes:
        if not _NODE.fullmatch(node):
            line.refuse(f"the node {node!r} must be a name of letters, digits and _ # !")
    if kind != "x":
        _refuse_unknown(line, given, _FORMS[kind][1])
    elif model in TRANSISTORS:
        _check_transistor(line, nodes, given)
    return Element(
        kind=kind,
        name=name,
        nodes=tuple(GROUND if node == "gnd" else node for node in nodes),
        model=model,
        value=None if value is None else _expression(line, value, scope),
        parameters=MappingProxyType({key: _expression(line, text, scope) for key, text in given.items()}),
        line=line.number,
    )


def _positions(
    line: _Line, kind: str, words: list[str], given: dict[str, str]
) -> tuple[str, list[str], str, str | None]:
    """Name, nodes, model and value of an element line; a value given as ``r=5k`` is taken out of ``given``."""
    count, _, form = _FORMS[kind]
    name, *rest = words
    if kind == "x":
        if not rest or not _NAME.fullmatch(rest[-1]):
            line.refuse(f"expected {form}")
        return name, rest[:-1], rest[-1], None
    nodes, values = rest[:count], rest[count:]
    if kind in ("v", "i") and values[:1] == ["dc"]:
        values = values[1:]
    if kind in ("r", "c", "l") and not values and kind in given:
        values = [given.pop(kind)]
    if len(nodes) != count or len(values) != 1:
        line.refuse(f"expected {form}")
    if kind == "d":
        if not _NAME.fullmatch(values[0]):
            line.refuse(f"expected {form}")
        return name, nodes, values[0], None
    return name, nodes, "", values[0]


def _check_transistor(line: _Line, nodes: list[str], given: Mapping[str, str]) -> None:
    if len(nodes) != 4:
        line.refuse(f"a transistor has the four nodes d g s b, found {len(nodes)}")
    _refuse_unknown(line, given, _TRANSISTOR_PARAMETERS)
    for size in ("w", "l"):
        if size not in given:
            line.refuse(f"a transistor must be given its drawn size {size}=…")


def _refuse_unknown(line: _Line, given: Iterable[str], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            line.refuse(f"unknown parameter {key!r}; {close_matches(key, allowed)}")


def _expression(line: _Line, text: str, scope: Mapping[str, float]) -> Expression:
    try:
        expression = parse_expression(text)
    except ValueError as error:
        line.refuse(str(error))
    for name in expression.names:
        if name not in scope:
            line.refuse(f"{text} uses {name!r}, no parameter of the sub-circuit; {close_matches(name, scope)}")
    return expression


def _check_names(elements: Sequence[Element], lines: Sequence[_Line]) -> None:
    seen: set[str] = set()
    for element, line in zip(elements, lines, strict=True):
        if element.name in seen:
            line.refuse(f"the name {element.name!r} is used twice")
        seen.add(element.name)


def _check_nodes(elements: Sequence[Element], ports: Sequence[str], lines: Sequence[_Line]) -> None:
    """Refuse a node that leads nowhere: most often a name that is misspelt."""
    terminals = Counter(node for element in elements for node in element.nodes)
    for port in ports:
        if not terminals[port]:
            lines[0].refuse(f"port {port!r} is not connected to any element")
    for element, line in zip(elements, lines[1:], strict=True):
        for node in element.nodes:
            if terminals[node] == 1 and node not in (*ports, GROUND):
                line.refuse(f"the node {node!r} is connected to nothing else; {close_matches(node, terminals)}")


def _split(line: _Line) -> tuple[list[str], dict[str, str]]:
    """Words of a line, and what follows them as name=value."""
    text, tokens, position = _PARAMS.sub(" ", line.text), [], 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            line.refuse("a brace is not closed, or never opened")
        tokens.append(token[1])
        position = token.end()
    first = tokens.index("=") - 1 if "=" in tokens else len(tokens)
    words, rest = tokens[: max(first, 0)], tokens[max(first, 0) :]
    values: dict[str, str] = {}
    for index in range(0, len(rest), 3):
        key, *value = rest[index : index + 3]
        if not _NAME.fullmatch(key) or len(value) != 2 or value[0] != "=" or value[1] == "=":
            line.refuse(f"expected name=value from {key!r} on")
        if key in values:
            line.refuse(f"parameter {key!r} is given twice")
        values[key] = value[1]
    return words, values


def _logical_lines(text: str, source: str) -> Iterator[_Line]:
    """Lines without comments, continuations joined."""
    number, pending = 0, ""
    for index, raw in enumerate(text.split("\n"), start=1):
        line = raw.rstrip("\r").strip(" \t")
        here = _Line(source=source, number=index, text=line)
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
                yield _Line(source=source, number=number, text=pending)
            number, pending = index, line.lower()
    if pending:
        yield _Line(source=source, number=number, text=pending)
