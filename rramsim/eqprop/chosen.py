"""Values of a file that choose something of a catalog: its name, or a table of its ``kind`` and what it takes.

What a thing takes are the fields of its class: a new one needs no line here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, PlainValidator, StrictBool, StrictInt, create_model

from rramsim.eqprop.estimators.catalog import ESTIMATORS
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.pooling.catalog import POOLS
from rramsim.eqprop.pooling.pool import AbstractPool
from rramsim.errors import NetworkError, close_matches
from rramsim.quantities import Number
from rramsim.validation import Section, nested

T = TypeVar("T")
_PLAIN: Mapping[Any, Any] = {int: StrictInt, float: Number, bool: StrictBool}
# What is chosen in the table of something that is chosen.
_WITHIN: Mapping[Any, tuple[str, Mapping[str, type[Any]]]] = {
    AbstractPool: ("pooling", POOLS),
    AbstractEstimator: ("estimator", ESTIMATORS),
}


def chosen(what: str, catalog: Mapping[str, type[Any]]) -> Any:
    """Type of a key that chooses something of a catalog.

    Parameters
    ----------
    what
        What it chooses, for messages.
    catalog
        Classes by name; the fields of each are what it takes.
    """
    return Annotated[Any, PlainValidator(partial(make, what, catalog))]


def make(what: str, catalog: Mapping[str, type[T]], value: Any) -> T:
    """What a value of a file chooses.

    Parameters
    ----------
    what
        What it is, for messages.
    catalog
        Classes by name.
    value
        A name, or a table with a ``kind`` and fields of its class; something that was made already is taken as it is.

    Raises
    ------
    NetworkError
        It is neither, or its ``kind`` is unknown.
    ValidationError
        A field is missing, unknown or of another type.
    """
    for known in catalog.values():
        if isinstance(value, known):
            return value
    table = {"kind": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("kind"), str):
        raise NetworkError(f'write the name of a {what}, or a table as {{ kind = "…" }}; known: {", ".join(catalog)}')
    try:
        cls = catalog[table["kind"]]
    except KeyError:
        raise NetworkError(f"unknown {what} {table['kind']!r}; {close_matches(table['kind'], catalog)}") from None
    given = {key: item for key, item in table.items() if key != "kind"}
    read = nested(_section(cls), given)
    return cls(**{name: getattr(read, name) for name in given})


class _Fields(Section):
    model_config = ConfigDict(arbitrary_types_allowed=True)


def _section(cls: type[Any]) -> type[_Fields]:
    """Fields of a class as keys of a table."""
    hints = get_type_hints(cls)
    keys: dict[str, Any] = {}
    for field in fields(cls):
        free = field.default is not MISSING or field.default_factory is not MISSING
        keys[field.name] = (_strict(hints[field.name]), None if free else ...)
    return create_model(cls.__name__, __base__=_Fields, **keys)


def _strict(hint: Any) -> Any:
    """The type as a file has it: whole numbers are whole, and what has a catalog is chosen."""
    if hint in _WITHIN:
        return chosen(*_WITHIN[hint])
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(_strict(part) for part in get_args(hint))]  # noqa: UP007 - made of values
    if get_origin(hint) is dict:
        key, value = get_args(hint)
        return dict[key, _strict(value)]  # type: ignore[misc, valid-type]
    if get_origin(hint) is tuple:
        return tuple[tuple(_strict(part) for part in get_args(hint))]  # type: ignore[misc]
    return _PLAIN.get(hint, hint)
