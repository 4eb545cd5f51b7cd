"""Files that networks are read from, by the end of their names. A reader is a module with ``read``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path, PurePath
from typing import Final

from rramsim.errors import MissingResourceError, NetworkError
from rramsim.files import is_file
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork

# Imported when it is used: a study is read without torch and onnx.
READERS: Final[Mapping[str, str]] = {
    ".onnx": "rramsim.nn.imports.onnx.reader",
    ".safetensors": "rramsim.nn.imports.safetensors",
}
_PICKLES = (".pt", ".pth", ".ckpt", ".pkl")


def check_suffix(name: str) -> None:
    """Refuse a file that no reader reads.

    Parameters
    ----------
    name
        Its name or path.

    Raises
    ------
    NetworkError
        There is none for the end of its name.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in READERS:
        hint = ""
        if suffix in _PICKLES:
            hint = '; a pickle is a program: name a function that makes the module instead, module = "net.py:build"'
        raise NetworkError(f"networks are read from files that end in {' or '.join(READERS)}{hint}")


def read_network(path: Path, wanted: Wanted) -> StoredNetwork:
    """Read a network from a file.

    Parameters
    ----------
    path
        The file.
    wanted
        What is asked of the network.

    Raises
    ------
    MissingResourceError
        No such file.
    NetworkError
        It cannot be read, is damaged, or holds what cannot be stored.
    MissingExtraError
        A package that reads it is not installed.
    """
    if not is_file(path):
        raise MissingResourceError(f"no network file {path}")
    check_suffix(path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NetworkError(f"{path} cannot be read: {error.strerror or error}") from None
    reader = import_module(READERS[path.suffix.lower()])
    try:
        network: StoredNetwork = reader.read(content, wanted)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from None
    return network
