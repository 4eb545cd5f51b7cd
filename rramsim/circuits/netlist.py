"""Read a netlist file: one sub-circuit, every line of it understood or refused.

A line that was passed over would still be simulated: a transistor that is not seen would have no mismatch. So this
reader takes less than ngspice does, and what it takes it reads as ngspice does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rramsim.circuits.expression import Expression, parse_expression
from rramsim.circuits.netlist_lines import NAME, Line, logical_lines
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


@cache
def load_subcircuit(name: str) -> Subcircuit:
    """Sub-circuit in a built-in netlist file.

    Parameters
    ----------
    name
        Path of the file below ``netlists/``, as ``sense/pcsa.cir``.

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
    lines = list(logical_lines(text, str(source)))
    heads = [line for line in lines if line.first == ".subckt"]
    ends = [line for line in lines if line.first == ".ends"]
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
    """Text of an instance: the reverse of what this module reads.

    Parameters
    ----------
    name
        Of the instance, beginning with the letter of its kind: ``x``, or ``m`` for a transistor of a ``.model``.
    nodes
        What its terminals are connected to, in their order.
    device
        Sub-circuit or model.
    values
        Values of its parameters as SPICE text, numbers or ``{…}``.
    """
    parameters = "".join(f" {key}={value}" for key, value in values.items())
    return f"{name} {' '.join(nodes)} {device}{parameters}"


def _head(line: Line) -> tuple[str, tuple[str, ...], dict[str, float]]:
    words, defaults = line.split()
    if len(words) < 2 or not NAME.fullmatch(words[1]):
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


def _element(line: Line, scope: Mapping[str, float]) -> Element:
    kind = line.text[0]
    if kind == "." or kind not in _FORMS:
        line.refuse(_WHY_NOT.get(kind) or f"{line.first} is not allowed in a sub-circuit file; {_ALLOWED}")
    words, given = line.split()
    name, nodes, model, value = _positions(line, kind, words, given)
    if not NAME.fullmatch(name):
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
    line: Line, kind: str, words: list[str], given: dict[str, str]
) -> tuple[str, list[str], str, str | None]:
    """Name, nodes, model and value of an element line; a value given as ``r=5k`` is taken out of ``given``."""
    count, _, form = _FORMS[kind]
    if not words:
        line.refuse(f"expected {form}")
    name, *rest = words
    if kind == "x":
        if not rest or not NAME.fullmatch(rest[-1]):
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
        if not NAME.fullmatch(values[0]):
            line.refuse(f"expected {form}")
        return name, nodes, values[0], None
    return name, nodes, "", values[0]


def _check_transistor(line: Line, nodes: list[str], given: Mapping[str, str]) -> None:
    if len(nodes) != 4:
        line.refuse(f"a transistor has the four nodes d g s b, found {len(nodes)}")
    _refuse_unknown(line, given, _TRANSISTOR_PARAMETERS)
    for size in ("w", "l"):
        if size not in given:
            line.refuse(f"a transistor must be given its drawn size {size}=…")


def _refuse_unknown(line: Line, given: Iterable[str], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            line.refuse(f"unknown parameter {key!r}; {close_matches(key, allowed)}")


def _expression(line: Line, text: str, scope: Mapping[str, float]) -> Expression:
    try:
        expression = parse_expression(text)
    except ValueError as error:
        line.refuse(str(error))
    for name in expression.names:
        if name not in scope:
            line.refuse(f"{text} uses {name!r}, no parameter of the sub-circuit; {close_matches(name, scope)}")
    return expression


def _check_names(elements: Sequence[Element], lines: Sequence[Line]) -> None:
    seen: set[str] = set()
    for element, line in zip(elements, lines, strict=True):
        if element.name in seen:
            line.refuse(f"the name {element.name!r} is used twice")
        seen.add(element.name)


def _check_nodes(elements: Sequence[Element], ports: Sequence[str], lines: Sequence[Line]) -> None:
    """Refuse a node that leads nowhere: most often a name that is misspelt."""
    terminals = Counter(node for element in elements for node in element.nodes)
    for port in ports:
        if not terminals[port]:
            lines[0].refuse(f"port {port!r} is not connected to any element")
    for element, line in zip(elements, lines[1:], strict=True):
        for node in element.nodes:
            if terminals[node] == 1 and node not in (*ports, GROUND):
                line.refuse(f"the node {node!r} is connected to nothing else; {close_matches(node, terminals)}")
