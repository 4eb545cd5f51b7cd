"""Random telegraph noise: a trap beside the filament is full or empty at a read, and a full one raises the resistance.

R = R_0 (1 + A) with probability ``occupancy``, else R_0; A is lognormal from trap to trap. What is drawn at a read is
whether the trap is full, and the size of its step; it is new at each read. Sizes are the user's to give.

References
----------
S. Ambrogio et al., Statistical fluctuations in HfOx resistive-switching memory: part II—random telegraph noise, IEEE
Trans. Electron Devices 61, 2920 (2014), doi 10.1109/TED.2014.2330202: read noise as random telegraph noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from rramsim.devices.marginals import AbstractShift, Convolved
from rramsim.devices.marginals.convolved import NODES
from rramsim.devices.resistance import AbstractResistance, ShapedResistance
from rramsim.devices.retention import varies
from rramsim.errors import InputError
from rramsim.quantities import Number, Rate, Sigma
from rramsim.validation import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegraphShift(AbstractShift):
    """ln(1 + A) with probability ``occupancy``, else 0.

    Parameters
    ----------
    amplitude
        Median of A = ΔR/R [1], above 0.
    sigma_ln
        Standard deviation of ln A [1], not negative.
    occupancy
        Part of the reads at which the trap is full [1].
    """

    amplitude: float
    sigma_ln: float
    occupancy: float

    @property
    def nodes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """An empty trap, and full ones by the trapezoidal rule."""
        weights = np.exp(-(NODES**2) / 2)
        full = np.log1p(self.amplitude * np.exp(self.sigma_ln * NODES))
        chances = self.occupancy * weights / weights.sum()
        return np.append(full, 0.0), np.append(chances, 1 - self.occupancy)

    @property
    def identity(self) -> list[str | float]:
        """Name and numbers."""
        return ["telegraph", self.amplitude, self.sigma_ln, self.occupancy]


class TelegraphState(Section):
    """Noise of one state: median and spread of the relative step ΔR/R, part of the reads at which it is there."""

    amplitude: Annotated[Number, Field(gt=0, le=100)]
    amplitude_sigma_ln: Annotated[Sigma, Field(le=3)]
    occupancy: Rate

    def at(self, state: AbstractResistance) -> AbstractResistance:
        """A state as it is read.

        Parameters
        ----------
        state
            Without noise.

        Raises
        ------
        InputError
            The state has no spread.
        """
        if not varies(state):
            raise InputError("rtn needs a state that has some spread of its own: sigma_ln_d2d or sigma_ln_c2c above 0")
        shift = TelegraphShift(amplitude=self.amplitude, sigma_ln=self.amplitude_sigma_ln, occupancy=self.occupancy)
        c2c = math.hypot(state.sigma_ln_c2c, math.sqrt(shift.variance))
        return ShapedResistance.of(
            Convolved(base=state.marginal, shift=shift), d2d=state.sigma_ln_d2d**2, c2c=c2c**2
        )  # fmt: skip


class TelegraphSection(Section):
    """[devices.rtn]: noise of both states between reads."""

    lrs: TelegraphState
    hrs: TelegraphState
