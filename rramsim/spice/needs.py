"""What a deck needs of ngspice before it is read, written at its head as comments.

Settings of the interpreter, not of a circuit: the engine obeys these lines and nothing else in a comment, and undoes
for the next deck the mode that this one asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from rramsim.errors import InputError
from rramsim.files import sha256_of

# ngspice's own spellings (manual, section 12.14.1), in any combination: HSPICE, PSPICE, LTspice, KiCad, EAGLE, …
COMPATIBILITY = re.compile(r"(?:a|hs|ps|lt|ki|eg|s3|spe|ll|xs|va|mc)+")
# Folders of compiled models that the user trusts: they are code, and no file of a kit's may say which.
OSDI_FOLDERS = "RRAMSIM_OSDI"
OSDI_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*\.osdi$"  # of a compiled model's file

_MODE = re.compile(r"^\* needs ngbehavior=(\w+)$", re.MULTILINE)
_OSDI = re.compile(r"^\* needs osdi=([\w.-]+) sha256=([0-9a-f]{64})$", re.MULTILINE)
_LIBRARIES = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # how a shared library of Linux or macOS begins
_TABLE = b"OSDI_DESCRIPTORS\0"  # the name by which a simulator finds the models of one
_COMMAND_PATH = re.compile(r"[\w./+@-]+")  # that ngspice's interpreter takes for one word


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
    return f"* needs ngbehavior={mode}\n"


def osdi_line(path: Path) -> str:
    """Line of a deck that uses a compiled model.

    Parameters
    ----------
    path
        As :func:`find_osdi` returns it.
    """
    return f"* needs osdi={path.name} sha256={sha256_of(path)}\n"


def find_osdi(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """Compiled model (OSDI) of a name, in a folder that the user trusts.

    Parameters
    ----------
    name
        Name of its file.
    environ
        Environment variables; ``RRAMSIM_OSDI`` names the folders, with ``:`` between.

    Raises
    ------
    InputError
        No such folder has it, or ngspice could not be told its path.
    """
    folders = [Path(folder) for folder in environ.get(OSDI_FOLDERS, "").split(os.pathsep) if folder]
    for path in (folder.resolve() / name for folder in folders):
        if path.is_file():
            if not _COMMAND_PATH.fullmatch(str(path)):
                raise InputError(f"the path of the compiled model {path} must be of letters, digits and _ . / + @ -")
            return path
    looked = ", ".join(map(str, folders)) or "which is not set"
    raise InputError(
        f"no compiled model {name}: it is looked for in the folders that the environment variable {OSDI_FOLDERS} names "
        f"({looked}); it is code, which no file of a kit or study can be trusted to bring along"
    )


def check_osdi(path: Path, model: str, parameters: Iterable[str]) -> None:
    """Refuse a file that cannot hold a compiled model, by the names in it: nothing of it is run.

    Parameters
    ----------
    path
        As :func:`find_osdi` returns it.
    model
        Name of the Verilog-A module.
    parameters
        Names of its parameters.

    Raises
    ------
    InputError
        It cannot be read, is no OSDI library, or lacks the module or a parameter.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"the compiled model {path} cannot be read: {error.strerror}") from None
    if not content.startswith(_LIBRARIES) or _TABLE not in content:
        raise InputError(f"{path} is no compiled model: a shared library with OSDI's table of models is expected")
    for what, name in (("module", model), *(("parameter", one) for one in parameters)):
        if name.encode() + b"\0" not in content:
            raise InputError(f"the compiled model {path} has no {what} {name}")


def needed_mode(deck: str) -> str:
    r"""Command that sets the mode in which a deck is read.

    Parameters
    ----------
    deck
        Its text.

    Examples
    --------
    >>> needed_mode("* title\n* needs ngbehavior=hsa\nr1 a 0 1\n"), needed_mode("* title\n")
    ('set ngbehavior=hsa', 'unset ngbehavior')
    """
    found = _MODE.search(deck)
    mode = found[1] if found and COMPATIBILITY.fullmatch(found[1]) else ""
    return f"set ngbehavior={mode}" if mode else "unset ngbehavior"


def needed_osdi(deck: str) -> dict[str, str]:
    """Commands that load the compiled models of a deck, by their contents.

    Parameters
    ----------
    deck
        Its text.

    Raises
    ------
    InputError
        One is not here, or is another one than the deck was made with.
    """
    commands = {}
    for name, digest in _OSDI.findall(deck):
        path = find_osdi(name)
        if sha256_of(path) != digest:
            raise InputError(f"the compiled model {path} is not the one that the deck was made with")
        commands[digest] = f"osdi {path}"
    return commands
