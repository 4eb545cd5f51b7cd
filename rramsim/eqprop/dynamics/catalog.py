"""Dynamics by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.eqprop.dynamics.inside import NudgeInside
from rramsim.eqprop.dynamics.outside import NudgeOutside
from rramsim.eqprop.dynamics.outside_clipped import NudgeOutsideClipped
from rramsim.eqprop.dynamics.real_time import RealTime

DYNAMICS: Final[Mapping[str, type[AbstractDynamics]]] = {
    dynamics.name: dynamics for dynamics in (NudgeInside, NudgeOutside, NudgeOutsideClipped, RealTime)
}
