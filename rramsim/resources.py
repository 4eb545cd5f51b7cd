"""Where the data folders ``netlists/`` and ``device_models/`` lie, and what this machine has.

In an installed wheel they are inside the package; in a checkout (also an editable install) beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

from rramsim.errors import MissingResourceError, close_matches

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent


def data_root(kind: str) -> Path:
    """Folder of data files.

    Parameters
    ----------
    kind
        ``netlists`` or ``device_models``.

    Raises
    ------
    MissingResourceError
        The installation lacks the folder.
    """
    packaged = _PACKAGE / kind
    if packaged.is_dir():
        return packaged
    checkout = _CHECKOUT / kind
    if (_CHECKOUT / "pyproject.toml").is_file() and checkout.is_dir():
        return checkout
    raise MissingResourceError(f"the data folder {kind!r} is missing: looked in {packaged} and {checkout}")


def netlist_path(name: str) -> Path:
    """Path of a built-in netlist.

    Parameters
    ----------
    name
        Its path below ``netlists/``, as ``cells/cell_2t2r.cir``.

    Raises
    ------
    MissingResourceError
        No such netlist; the message lists close names.
    """
    return _file("netlists", name, "*.cir")


def technology_path(name: str) -> Path:
    """Path of a built-in technology file.

    Parameters
    ----------
    name
        Its name without the ending, as ``generic_130nm_5v``.

    Raises
    ------
    MissingResourceError
        No such technology; the message lists close names.
    """
    return _card("cmos", name, "technology")


def device_card_path(name: str) -> Path:
    """Path of a built-in card of a memory device.

    Parameters
    ----------
    name
        Its name without the ending, as ``stanford``.

    Raises
    ------
    MissingResourceError
        No such card; the message lists close names.
    """
    return _card("rram", name, "device card")


def device_netlist_path(name: str) -> Path:
    """Path of a model of a memory device: sub-circuit or Verilog-A.

    Parameters
    ----------
    name
        Its file in ``device_models/rram/``, as ``stanford.cir``.

    Raises
    ------
    MissingResourceError
        No such file; the message lists close names.
    """
    return _file("device_models", f"rram/{name}", f"*{Path(name).suffix}")


def memory() -> int:
    """Memory of this machine [bytes]."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _card(folder: str, name: str, what: str) -> Path:
    root = data_root("device_models") / folder
    # Looked up, not opened: a name is text of a user's, with whatever an operating system refuses in a path.
    known = {path.stem: path for path in root.glob("*.toml")}
    if name in known:
        return known[name]
    raise MissingResourceError(f"no {what} {name!r} in {root}; {close_matches(name, known)}")


def _file(kind: str, name: str, pattern: str) -> Path:
    root = data_root(kind)
    path = root / name
    if path.is_file():
        return path
    known = (p.relative_to(root).as_posix() for p in root.rglob(pattern))
    raise MissingResourceError(f"no file {name!r} in {root}; {close_matches(name, known)}")
