"""Options of ngspice that a technology may set, in its file or in its library.

ngspice takes an option for the whole deck, whatever sub-circuit or condition it stands in, and one that it does not
know for a variable of its interpreter. Some change which points a simulation keeps. So only those of models and
equations are taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from rramsim.circuits.technology.statements import Statement
from rramsim.errors import close_matches

OPTION_CARDS = (".option", ".options", ".opt")
_OPTION = re.compile(r"([a-z][a-z0-9_]*)(?:=[-+0-9.a-z]+)?", re.ASCII | re.IGNORECASE)
# Those that change how models or equations are read and solved; not what is printed, nor the temperature.
_OPTIONS = (
    "abstol", "badmos3", "bypass", "chgtol", "convabsstep", "convlimit", "convstep", "cshunt", "defad", "defas",
    "defl", "defw", "delmin", "gmin", "gminsteps", "gshunt", "itl1", "itl2", "itl3", "itl4", "itl5", "itl6", "itl7",
    "maxevtiter", "maxopalter", "maxord", "method", "minbreak", "noopac", "noopalter", "noopiter", "oldlimit",
    "pivrel", "pivtol", "ramptime", "reltol", "rshunt", "scale", "scalm", "srcsteps", "tnom", "trtol",
    "trytocompact", "vntol", "xmu",
)  # fmt: skip


def option_name(text: str) -> str:
    """Name of an option as a technology file gives it, in lower case.

    Parameters
    ----------
    text
        ``option=value``, or its name alone.

    Raises
    ------
    ValueError
        It is none that may be set.
    """
    match = _OPTION.fullmatch(text)
    if not match or match[1].lower() not in _OPTIONS:
        name = match[1].lower() if match else text
        raise ValueError(f"{text!r} is no option=value that may be set; {close_matches(name, _OPTIONS)}")
    return match[1].lower()


def taken_options(statement: Statement, given: Collection[str]) -> tuple[Statement | None, str]:
    """What of a library's options is taken.

    Parameters
    ----------
    statement
        One of ``OPTION_CARDS``.
    given
        Names of those that the technology file sets, which count.

    Returns
    -------
    tuple
        The statement with what is taken, None for nothing; and a line about what is left out, empty for nothing.

    Raises
    ------
    InputError
        It sets the temperature, or a value cannot be read.
    """
    _, *rest = statement.line.split(None, 1)
    taken, left = [], []
    for word in re.sub(r"\s*=\s*", "=", " ".join(rest)).replace(",", " ").split():
        name = word.partition("=")[0]
        if name == "temp":
            statement.refuse("option temp: the temperature is the study's")
        if name not in _OPTIONS or name in given:
            left.append(word)
        elif _OPTION.fullmatch(word):
            taken.append(word)
        else:
            statement.refuse(f"option {name}: the value must be a number or a name")
    if not left:
        return statement, ""
    note = f"{statement.place}: options of no model, or that the technology file sets, are left out: {', '.join(left)}"
    text = f".options {' '.join(taken)}"
    return Statement(path=statement.path, number=statement.number, text=text) if taken else None, note
