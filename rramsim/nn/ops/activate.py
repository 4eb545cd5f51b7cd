"""Activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.nn.ops.op import AbstractOp, Shape, require

if TYPE_CHECKING:
    import torch

ACTIVATIONS = ("binary", "ternary", "real")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activate(AbstractOp):
    """Activation of each value; see :func:`rramsim.nn.quantizers.activate`.

    Parameters
    ----------
    to
        ``binary`` (-1, +1), ``ternary`` (-1, 0, +1) or ``real`` (ReLU).

    Raises
    ------
    NetworkError
        It is none of them.
    """

    to: str

    def __post_init__(self) -> None:
        require(self.to in ACTIVATIONS, f"activations must be one of {', '.join(ACTIVATIONS)}, got {self.to!r}")

    def shape(self, *inputs: Shape) -> Shape:
        """The same."""
        return inputs[0]

    def largest(self, *inputs: float) -> float:
        """1, but for ReLU."""
        return inputs[0] if self.to == "real" else 1.0

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Activated."""
        from rramsim.nn.quantizers import activate

        return activate(values[0], self.to)
