"""Where tensors are, as torch names it."""

from __future__ import annotations

from rramsim.errors import InputError
from rramsim.torch_backend import torch


def checked_device(name: str) -> str:
    """The name of a device that is there.

    Parameters
    ----------
    name
        As torch has it: ``cpu``, ``cuda``, ``cuda:1``.

    Raises
    ------
    InputError
        torch knows no such device, or this machine has none.
    """
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError) as error:  # torch without CUDA asserts
        told = str(error).splitlines()[0]
        raise InputError(f"device {name!r} cannot be used: {told}; 'cpu' always can") from None
    return name
