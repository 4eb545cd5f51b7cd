"""The lines of a CSV file of the user's: what a spreadsheet made of it is told apart from a table that is no table."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable
from pathlib import Path

_SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'", " ": "spaces"}
_COMMAS = "write commas between them, and decimal points"


def read_lines(path: Path, names: Iterable[str]) -> list[list[str]]:
    """Values of each line of a CSV file, the header first.

    Not by pandas: it guesses what a column holds, shifts rows that are too long and fills those that are too short.

    Parameters
    ----------
    path
        The file: UTF-8, with or without a byte-order mark.
    names
        Headers that it must have, to find out how they are separated.

    Raises
    ------
    ValueError
        It cannot be read as comma-separated text; says what it is instead.
    OSError
        It cannot be read at all.
    """
    content = path.read_bytes()
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content[:4]:
        raise ValueError("it is UTF-16 text; save it as UTF-8")
    text = content.decode("utf-8-sig")
    if not text.strip():
        raise ValueError("it is empty")
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    header = ",".join(lines[0])
    if header.strip('"').lower().startswith("sep="):  # by which a spreadsheet is told
        raise ValueError(f"its first line is {header!r}; leave it out: the columns are separated by commas")
    known = set(names)
    for separator, called in _SEPARATORS.items():
        if len(lines[0]) == 1 and len(known & {part.strip('" ') for part in header.split(separator)}) > 1:
            raise ValueError(f"its columns are separated by {called}; {_COMMAS}")
    return lines
