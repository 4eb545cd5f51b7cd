"""Folder that ngspice simulates in, so that what its models write lands in none of the user's.

BSIM3 and BSIM4 write what they think of odd parameters into the current folder (``bsim4.out``, ``b4v5.out``, …) when a
circuit is set up to run. Decks are loaded in the user's folder, where a relative ``.include`` starts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_folder: Path | None = None


def simulate_in(folder: str) -> None:
    """Let ngspice simulate in a folder from now on, in this process, which nothing else shares the current folder of.

    Parameters
    ----------
    folder
        The folder, absolute, made here; who names it removes it. Empty, or where it cannot be made: the current one.
    """
    global _folder
    _folder = Path(folder) if folder else None
    if _folder is not None:
        try:
            _folder.mkdir(parents=True, exist_ok=True)
        except OSError:  # a full disk
            _folder = None


@contextmanager
def simulating() -> Iterator[None]:
    """Go to the folder of :func:`simulate_in`, and back at the end."""
    if _folder is None:
        yield
        return
    try:
        here = os.open(".", os.O_RDONLY)
    except OSError:  # it is gone, or may not be read: there is no way back to it
        yield
        return
    try:
        os.chdir(_folder)
        yield
    finally:
        os.fchdir(here)
        os.close(here)
