"""Things by their names, and what is said of a name that nothing has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from rramsim.errors import NetworkError, close_matches

T = TypeVar("T")


def by_name(kind: str, name: str, known: Mapping[str, T]) -> T:
    """What has a name.

    Parameters
    ----------
    kind
        Of what there is, for the message.
    name
        Which.
    known
        All that there is.

    Raises
    ------
    NetworkError
        Nothing has it.
    """
    try:
        return known[name]
    except KeyError:
        raise NetworkError(f"unknown {kind} {name!r}; {close_matches(name, known)}") from None
