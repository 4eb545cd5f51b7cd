"""Hard sigmoid of slope 1."""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.clipped import AbstractClipped


class HardSigmoid(AbstractClipped):
    """clip(x, 0, 1)."""

    name: ClassVar[str] = "hard_sigmoid"
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float] = 1.0
