"""Measured resistances of a user's own: one column of a CSV file, whose unit its name or the study tells."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rramsim.devices.marginals import Sample
from rramsim.errors import InputError, close_matches
from rramsim.files import content_id

#: Factor to SI of each unit, and whether it is one of conductance.
UNITS = {
    "ohm": (1.0, False), "kohm": (1e3, False), "megohm": (1e6, False),
    "s": (1.0, True), "ms": (1e-3, True), "us": (1e-6, True), "ns": (1e-9, True),
}  # fmt: skip

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_HEADER = re.compile(r"[A-Za-z0-9_.() -]+")
_LEAST, _MOST = 1.0, 1e12  # of a resistance that a memory device may have [Ω]
_LARGEST = 10**6  # rows


def read_resistances(path: Path, *, column: str | None, unit: str | None) -> Sample:
    """Read one column of measured resistances or conductances.

    Parameters
    ----------
    path
        A CSV file: a line of headers, then one line a value; lines that begin with ``#`` are left out.
    column
        Which column; None for the only one.
    unit
        One of :data:`UNITS`; None where the header ends in one, after an underscore, as ``r_lrs_kohm``.

    Returns
    -------
    Sample
        Logarithms of the resistances [ln Ω].

    Raises
    ------
    InputError
        The file cannot be read, the column or its unit is unknown, or a value is no resistance of a memory device: the
        message names file, line and value.
    """
    lines = _lines(path)
    number, headers = next(lines, (1, []))
    for header in headers:
        if not _HEADER.fullmatch(header):
            raise InputError(f"{path.name}, line {number}: {header!r} is no header; columns are separated by commas")
    if column is None:
        if len(headers) != 1:
            raise InputError(f"{path.name} has several columns: name one of {', '.join(headers)} as column")
        column = headers[0]
    if headers.count(column) != 1:
        raise InputError(f"{path.name} must have one column {column!r}; {close_matches(column, headers)}")
    scale, conductance = UNITS[_unit(path, column, unit)]
    index = headers.index(column)
    values = []
    for number, cells in lines:
        if len(cells) != len(headers):
            raise InputError(f"{path.name}, line {number}: {len(cells)} values, {len(headers)} are expected")
        values.append(_resistance(f"{path.name}, line {number}, {column}", cells[index], scale, conductance))
        if len(values) > _LARGEST:
            raise InputError(f"{path.name} has more than {_LARGEST:,} rows")
    values.sort()
    return Sample(logs=np.log(np.array(values)), digest=content_id({"ohm": values}))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that says something."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is not UTF-8 text: {error.reason} at byte {error.start}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read: {getattr(error, 'strerror', error)}") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if cells and not cells[0].startswith("#"):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}: is not CSV: {error}") from None


def _unit(path: Path, column: str, unit: str | None) -> str:
    told = column.lower().rpartition("_")[2] if "_" in column else ""
    if unit is None and told not in UNITS:
        raise InputError(
            f"{path.name}: the unit of {column!r} is not told: say it by the header's end, as r_kohm or g_us, or by "
            f"the key unit: {', '.join(UNITS)}"
        )
    if unit is not None and told in UNITS and unit != told:
        raise InputError(f"{path.name}: the header {column!r} tells another unit than the key unit, {unit!r}")
    return unit or told


def _resistance(where: str, text: str, scale: float, conductance: bool) -> float:
    """Resistance of a cell [Ω]."""
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{where}: {text!r} is not a number above 0")
    found = 1 / (value * scale) if conductance and value * scale > 0 else value * scale
    if not _LEAST <= found <= _MOST:
        raise InputError(
            f"{where}: {text!r} is {found:.3g} Ω; a device has {_LEAST:g} Ω to {_MOST:g} Ω: is the unit right?"
        )
    return found
