"""One set of weights for both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.feedback.feedback import BIAS, WEIGHT, AbstractFeedback, Ends, Tensors, contrast_of


@dataclass(frozen=True, slots=True)
class Shared(AbstractFeedback):
    """The transposed forward weights: the drives are the derivatives of a primitive function."""

    name: ClassVar[str] = "shared"
    separate: ClassVar[bool] = False

    def contrast(self, forward: AbstractMap, backward: AbstractMap, first: Ends, second: Ends, at: Ends) -> Tensors:
        """Difference of the derivatives of the primitive function."""
        weight, bias = contrast_of(forward, first, second)
        return {WEIGHT: weight, BIAS: bias}
