"""Closed forms of an ideal comparator between lognormal resistances: what simulated reads are held against.

With ln R of both states normal, Δ apart, and σ of each, a device beside the reference of equal errors is misread with
probability Φ(−Δ/(σL+σH)), and the one of a complementary pair that should be lower is the higher one with
Φ(−Δ/√(σL²+σH²)): the sum of two spreads against their root of squares.

References
----------
O. Ditlevsen, H. O. Madsen, Structural Reliability Methods, Wiley 1996, ISBN 978-0471960867, ch. 4: both are the
probability of a half space of normal variables.
"""

from __future__ import annotations

import math

import numpy as np

from rramsim.devices.resistance import AbstractResistance, DeviceStatistics, LognormalResistance
from rramsim.errors import InputError

_FARTHEST = 8.0  # standard-normal value up to which two laws are followed


def single_device_error(devices: DeviceStatistics) -> float:
    """Probability of misreading a device beside the reference of equal errors [1].

    Parameters
    ----------
    devices
        Resistance statistics of both states.
    """
    return _beyond(devices, devices.lrs.sigma_ln + devices.hrs.sigma_ln)


def pair_error(devices: DeviceStatistics, *, sigma_offset: float = 0.0) -> float:
    """Probability of reading a complementary pair the other way round [1].

    Parameters
    ----------
    devices
        Resistance statistics of both states.
    sigma_offset
        Standard deviation of the comparator's offset, as a ratio of resistances on a logarithmic scale [1].
    """
    return _beyond(devices, math.hypot(devices.lrs.sigma_ln, devices.hrs.sigma_ln, sigma_offset))


def equal_error_reference(devices: DeviceStatistics) -> float:
    """Reference against which an ideal comparator errs alike in both states [Ω].

    It lies as many standard deviations above the median of LRS as below that of HRS, on a logarithmic scale; half way
    where nothing varies.

    Parameters
    ----------
    devices
        Resistance statistics of both states.
    """
    low, high = devices.lrs, devices.hrs
    if not (isinstance(low, LognormalResistance) and isinstance(high, LognormalResistance)):
        return _balanced(low, high)
    total = low.sigma_ln + high.sigma_ln
    part = low.sigma_ln / total if total > 0 else 0.5
    return low.r_median * math.exp(part * math.log(high.r_median / low.r_median))


def _balanced(low: AbstractResistance, high: AbstractResistance) -> float:
    """The same of any laws: the resistance that is as rare above the one state as below the other."""
    from scipy.optimize import brentq

    def apart(z: float) -> float:
        return math.log(float(high.marginal.value(np.array(-z))) / float(low.marginal.value(np.array(z))))

    # Laws that do not meet are told apart half way between their ends.
    z = _FARTHEST if apart(_FARTHEST) >= 0 else float(brentq(apart, 0.0, _FARTHEST))
    return math.sqrt(float(low.marginal.value(np.array(z))) * float(high.marginal.value(np.array(-z))))


def _beyond(devices: DeviceStatistics, spread: float) -> float:
    if not all(isinstance(state, LognormalResistance) for state in (devices.lrs, devices.hrs)):
        raise InputError("the closed forms are those of lognormal resistances")
    from scipy.special import ndtr

    distance = math.log(devices.hrs.r_median / devices.lrs.r_median)
    return float(ndtr(-distance / spread)) if spread > 0 else 0.0
