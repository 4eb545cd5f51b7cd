"""What feedback through weights of its own has in common: a vector field, which is the derivative of nothing.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Equilibrium propagation with continual weight updates,
2020, arXiv 2005.04168; the initial angle is that of its code, ernoult/continualEP, 6d7665e.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.feedback.feedback import AbstractFeedback
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class AbstractSeparate(AbstractFeedback):
    """Backward weights of the shape of the forward ones, without biases.

    Parameters
    ----------
    angle
        Between forward and backward weights before any learning [°], from 0 to 180: they start equal, and the sign of
        each backward weight is flipped with probability (1 − cos angle) / 2. None draws them apart.

    Raises
    ------
    NetworkError
        The angle is none.
    """

    separate: ClassVar[bool] = True
    angle: float | None = None

    def __post_init__(self) -> None:
        if self.angle is not None and not 0 <= self.angle <= 180:
            raise NetworkError(f"the angle of backward weights lies between 0 and 180 degrees (got {self.angle})")

    def initial(self, weight: torch.Tensor, drawn: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Those drawn apart, or the forward ones with flipped signs."""
        if self.angle is None:
            return drawn
        flipped = torch.rand(weight.shape, generator=generator) < (1 - math.cos(math.radians(self.angle))) / 2
        return torch.where(flipped, -weight, weight)
