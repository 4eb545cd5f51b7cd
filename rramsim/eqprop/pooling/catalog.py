"""Poolings by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.pooling.average import AveragePool
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.none import NoPool
from rramsim.eqprop.pooling.pool import AbstractPool
from rramsim.eqprop.pooling.softmax import SoftmaxPool

POOLS: Final[Mapping[str, type[AbstractPool]]] = {
    pool.name: pool for pool in (AveragePool, MaxPool, NoPool, SoftmaxPool)
}
