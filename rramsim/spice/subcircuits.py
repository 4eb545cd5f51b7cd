"""A user's PySpice sub-circuit as the text of a netlist file.

PySpice's own text is not used: it writes a sub-circuit's parameters with SI units, which SPICE cannot read
(``cap=1 nF``) or reads otherwise (``r=1 MΩ``). Here every value is a plain number, every name in lower case, and what
has no sure meaning is refused.

Import it only where a PySpice circuit is given: PySpice takes long to import.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from decimal import Decimal
from numbers import Real
from typing import Any

from rramsim.errors import InputError
from rramsim.units import format_number, spice_number

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.BasicElement import SubCircuitElement
    from PySpice.Spice.ElementParameter import (
        ElementNamePositionalParameter,
        FlagParameter,
        InitialStatePositionalParameter,
        KeyValueParameter,
        ModelPositionalParameter,
    )
    from PySpice.Spice.Netlist import Element, SubCircuit, SubCircuitFactory
    from PySpice.Unit.Unit import UnitValue

# First letters of the elements that can be turned: passive ones, sources of constant value, controlled ones, devices.
_LETTERS = "rclviegdmx"
_NAME = re.compile(r"[a-z_]\w*", re.ASCII)
_NODE = re.compile(r"[\w#!]+", re.ASCII)
_GROUND = ("0", "gnd")
_EXPRESSION = re.compile(r"\{[^{}\n]*\}|'[^'\n]*'")
# A number with what follows it, not the digits of a name.
_NUMBER = re.compile(r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]+)", re.ASCII)


def subcircuit_text(circuit: object) -> str:
    """Netlist text of a PySpice sub-circuit: one ``.subckt``, as the netlist files of a circuit have it.

    Parameters
    ----------
    circuit
        An instance of ``PySpice.Spice.Netlist.SubCircuit`` or ``SubCircuitFactory``, or such a class that needs no
        arguments.

    Returns
    -------
    str
        Lower-case names, numbers without units.

    Raises
    ------
    InputError
        It is none, cannot be made, or holds something that has no sure meaning as text: raw SPICE, sub-circuits in it,
        sources that vary with time, texts that SPICE reads otherwise than SI, names that differ in their case only.
    """
    made = _made(circuit)
    name = _name(made.name, "the sub-circuit")
    ports = [_node(port, name) for port in made.external_nodes]
    for port in ports:
        if port in _GROUND:
            raise InputError(f"PySpice sub-circuit {name}: a port cannot be ground (got {port!r})")
    _refuse_parts(made, name)
    elements = [element for element in made.elements if element.enabled]
    _refuse_alike([*made.external_nodes, *(node for e in elements for node in e.node_names)], f"{name}: nodes")
    _refuse_alike((element.name for element in elements), f"{name}: elements")
    _refuse_alike(made.parameters, f"{name}: parameters")
    head = [".subckt", name, *ports, *_assignments(made.parameters.items(), name)]
    models = [_model_line(model, name) for model in made.models]
    lines = [f"* {name}, from PySpice", " ".join(head), *(_element_line(e, name) for e in elements), *models]
    return "\n".join([*lines, f".ends {name}", ""])


def _made(circuit: object) -> Any:
    """The instance, made where a class is given."""
    if isinstance(circuit, type) and issubclass(circuit, SubCircuit):
        if not getattr(circuit, "NAME", "") and issubclass(circuit, SubCircuitFactory):
            raise InputError(f"PySpice sub-circuit {circuit.__name__}: NAME is not given")
        try:
            return circuit()
        except Exception as error:  # whatever the user's own class raises
            reason = f"{type(error).__name__}: {error}"
            raise InputError(
                f"PySpice sub-circuit {circuit.__name__} cannot be made without arguments: {reason}"
            ) from error
    if isinstance(circuit, SubCircuit):
        return circuit
    raise InputError(f"expected a SubCircuit or SubCircuitFactory of PySpice, or a class of them, got {circuit!r}")


def _refuse_parts(made: Any, name: str) -> None:
    if made.raw_spice:
        raise InputError(f"PySpice sub-circuit {name}: raw_spice is not read (got {made.raw_spice!r}); add elements")
    inner = [str(key) for key in made.subcircuit_names]
    if inner:
        raise InputError(f"PySpice sub-circuit {name}: sub-circuits in it must be given on their own (got {inner})")


def _element_line(element: Any, circuit: str) -> str:
    where = f"PySpice sub-circuit {circuit}, element {element.name}"
    kind = element.name[0].lower()
    if kind not in _LETTERS:
        raise InputError(f"{where}: elements {' '.join(_LETTERS)} can be turned into text, not {kind!r}")
    if type(element).format_spice_parameters not in (
        Element.format_spice_parameters, SubCircuitElement.format_spice_parameters
    ):  # fmt: skip
        raise InputError(f"{where}: a {type(element).__name__} varies with time, which a circuit's parts must not")
    if element.raw_spice:
        raise InputError(f"{where}: raw_spice is not read (got {element.raw_spice!r})")
    nodes = [_node(node, where) for node in element.node_names]
    words = [_parameter(parameter, element, where) for parameter in element.parameter_iterator()]
    if not words:
        raise InputError(f"{where}: it has no value")
    if isinstance(element, SubCircuitElement):
        words += _assignments(sorted(element.parameters.items()), where)
    return " ".join([_name(element.name, where), *nodes, *words])


def _parameter(parameter: Any, element: Any, where: str) -> str:
    """One of an element's parameters, as PySpice describes them."""
    if isinstance(parameter, FlagParameter | InitialStatePositionalParameter):
        return str(parameter.to_str(element))
    value = getattr(element, parameter.attribute_name)
    if isinstance(parameter, ElementNamePositionalParameter | ModelPositionalParameter):
        return _name(value, where)
    if isinstance(parameter, KeyValueParameter):
        return f"{_name(parameter.spice_name, where)}={_value(value, f'{where}, {parameter.spice_name}')}"
    return _value(value, where)


def _model_line(model: Any, circuit: str) -> str:
    where = f"PySpice sub-circuit {circuit}, model {model.name}"
    values = _assignments(((key, model[key]) for key in sorted(model.parameters)), where)
    return f".model {_name(model.name, where)} {_name(model.model_type, where)} ({' '.join(values)})"


def _assignments(items: Iterable[tuple[str, object]], where: str) -> list[str]:
    return [f"{_name(key, where)}={_value(value, f'{where}, {key}')}" for key, value in items]


def _value(value: object, where: str) -> str:
    """A value as a plain number or an expression."""
    if isinstance(value, UnitValue):
        # By its decimal digits, so that 7 µ is the float 7e-6 and not 7 times 1e-6.
        value = float(Decimal(repr(float(value.value))).scaleb(value.power.power))
    try:
        if isinstance(value, Real):  # also True and False, which SPICE writes 1 and 0
            return format_number(float(value))
        if isinstance(value, str):
            return _text(value.strip())
        if isinstance(value, tuple | list):
            return ",".join(_value(one, where) for one in value)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{where}: {error}") from None
    raise InputError(f"{where}: expected a number, a quantity of PySpice or an expression in braces, got {value!r}")


def _text(text: str) -> str:
    """A value that the user wrote as SPICE text."""
    for match in _NUMBER.finditer(text):
        digits, suffix = match.groups()
        mega = suffix.lower().startswith("meg")
        # A capital F or A is a unit to a physicist, and femto or atto to SPICE; so is P pico and M milli.
        if (suffix[0] in "MPFA" and not mega) or suffix.lower().startswith(("farad", "amp")):
            read = spice_number(digits + suffix)
            raise ValueError(f"{match[0]!r} is {read:g} to SPICE, which has no case; write it with an exponent")
    if _EXPRESSION.fullmatch(text) and text.isascii():
        return text.lower()
    try:
        return format_number(spice_number(text))
    except ValueError:
        raise ValueError(f"{text!r} is neither a number nor an expression in braces") from None


def _name(value: object, where: str) -> str:
    text = str(value).lower()
    if value is None or not _NAME.fullmatch(text):
        raise InputError(f"{where}: a name must be of ASCII letters, digits and _, got {value!r}")
    return text


def _node(value: object, where: str) -> str:
    text = str(value).lower()
    if not _NODE.fullmatch(text):
        raise InputError(f"{where}: a node must be a name of ASCII letters, digits and _ # !, got {value!r}")
    return text


def _refuse_alike(names: Iterable[object], what: str) -> None:
    """Refuse names that PySpice tells apart and SPICE does not."""
    seen: dict[str, str] = {}
    for name in map(str, names):
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise InputError(f"PySpice sub-circuit {what} {other!r} and {name!r} are the same to SPICE")
