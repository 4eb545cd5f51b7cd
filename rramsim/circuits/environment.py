"""What a study gives to each of its benches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rramsim.circuits.netlist import TRANSISTORS
from rramsim.circuits.technology import Technology
from rramsim.devices.resistance import DeviceStatistics


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Technology and devices.

    Parameters
    ----------
    technology
        The transistors.
    devices
        Statistics of the memory devices.
    correlations
        (source, source, coefficient) of standard-normal values that are not independent.
    condition
        Name of the condition that the devices are programmed under, where a study has several.
    """

    technology: Technology
    devices: DeviceStatistics
    correlations: tuple[tuple[str, str, float], ...] = ()
    condition: str = ""

    @property
    def identity(self) -> dict[str, Any]:
        """What of it can change a result besides decks, which hold the models, and spread; as plain values."""
        technology = self.technology
        mismatch = technology.file.mismatch
        return {
            **({"mismatch": mismatch.plain} if mismatch else {}),
            "handles": {kind: technology.binding(kind).threshold_handle for kind in TRANSISTORS},
            "devices": self.devices.plain,
        }
