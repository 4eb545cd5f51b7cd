"""Read the sub-circuits of ``netlists/``: enough SPICE to find every transistor and its drawn size.

One sub-circuit a file, parameters as ``name=default``, instance values as a number or ``{parameter}``: the style that
``netlists/`` keeps. It is a reader for those files, not a SPICE parser; ngspice still reads the file itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from rramsim.errors import InputError
from rramsim.resources import netlist_path
from rramsim.units import spice_number

_ASSIGNMENT = re.compile(r"(\w+)\s*=\s*(\{[^}]*\}|\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A line ``x<name> nodes... device name=value...`` inside a sub-circuit."""

    name: str
    device: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcircuit:
    """One ``.subckt`` with its ports, parameter defaults and the sub-circuits it uses."""

    name: str
    ports: tuple[str, ...]
    parameters: Mapping[str, float]
    instances: tuple[Instance, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transistor:
    """One transistor of a flattened circuit.

    ``path`` is its hierarchical name as ngspice flattens it (``xsa.xmp1``), ``kind`` is ``nfet`` or ``pfet``, sizes
    are drawn gate sizes [m].
    """

    path: str
    kind: str
    width: float
    length: float


@cache
def load_subcircuit(name: str) -> Subcircuit:
    """Sub-circuit in the netlist file ``name``, as ``sense/pcsa.cir``.

    Raises
    ------
    MissingResourceError
        No such file.
    InputError
        The file does not hold exactly one sub-circuit in the style of ``netlists/``.
    """
    path = netlist_path(name)
    return parse_subcircuit(path.read_text(encoding="utf-8"), source=path)


def parse_subcircuit(text: str, *, source: Path) -> Subcircuit:
    """Read the text of a netlist file; ``source`` names it in messages.

    Raises
    ------
    InputError
        The text does not hold exactly one sub-circuit in the style of ``netlists/``.
    """
    lines = list(_logical_lines(text))
    heads = [line for line in lines if line.lower().startswith(".subckt")]
    if len(heads) != 1 or not any(line.lower().startswith(".ends") for line in lines):
        raise InputError(f"{source} must hold exactly one .subckt with its .ends, found {len(heads)}")
    words, _, defaults = heads[0].partition("params:")
    _, name, *ports = words.split()
    try:
        parameters = {key: spice_number(value) for key, value in _ASSIGNMENT.findall(defaults)}
    except ValueError as error:
        raise InputError(f"{source}: a parameter default of {name} must be a number: {error}") from None
    return Subcircuit(
        name=name,
        ports=tuple(ports),
        parameters=MappingProxyType(parameters),
        instances=tuple(_instance(line) for line in lines if line.lower().startswith("x")),
        text=text,
    )


def transistors(
    subcircuit: Subcircuit,
    *,
    path: str,
    values: Mapping[str, float],
    library: Mapping[str, Subcircuit],
) -> tuple[Transistor, ...]:
    """Every transistor below an instance of a sub-circuit.

    Parameters
    ----------
    subcircuit
        What is instantiated.
    path
        Hierarchical name of the instance, as ``xsa``.
    values
        Parameter values of the instance that differ from the defaults, SI.
    library
        The sub-circuits that may be used inside, by name; ``nfet`` and ``pfet`` end the descent.

    Raises
    ------
    InputError
        An instance uses an unknown sub-circuit or parameter.
    """
    scope = {**subcircuit.parameters, **values}
    found: list[Transistor] = []
    for instance in subcircuit.instances:
        inner = {key: _value(text, scope, subcircuit.name) for key, text in instance.values.items()}
        inner_path = f"{path}.{instance.name}"
        if instance.device in ("nfet", "pfet"):
            found.append(Transistor(path=inner_path, kind=instance.device, width=inner["w"], length=inner["l"]))
        elif instance.device in library:
            found += transistors(library[instance.device], path=inner_path, values=inner, library=library)
        else:
            raise InputError(f"sub-circuit {subcircuit.name} uses {instance.device}, which is not among its netlists")
    return tuple(found)


def _value(text: str, scope: Mapping[str, float], where: str) -> float:
    if not text.startswith("{"):
        return spice_number(text)
    name = text.strip("{} ")
    if name not in scope:
        raise InputError(f"sub-circuit {where}: {text} is not one of its parameters ({', '.join(scope)})")
    return scope[name]


def _instance(line: str) -> Instance:
    values = dict(_ASSIGNMENT.findall(line))
    name, *nodes_and_device = _ASSIGNMENT.sub("", line).split()
    return Instance(name=name.lower(), device=nodes_and_device[-1].lower(), values=MappingProxyType(values))


def _logical_lines(text: str) -> Iterator[str]:
    """Lines without comments, continuation lines joined."""
    pending = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith("*"):
            continue
        if line.startswith("+"):
            pending += " " + line[1:]
            continue
        if pending:
            yield pending
        pending = line
    if pending:
        yield pending


def instance_line(name: str, nodes: Iterable[str], device: str, values: Mapping[str, str]) -> str:
    """Text of an instance: the reverse of what this module reads."""
    parameters = "".join(f" {key}={value}" for key, value in values.items())
    return f"{name} {' '.join(nodes)} {device}{parameters}"
