"""A deck that has commands of its own, run in the shared library and by the plain program: what each prints.

Such a deck is a program with the rights of the user, as a script is: it is run because its user asks for that.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from rramsim.errors import InputError, NgspiceTimeoutError
from rramsim.spice.library import load_shared

_PRINTED = re.compile(r"^\s*(?:\w+\.)?(\w+)\s*=\s*(\S+)\s*$", re.MULTILINE)
_FLAGS = re.compile(r"^\* run: ngspice -n (?:-D (ngbehavior=\w+) )?-b FILE$", re.MULTILINE)
_SECONDS = 600.0


def run_by_program(path: Path) -> dict[str, str] | None:
    """Run a deck by the program of ngspice.

    Parameters
    ----------
    path
        The deck.

    Returns
    -------
    dict or None
        What it printed as ``NAME = VALUE``; None where the program is not on the path.

    Raises
    ------
    InputError
        The deck cannot be read.
    NgspiceTimeoutError
        It takes more than ten minutes.
    """
    program = shutil.which("ngspice")
    if program is None:
        return None
    mode = _mode(_text(path))
    with tempfile.TemporaryDirectory(prefix="rramsim-") as folder:
        command = [program, "-n", *(["-D", mode] if mode else []), "-b", str(path.absolute())]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NgspiceTimeoutError(f"ngspice -b {path} did not end within {_SECONDS:g} s") from None
    return printed(done.stdout.splitlines())


def run_by_library(path: Path) -> dict[str, str]:
    """Run a deck in the shared library, loaded by this process for that: its ``quit`` ends the library.

    Parameters
    ----------
    path
        The deck.

    Returns
    -------
    dict
        What it printed as ``NAME = VALUE``.

    Raises
    ------
    InputError
        The deck cannot be read, or ngspice could not be told its path.
    NgspiceNotFoundError
        The shared library is missing or cannot be loaded.
    """
    mode = _mode(_text(path))
    with tempfile.TemporaryDirectory(prefix="rramsim-") as folder:
        copy = Path(folder, "deck.cir")  # a path that ngspice's interpreter takes for one word
        copy.write_bytes(path.read_bytes())
        shared = load_shared()
        if mode:
            shared.command(f"set {mode}")
        return printed(shared.source(copy))


def printed(lines: Iterable[str]) -> dict[str, str]:
    """What a deck printed as ``NAME = VALUE``, by name; the last of each.

    Parameters
    ----------
    lines
        Its output.

    Examples
    --------
    >>> printed(["tran1.margin_v = 5.9e-01", "No. of Data Rows : 61", "outcome = +1"])
    {'margin_v': '5.9e-01', 'outcome': '+1'}
    """
    return {match[1]: match[2] for line in lines if (match := _PRINTED.fullmatch(line))}


def _mode(text: str) -> str:
    found = _FLAGS.search(text)
    return found[1] or "" if found else ""


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
