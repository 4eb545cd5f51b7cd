"""What a deck needs of ngspice before it is read, written at its head as comments.

A setting of the interpreter, not of a circuit: the engine obeys these lines and nothing else in a comment, and undoes
for the next deck what this one asked for.
"""

from __future__ import annotations

import re

# ngspice's own spellings (manual, section 12.14.1), in any combination: HSPICE, PSPICE, LTspice, KiCad, EAGLE, …
COMPATIBILITY = re.compile(r"(?:a|hs|ps|lt|ki|eg|s3|spe|ll|xs|va|mc)+")
_HEAD = "* needs ngbehavior="


def compatibility_line(mode: str) -> str:
    r"""Line of a deck that is read in a compatibility mode.

    Parameters
    ----------
    mode
        As ngspice's ``ngbehavior``.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> compatibility_line("hsa")
    '* needs ngbehavior=hsa\n'
    """
    if not COMPATIBILITY.fullmatch(mode):
        raise ValueError(f"no compatibility mode of ngspice: {mode!r}")
    return f"{_HEAD}{mode}\n"


def needed_commands(deck: str) -> str:
    r"""Commands that ngspice must be given before it reads a deck.

    Parameters
    ----------
    deck
        Its text.

    Examples
    --------
    >>> needed_commands("* title\n* needs ngbehavior=hsa\nr1 a 0 1\n"), needed_commands("* title\n")
    ('set ngbehavior=hsa', 'unset ngbehavior')
    """
    found = re.search(rf"^{re.escape(_HEAD)}(\w+)$", deck, re.MULTILINE)
    mode = found[1] if found and COMPATIBILITY.fullmatch(found[1]) else ""
    return f"set ngbehavior={mode}" if mode else "unset ngbehavior"
