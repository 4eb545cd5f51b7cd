"""The one place that imports the packages of the extra ``nn``, with an error that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from rramsim.errors import MissingExtraError

try:
    import sklearn  # noqa: F401 - the digits come with it: say now that it is missing, not after a sweep
    import torch
    from safetensors import SafetensorError
    from safetensors.numpy import load as load_tensors
    from safetensors.numpy import save as save_tensors
except ModuleNotFoundError as error:
    raise MissingExtraError(error.name or "torch", "nn") from error

__all__ = ["SafetensorError", "load_tensors", "load_tensors_about", "one_thread", "save_tensors", "torch"]


def load_tensors_about(content: bytes, key: str) -> tuple[dict[str, NDArray[Any]], Any]:
    """Tensors of a safetensors file, and the JSON value that its metadata hold.

    Parameters
    ----------
    content
        Of the file.
    key
        Name of the value in the metadata.

    Raises
    ------
    SafetensorError
        It is damaged, or is no safetensors file.
    KeyError, ValueError, TypeError, RecursionError
        Its metadata hold no such value.
    """
    tensors = load_tensors(content)  # checks the header, which the library reads without its metadata
    length = int.from_bytes(content[:8], "little")
    return tensors, json.loads(json.loads(content[8 : 8 + length])["__metadata__"][key])


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: sums then have one order, and small networks are faster so."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
