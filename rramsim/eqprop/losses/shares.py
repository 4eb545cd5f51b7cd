"""Targets of a cross-entropy: shares of the classes."""

from __future__ import annotations

from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

_EXACT = 1e-3


def check_shares(target: torch.Tensor) -> None:
    """Refuse targets that are no shares: the derivative of a cross-entropy is softmax − y for those alone.

    Parameters
    ----------
    target
        (batch, classes).

    Raises
    ------
    NetworkError
        Some are negative, or those of an image do not add up to 1.
    """
    off = float((target.sum(1) - 1).abs().max())
    if not off <= _EXACT or float(target.min()) < 0:
        raise NetworkError("targets of a cross-entropy are shares of the classes: not negative, with the sum 1")
