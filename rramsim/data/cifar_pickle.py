"""The pickles of CIFAR's python layout, read without running anything that they ask for.

A pickle is a program. Here it can name three things, those that these files name, and gets stand-ins for them, which
take what an array of bytes is made of and refuse anything else. It never calls a function of numpy or of Python.
"""

from __future__ import annotations

import io
import pickle
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import DataError

# State of numpy.dtype("uint8"): version, byte order, no sub-arrays, names or fields, default sizes and flags.
_BYTE_STATE = (3, b"|", None, None, None, -1, -1, 0)


@final
class _Refused(Exception):  # noqa: N818 - never leaves this file
    pass


@final
class _Byte:
    """What stands for numpy.dtype("uint8")."""

    __slots__ = ("whole",)

    def __init__(self) -> None:
        self.whole = False

    def __setstate__(self, state: object) -> None:
        if _plain(state) != _BYTE_STATE:
            raise _Refused("an array of something else than bytes")
        self.whole = True


@final
class _Array:
    """What stands for an array that is being made."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: NDArray[np.uint8] | None = None

    def __setstate__(self, state: object) -> None:
        match state:
            case (1, tuple(shape), _Byte(whole=True), False, bytes(content)) if self.values is None:
                if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 2:
                    raise _Refused("an array of an impossible shape")
                if int(np.prod(shape, dtype=object)) != len(content):
                    raise _Refused(f"an array of {len(content)} bytes for the shape {shape}")
                self.values = np.frombuffer(content, dtype=np.uint8).reshape(shape)
            case _:
                raise _Refused("an array that is not one of bytes in rows")


@final
class _Maker:
    """A global name that the files use: called with the arguments that they give, it makes a stand-in."""

    __slots__ = ("arguments", "made")

    def __init__(self, arguments: object, made: type[_Byte | _Array]) -> None:
        self.arguments = arguments
        self.made = made

    def __call__(self, *arguments: object) -> _Byte | _Array:
        if arguments != self.arguments:
            raise _Refused("arguments that these files do not give")
        return self.made()

    def __setstate__(self, _state: object) -> None:
        raise _Refused("a change of what it may not change")


def _plain(state: object) -> object:
    """A state with no value of a kind that compares equal to another: 1, 1.0 and True do."""
    known = isinstance(state, tuple) and all(type(item) in (int, bytes, type(None)) for item in state)
    return state if known else None


@final
class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="bytes")
        kind = object()  # is passed on, and can do nothing else
        self._known: dict[tuple[str, str], object] = {
            ("numpy", "ndarray"): kind,
            ("numpy", "dtype"): _Maker((b"u1", 0, 1), _Byte),
            ("numpy.core.multiarray", "_reconstruct"): _Maker((kind, (0,), b"b"), _Array),
        }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._known:
            raise _Refused(f"{module}.{name}")
        return self._known[module, name]


def read_batch(content: bytes, *, told: str) -> tuple[NDArray[np.uint8], list[int]]:
    """Rows of bytes and labels of a batch.

    Parameters
    ----------
    content
        The whole file.
    told
        What messages call it.

    Raises
    ------
    DataError
        It is no pickle, asks for something else than arrays of bytes, lists, texts and integers, or is no batch.
    """
    try:
        batch = _Unpickler(content).load()
    except _Refused as error:
        raise DataError(f"{told}: asks for {error}; a batch holds arrays of bytes, lists, texts and integers") from None
    except Exception as error:  # a damaged pickle may end in any of them
        raise DataError(f"{told}: cannot be read as a batch: {type(error).__name__}: {error}") from None
    if not isinstance(batch, dict):
        raise DataError(f"{told}: is no batch: it holds a {type(batch).__name__}, not a dictionary")
    data, labels = batch.get(b"data"), batch.get(b"labels")
    if not isinstance(data, _Array) or data.values is None or data.values.ndim != 2:
        raise DataError(f"{told}: is no batch: 'data' is no array of rows")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise DataError(f"{told}: is no batch: 'labels' is no list of integers")
    return data.values, labels
