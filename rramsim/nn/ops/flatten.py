"""From positions to features."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.nn.ops.op import AbstractOp, Shape

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Flatten(AbstractOp):
    """All channels and positions in one row, the last axis fastest."""

    def shape(self, *inputs: Shape) -> Shape:
        """(features,)."""
        return (math.prod(inputs[0]),)

    def largest(self, *inputs: float) -> float:
        """The same."""
        return inputs[0]

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Flattened."""
        return values[0].flatten(1)
