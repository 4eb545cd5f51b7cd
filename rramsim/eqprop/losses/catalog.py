"""Losses by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.losses.cross_entropy import CrossEntropy
from rramsim.eqprop.losses.loss import AbstractLoss
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.losses.softmax_readout import SoftmaxReadout

LOSSES: Final[Mapping[str, type[AbstractLoss]]] = {
    loss.name: loss for loss in (CrossEntropy, MeanSquare, SoftmaxReadout)
}
