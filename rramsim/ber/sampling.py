"""Draw the devices of a read: resistances and threshold shifts together, from counter-based streams.

One independent standard-normal value for each source of spread. The stream of a block is spawned from (study seed, task
id, block), so that a sample does not depend on the number of workers, on the order of tasks or on a resume.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.ber.monte_carlo import BLOCK
from rramsim.circuits.read import ReadSample
from rramsim.devices.resistance import DeviceStatistics, LognormalResistance
from rramsim.streams import stream
from rramsim.weights import Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVariation:
    """What varies from read to read of one programmed weight.

    Parameters
    ----------
    devices
        Resistance statistics of both states.
    programmed
        The stored weight.
    sigma_thresholds
        Standard deviation of each transistor's threshold shift [V], in deck order; zeros without mismatch.
    """

    devices: DeviceStatistics
    programmed: Weight
    sigma_thresholds: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The independent sources of spread, in the order of a sample's standard-normal values."""
        shifts = tuple(f"vth[{index}]" for index in range(len(self.sigma_thresholds)))
        return ("r_bl.d2d", "r_bl.c2c", "r_blb.d2d", "r_blb.c2c", *shifts)

    @property
    def states(self) -> tuple[LognormalResistance, LognormalResistance]:
        """Statistics of the devices on ``bl`` and ``blb``."""
        lrs, hrs = self.devices.lrs, self.devices.hrs
        return {Weight.PLUS: (lrs, hrs), Weight.ZERO: (hrs, hrs), Weight.MINUS: (hrs, lrs)}[self.programmed]

    def samples(self, z: NDArray[np.float64]) -> list[ReadSample]:
        """Devices for standard-normal values ``z`` of shape (samples, len(names))."""
        bl, blb = self.states
        r_bl, r_blb = bl.resistance(z[:, 0], z[:, 1]), blb.resistance(z[:, 2], z[:, 3])
        shifts = z[:, 4:] * np.asarray(self.sigma_thresholds)
        return [
            ReadSample(r_bl=float(a), r_blb=float(b), threshold_shifts=tuple(map(float, row)))
            for a, b, row in zip(r_bl, r_blb, shifts, strict=True)
        ]

    @property
    def merged_names(self) -> tuple[str, ...]:
        """The sources of spread with those of one device merged: their sum is one normal variable."""
        return ("r_bl", "r_blb", *self.names[4:])

    def merged_sample(self, z: NDArray[np.float64]) -> ReadSample:
        """Devices for merged standard-normal values ``z`` of shape (len(merged_names),)."""
        r_bl, r_blb = (
            state.r_median * math.exp(state.sigma_ln * float(value))
            for state, value in zip(self.states, z, strict=False)
        )
        shifts = z[2:] * np.asarray(self.sigma_thresholds)
        return ReadSample(r_bl=r_bl, r_blb=r_blb, threshold_shifts=tuple(map(float, shifts)))

    def block(self, seed: int, task_id: str, number: int) -> Iterator[ReadSample]:
        """Samples of block ``number`` of a task."""
        return iter(self.samples(stream(seed, task_id, number).standard_normal((BLOCK, len(self.names)))))
