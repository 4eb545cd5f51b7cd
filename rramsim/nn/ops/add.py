"""Two ways that meet again, as in a residual network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rramsim.nn.ops.op import AbstractOp, Shape, require

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Add(AbstractOp):
    """Sum of two values of one shape."""

    arity: ClassVar[int] = 2

    def shape(self, *inputs: Shape) -> Shape:
        """The same."""
        require(inputs[0] == inputs[1], f"it adds two values of one shape, got {inputs}")
        return inputs[0]

    def largest(self, *inputs: float) -> float:
        """The sum of both."""
        return sum(inputs)

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Sum."""
        return values[0] + values[1]
