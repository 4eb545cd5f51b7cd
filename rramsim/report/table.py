"""A table of the page, as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rramsim.report.numbers import plain_value


class Kind(StrEnum):
    """How a column is set; the values are the classes of the page's style sheet."""

    TEXT = "t"
    NUMBER = "n"
    CODE = "id"
    LONG = "long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Texts with a caption.

    Parameters
    ----------
    name
        Id of the table in the page.
    caption
        What it shows, with the meaning of its intervals.
    columns
        Heading and kind of each column; a table of keys and values has empty headings.
    rows
        Texts, one for each column. The first column names the row.
    """

    name: str
    caption: str
    columns: tuple[tuple[str, Kind], ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def headed(self) -> bool:
        """Whether the columns have headings."""
        return any(heading for heading, _ in self.columns)


def key_values(name: str, caption: str, data: Mapping[str, Any], *, kind: Kind = Kind.TEXT) -> Table:
    """Table of a flat mapping, units from the suffixes of its keys."""
    rows = tuple((label(key), plain_value(key, value)) for key, value in data.items())
    return Table(name=name, caption=caption, columns=(("", Kind.TEXT), ("", kind)), rows=rows)


def flattened(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Dotted keys of nested mappings; lists of mappings are numbered from 1.

    Examples
    --------
    >>> flattened({"ber": {"max_trials": 200}, "network": [{"name": "a"}]})
    {'ber.max_trials': 200, 'network.1.name': 'a'}
    """
    flat: dict[str, Any] = {}
    for key, value in data.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping):
            flat |= flattened(value, f"{path}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            flat |= flattened({str(index): item for index, item in enumerate(value, start=1)}, f"{path}.")
        else:
            flat[path] = value
    return flat


def label(key: str) -> str:
    """Key without the suffix that names its unit, which stands at the value.

    Examples
    --------
    >>> label("t_sense_s"), label("a_vt_v_m.nfet"), label("seed"), label("read.v_word_line_v")
    ('t_sense', 'a_vt.nfet', 'seed', 'read.v_word_line')
    """
    head, dot, tail = key.partition("_v_m.")
    if dot:
        return f"{head}.{tail}"
    for suffix in ("_v_m", "_ohm", "_f", "_s", "_m", "_v", "_c", "_j", "_a"):
        if key.endswith(suffix):
            return key.removesuffix(suffix)
    return key


def table_of(name: str, caption: str, columns: Iterable[tuple[str, Kind]], rows: Iterable[Iterable[str]]) -> Table:
    """Table from any iterables.

    Raises
    ------
    ValueError
        A row has more or fewer texts than there are columns.
    """
    headings, body = tuple(columns), tuple(tuple(row) for row in rows)
    if any(len(row) != len(headings) for row in body):
        raise ValueError(f"table {name}: every row needs {len(headings)} texts")
    return Table(name=name, caption=caption, columns=headings, rows=body)
