"""Retention: drift of ln R with the logarithm of time, faster where it is hot.

ln R(t) = ln R(0) + (drift + drift_sd z) ln(1 + t_r / t0), z standard normal and new at each programming. Time at
another temperature counts as t_r = t exp(E_a / k (1/T_r − 1/T)) at the reference temperature, as Arrhenius has it.
Coefficients are the user's to give: those of no array are verified.

References
----------
S. Arrhenius, Über die Reaktionsgeschwindigkeit bei der Inversion von Rohrzucker durch Säuren, Z. Phys. Chem. 4U, 226
(1889), doi 10.1515/zpch-1889-0416.

E. Tiesinga et al., CODATA recommended values of the fundamental physical constants: 2018, Rev. Mod. Phys. 93, 025010
(2021), doi 10.1103/RevModPhys.93.025010: k = 8.617333262e-5 eV/K.
"""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field

from rramsim.devices.marginals import Convolved, Lognormal, NormalShift
from rramsim.devices.resistance import AbstractResistance, LognormalResistance, ShapedResistance
from rramsim.errors import InputError
from rramsim.quantities import Celsius, Number, in_unit
from rramsim.validation import Section

_BOLTZMANN = 8.617333262e-5  # [eV/K]
_ZERO = 273.15  # 0 °C [K]

LongSeconds = Annotated[float, in_unit("s"), Field(ge=1e-9, le=1e12)]
Drift = Annotated[Number, Field(ge=-10, le=10)]


class DriftingState(Section):
    """Drift of one state: mean and standard deviation of the change of ln R each time ln(1 + t/t0) grows by 1."""

    drift_ln: Drift
    drift_sd_ln: Annotated[Number, Field(ge=0, le=10)]


class RetentionSection(Section):
    """[devices.retention]: drift of both states, and how temperature speeds it up.

    ``longest_s`` is the time at the reference temperature that the coefficients hold up to.
    """

    t0_s: LongSeconds
    longest_s: LongSeconds
    activation_energy_ev: Annotated[Number, Field(ge=0, le=5)]
    reference_temperature_c: Celsius
    lrs: DriftingState
    hrs: DriftingState

    def equivalent_time(self, time: float, temperature: float) -> float:
        """Time at the reference temperature that drifts as far [s].

        Parameters
        ----------
        time
            How long [s].
        temperature
            How hot [°C].
        """
        inverse = 1 / (self.reference_temperature_c + _ZERO) - 1 / (temperature + _ZERO)
        return time * math.exp(self.activation_energy_ev / _BOLTZMANN * inverse)

    def at(self, name: str, state: AbstractResistance, time: float, temperature: float) -> AbstractResistance:
        """A state after a time.

        Parameters
        ----------
        name
            ``lrs`` or ``hrs``.
        state
            As it was programmed.
        time
            How long ago [s].
        temperature
            Meanwhile [°C].

        Raises
        ------
        InputError
            It is longer than the coefficients hold.
        """
        equivalent = self.equivalent_time(time, temperature)
        if equivalent > self.longest_s:
            raise InputError(
                f"ageing.time_s = {time:g} at {temperature:g} °C is {equivalent:.3g} s at "
                f"{self.reference_temperature_c:g} °C; retention holds up to longest_s = {self.longest_s:g} s"
            )
        drifting: DriftingState = getattr(self, name)
        steps = math.log1p(equivalent / self.t0_s)
        mean, sigma = drifting.drift_ln * steps, drifting.drift_sd_ln * steps
        return shifted(state, NormalShift(mean=mean, sigma=sigma))


def shifted(state: AbstractResistance, shift: NormalShift) -> AbstractResistance:
    """A state with an independent normal change of ln R, new at each programming.

    Parameters
    ----------
    state
        Without it.
    shift
        The change.
    """
    c2c = math.hypot(state.sigma_ln_c2c, shift.sigma)
    if isinstance(state, LognormalResistance):
        median = state.r_median * math.exp(shift.mean)
        return LognormalResistance(r_median=median, sigma_ln_d2d=state.sigma_ln_d2d, sigma_ln_c2c=c2c)
    law = Convolved(base=state.marginal, shift=shift)
    return ShapedResistance.of(law, d2d=state.sigma_ln_d2d**2, c2c=c2c**2)


def varies(state: AbstractResistance) -> bool:
    """Whether a state has any spread: a fixed resistance has no distribution to add something to.

    Parameters
    ----------
    state
        The state.
    """
    return not (isinstance(state.marginal, Lognormal) and state.sigma_ln == 0)
