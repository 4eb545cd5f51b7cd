"""Optimisers by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.trainers.adam import Adam
from rramsim.eqprop.trainers.optimiser import AbstractOptimiser
from rramsim.eqprop.trainers.sgd import Sgd

OPTIMISERS: Final[Mapping[str, type[AbstractOptimiser]]] = {kind.name: kind for kind in (Adam, Sgd)}
