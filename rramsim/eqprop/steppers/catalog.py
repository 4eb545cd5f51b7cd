"""Ways of making steps by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.steppers.compiled import Compiled
from rramsim.eqprop.steppers.eager import Eager
from rramsim.eqprop.steppers.graph import Graph
from rramsim.eqprop.steppers.stepper import AbstractStepper

STEPPERS: Final[Mapping[str, type[AbstractStepper]]] = {kind.name: kind for kind in (Compiled, Eager, Graph)}
