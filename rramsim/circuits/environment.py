"""What a study gives to each of its benches."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    technology: Technology
    devices: DeviceStatistics
    correlations: tuple[tuple[str, str, float], ...] = ()
