"""Optimisers by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.trainers.adam import Adam
from rramsim.eqprop.trainers.flips import Flips
from rramsim.eqprop.trainers.optimiser import AbstractOptimiser
from rramsim.eqprop.trainers.sgd import Sgd
from rramsim.eqprop.trainers.straight_through import StraightThrough

OPTIMISERS: Final[Mapping[str, type[AbstractOptimiser]]] = {
    kind.name: kind for kind in (Adam, Flips, Sgd, StraightThrough)
}
