"""Find the ngspice shared library, load it and read its version.

Debian and Ubuntu ship only ``libngspice.so.0`` (package libngspice0), other Linux systems also ``libngspice.so``,
Homebrew ``libngspice.dylib``; conda installs into the environment's own ``lib``. ``NGSPICE_LIBRARY_PATH``, PySpice's
own variable, overrides the search.
"""

from __future__ import annotations

import ctypes.util
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rramsim.errors import NgspiceNotFoundError, NgspiceVersionError
from rramsim.files import is_file

if TYPE_CHECKING:
    from rramsim.spice.shared import Shared

# A .spiceinit and a spinit with nothing in them.
_NO_SETTINGS = Path(__file__).with_name("no_settings")
OLDEST_NGSPICE = 39  # Debian 12; older ones are untested
INSTALL_HINT = (
    "install it with: sudo apt-get install ngspice libngspice0   (Debian, Ubuntu)\n"
    "                 brew install libngspice                    (macOS)\n"
    "                 conda install -c conda-forge ngspice-lib   (conda)\n"
    "or set NGSPICE_LIBRARY_PATH to the library's full path"
)
# What is looked for by system, and where, each in this order.
NAMES = {
    "linux": ("libngspice.so.0", "libngspice.so"),
    "darwin": ("libngspice.0.dylib", "libngspice.dylib"),
}
FOLDERS = {
    "linux": (
        "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib64",
        "/usr/local/lib",
    ),
    "darwin": ("/opt/homebrew/lib", "/usr/local/lib", "/opt/local/lib"),
}  # fmt: skip


def find_library(environ: Mapping[str, str] = os.environ, *, platform: str = sys.platform) -> str:
    """Full path of the ngspice shared library, or a name that the loader knows.

    Parameters
    ----------
    environ
        Environment variables: ``NGSPICE_LIBRARY_PATH`` names the library, ``CONDA_PREFIX`` is looked into first.
    platform
        As ``sys.platform`` spells it; everything but ``darwin`` is searched as Linux.

    Raises
    ------
    NgspiceNotFoundError
        There is none, or ``NGSPICE_LIBRARY_PATH`` names a file that does not exist.
    """
    named = environ.get("NGSPICE_LIBRARY_PATH")
    if named:
        if not is_file(Path(named)):
            message = f"NGSPICE_LIBRARY_PATH is {named!r}, which is not a file; unset it to search, or"
            raise NgspiceNotFoundError(f"{message}\n{INSTALL_HINT}")
        return named
    for path in _candidates(environ, platform):
        if path.is_file():
            return str(path)
    known = ctypes.util.find_library("ngspice") if platform == sys.platform else None
    if known is None:
        raise NgspiceNotFoundError(f"the ngspice shared library was not found;\n{INSTALL_HINT}")
    return known


def load_shared() -> Shared:
    """Load the shared library into this process.

    Raises
    ------
    NgspiceNotFoundError
        There is none, or it cannot be loaded.
    """
    # ngspice's OpenMP otherwise spins on every core, in every process; read when the library is loaded.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    path = find_library()
    from rramsim.spice.shared import Shared  # PySpice takes long to import: only where ngspice runs

    Shared.LIBRARY_PATH = path.replace("{", "{{").replace("}", "}}")  # PySpice formats it
    try:
        with _without_settings():
            return Shared()
    except (OSError, AttributeError) as error:  # no library, or one without ngspice's functions
        raise NgspiceNotFoundError(f"the ngspice library {path} cannot be loaded: {error};\n{INSTALL_HINT}") from None


@contextmanager
def _without_settings() -> Iterator[None]:
    """Start ngspice without files of settings, which change numbers and are in no study: spinit and .spiceinit.

    It looks for them in folders that environment variables name, in the home folder and in the current one; the
    functions that turn this off are not in every version. Without spinit no XSPICE code models are loaded, either: some
    of them run programs.
    """
    here = os.open(".", os.O_RDONLY)
    changed = dict.fromkeys(("HOME", "USERPROFILE", "SPICE_LIB_DIR", "SPICE_USERINIT_DIR"), str(_NO_SETTINGS))
    changed["SPICE_SCRIPTS"] = str(_NO_SETTINGS / "scripts")
    kept = {name: os.environ.get(name) for name in changed}
    try:
        os.environ.update(changed)
        os.chdir(_NO_SETTINGS)
        yield
    finally:
        os.fchdir(here)
        os.close(here)
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def read_version(lines: Iterable[str]) -> tuple[str, int]:
    """Version in ngspice's banner: its text and its number.

    Parameters
    ----------
    lines
        The banner.

    Raises
    ------
    NgspiceVersionError
        The banner does not tell it, or it is older than ``OLDEST_NGSPICE``.

    Examples
    --------
    >>> read_version(["******", "** ngspice-45.2 : Circuit level simulation program"])
    ('45.2', 45)
    """
    for line in lines:
        match = re.search(r"ngspice-(\d+)([\w.+]*)", line)
        if match:
            text, number = match[1] + match[2], int(match[1])
            if number < OLDEST_NGSPICE:
                raise NgspiceVersionError(
                    f"ngspice {text} is too old: rramsim needs {OLDEST_NGSPICE} or newer;\n{INSTALL_HINT}"
                )
            return text, number
    raise NgspiceVersionError("the ngspice library does not tell its version")


def _candidates(environ: Mapping[str, str], platform: str) -> Iterator[Path]:
    kind = "darwin" if platform == "darwin" else "linux"
    own = [Path(prefix) / "lib" for prefix in (environ.get("CONDA_PREFIX"), sys.prefix) if prefix]
    for folder in (*own, *map(Path, FOLDERS[kind])):
        for name in NAMES[kind]:
            yield folder / name
