"""Hard sigmoid about 0."""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.clipped import AbstractClipped


class CentredHardSigmoid(AbstractClipped):
    """clip(x, −1/2, 1/2)."""

    name: ClassVar[str] = "centred_hard_sigmoid"
    lowest: ClassVar[float] = -0.5
    highest: ClassVar[float] = 0.5
