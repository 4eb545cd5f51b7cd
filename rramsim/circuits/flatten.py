"""Take a hierarchy of sub-circuits apart into single elements, named as ngspice names them.

An instance ``xmn1`` in an instance ``xsa`` is ``xsa.xmn1``, an inner net ``n1`` is ``xsa.n1``; to alter an element
other than an instance ngspice wants its letter before that, ``r.xcell.xbl.rmem`` (manual, section 2.5.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from rramsim.circuits.expression import Expression
from rramsim.circuits.netlist import GROUND, TRANSISTORS, Element, Subcircuit
from rramsim.errors import InputError, close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatElement:
    """One element of a flattened circuit; values are evaluated, SI.

    ``path`` is its hierarchical name, ``nodes`` are nets of the top level or hierarchical names, ``value`` is None
    for instances and diodes, ``model`` is empty for everything else.
    """

    path: str
    kind: str
    nodes: tuple[str, ...]
    model: str
    value: float | None
    parameters: Mapping[str, float]

    @property
    def handle(self) -> str:
        """What ngspice calls it when it is altered."""
        return self.path if self.kind == "x" else f"{self.kind}.{self.path}"


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


def flatten(
    subcircuit: Subcircuit,
    *,
    path: str,
    nodes: Sequence[str],
    values: Mapping[str, float],
    library: Mapping[str, Subcircuit],
) -> tuple[FlatElement, ...]:
    """Every element below an instance of a sub-circuit, in the order of its lines.

    Parameters
    ----------
    subcircuit
        What is instantiated.
    path
        Hierarchical name of the instance, as ``xsa``.
    nodes
        Nets that its ports are connected to.
    values
        Parameter values of the instance that differ from the defaults, SI.
    library
        The sub-circuits that may be used inside, by name; ``nfet`` and ``pfet`` end the descent.

    Raises
    ------
    InputError
        An instance uses an unknown sub-circuit or parameter, has another number of nodes than the sub-circuit has
        ports, or is inside itself; a value cannot be evaluated, a transistor's size or a resistance is not above 0, a
        capacitance or an inductance is negative.
    """
    nets = dict(zip(subcircuit.ports, nodes, strict=True)) | {GROUND: GROUND}
    scope = {**subcircuit.parameters, **values}
    return tuple(_below(subcircuit, path, nets, scope, library, (subcircuit.name,)))


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
    subcircuit, path, values, library
        As in :func:`flatten`.

    Raises
    ------
    InputError
        As :func:`flatten`.
    """
    elements = flatten(subcircuit, path=path, nodes=subcircuit.ports, values=values, library=library)
    return transistors_among(elements)


def transistors_among(elements: Sequence[FlatElement]) -> tuple[Transistor, ...]:
    """The transistors among flattened elements, in the same order.

    Parameters
    ----------
    elements
        Elements as :func:`flatten` returns them: every instance left is a transistor with ``w`` and ``l`` [m].
    """
    return tuple(
        Transistor(path=e.path, kind=e.model, width=e.parameters["w"], length=e.parameters["l"])
        for e in elements
        if e.kind == "x"
    )


def _below(
    subcircuit: Subcircuit,
    path: str,
    nets: Mapping[str, str],
    scope: Mapping[str, float],
    library: Mapping[str, Subcircuit],
    inside: tuple[str, ...],
) -> Iterator[FlatElement]:
    for element in subcircuit.elements:
        here = f"{path}.{element.name}"
        nodes = tuple(nets.get(node, f"{path}.{node}") for node in element.nodes)
        values = {key: _value(value, scope, subcircuit, element) for key, value in element.parameters.items()}
        if element.kind == "x" and element.model not in TRANSISTORS:
            inner = _instantiated(subcircuit, element, library, inside)
            inner_nets = dict(zip(inner.ports, nodes, strict=True)) | {GROUND: GROUND}
            inner_scope = {**inner.parameters, **values}
            yield from _below(inner, here, inner_nets, inner_scope, library, (*inside, inner.name))
            continue
        for size in ("w", "l"):
            if element.kind == "x" and values[size] <= 0:
                _refuse(subcircuit, element, f"{size} must be above 0, it is {values[size]:g}")
        value = None if element.value is None else _value(element.value, scope, subcircuit, element)
        if value is not None and element.kind in "rlc" and (value < 0 or (value == 0 and element.kind == "r")):
            what = "a resistance must be above 0" if element.kind == "r" else "the value must not be negative"
            _refuse(subcircuit, element, f"{what}, it is {value:g}")
        yield FlatElement(
            path=here,
            kind=element.kind,
            nodes=nodes,
            model=element.model,
            value=value,
            parameters=MappingProxyType(values),
        )


def _instantiated(
    subcircuit: Subcircuit, element: Element, library: Mapping[str, Subcircuit], inside: tuple[str, ...]
) -> Subcircuit:
    inner = library.get(element.model)
    if inner is None:
        known = close_matches(element.model, (*library, *TRANSISTORS))
        _refuse(subcircuit, element, f"uses {element.model}, which is not among its netlists; {known}")
    if inner.name in inside:
        _refuse(subcircuit, element, f"sub-circuit {inner.name} is inside itself")
    if len(inner.ports) != len(element.nodes):
        ports = " ".join(inner.ports)
        _refuse(subcircuit, element, f"{inner.name} has the ports {ports}, found {len(element.nodes)} nodes")
    for key in element.parameters:
        if key not in inner.parameters:
            known = close_matches(key, inner.parameters)
            _refuse(subcircuit, element, f"{inner.name} has no parameter {key!r}; {known}")
    return inner


def _value(value: Expression, scope: Mapping[str, float], subcircuit: Subcircuit, element: Element) -> float:
    try:
        return value.evaluate(scope)
    except ValueError as error:
        _refuse(subcircuit, element, str(error))


def _refuse(subcircuit: Subcircuit, element: Element, message: str) -> NoReturn:
    where = f"{subcircuit.source}, line {element.line}"
    raise InputError(f"{where}: {element.name} of sub-circuit {subcircuit.name}: {message}")
