"""The data sets that a study can name, and how one is loaded."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from rramsim.data.arrays import ENDING, load_arrays
from rramsim.data.cifar10 import CIFAR10
from rramsim.data.dataset import Dataset
from rramsim.data.digits import DIGITS
from rramsim.data.ecg12 import ECG12
from rramsim.data.eegmmidb import EEGMMIDB
from rramsim.data.fashion_mnist import FASHION_MNIST
from rramsim.data.files import VARIABLE
from rramsim.data.ludb import LUDB
from rramsim.data.mitdb import MITDB
from rramsim.data.mnist import MNIST
from rramsim.data.source import AbstractSource
from rramsim.errors import InputError, MissingResourceError, close_matches
from rramsim.files import resolved

SOURCES: tuple[AbstractSource, ...] = (DIGITS, MNIST, FASHION_MNIST, CIFAR10, MITDB, LUDB, ECG12, EEGMMIDB)

_BY_NAME = {source.name: source for source in SOURCES}


def is_arrays(name: str) -> bool:
    """Whether a name is that of a user's own file of arrays.

    Parameters
    ----------
    name
        As a study has it.

    Examples
    --------
    >>> is_arrays("own.npz"), is_arrays("mnist")
    (True, False)
    """
    return name.endswith(ENDING)


def check_name(name: str) -> None:
    """Refuse a name that is none of a data set; nothing is read.

    Parameters
    ----------
    name
        Of a data set, or the path of a file of arrays.

    Raises
    ------
    InputError
        There is no data set of this name.
    """
    if not is_arrays(name) and name not in _BY_NAME:
        raise InputError(f"unknown data set {name!r}; {close_matches(name, _BY_NAME)}, or your own file NAME{ENDING}")


def load_dataset(name: str, folder: Path | str | None = None) -> Dataset:
    """Load a data set, once in a process: it stays in memory.

    Parameters
    ----------
    name
        Of a data set, or the path of a file of arrays (:mod:`rramsim.data.arrays`), absolute or in ``folder``.
    folder
        Where data sets are; the folder that the environment variable RRAMSIM_DATA names where it is left out.

    Raises
    ------
    InputError
        Unknown name; there are two folders of the data set; or a file is missing, damaged or not the one expected
        (:class:`rramsim.errors.MissingResourceError`, :class:`rramsim.errors.DataError`).
    MissingExtraError
        A package that it is read or made with is not installed.
    """
    check_name(name)
    place = folder if folder is not None else os.environ.get(VARIABLE) or None
    path = None if place is None else resolved(Path(place).expanduser())
    if is_arrays(name):
        return _own(name, _arrays_path(name, path))
    return _published(name, path if _BY_NAME[name].needs_folder else None)


@cache
def _published(name: str, folder: Path | None) -> Dataset:
    return _BY_NAME[name].load(folder)


def _own(name: str, path: Path) -> Dataset:
    try:
        state = path.stat()
    except OSError:
        raise MissingResourceError(f"no file {path}, which holds the data set {name!r}") from None
    return _arrays(name, path, state.st_mtime_ns, state.st_size)


@cache
def _arrays(name: str, path: Path, _changed: int, _size: int) -> Dataset:
    return load_arrays(name, path)


def _arrays_path(name: str, folder: Path | None) -> Path:
    path = Path(name).expanduser()
    if path.is_absolute():
        return path
    if folder is None:
        raise MissingResourceError(
            f"no file {path} beside the study, and no folder of data sets is named: set {VARIABLE} to one, or write a "
            "whole path"
        )
    return folder / path
