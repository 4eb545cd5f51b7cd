"""The one place that imports the packages of the extra ``nn``, with an error that names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rramsim.errors import MissingExtraError

try:
    import sklearn  # noqa: F401 - the digits come with it: say now that it is missing, not after a sweep
    import torch
    from safetensors import SafetensorError
    from safetensors.numpy import load as load_tensors
    from safetensors.numpy import save as save_tensors
except ModuleNotFoundError as error:
    raise MissingExtraError(error.name or "torch", "nn") from error

__all__ = ["SafetensorError", "load_tensors", "one_thread", "save_tensors", "torch"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Run torch on one thread: sums then have one order, and small networks are faster so."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
