"""Read disturb: how far many reads move the state of a device, by its compact model.

A read is a small pulse of programming: it moves the state at the rate that the model has at its voltage. Reads follow
one another in the model, so that N of them are one pulse of N times the length; nothing relaxes in between. A voltage
of the polarity of SET lowers HRS in the end, one of the other raises LRS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rramsim.devices.compact.model import AbstractCompactModel
from rramsim.errors import ConvergenceError, InputError

Array = NDArray[np.float64]

_TOLERANCE = 1e-9  # of the state [1 and nm]


def resistances_after_reads(
    device: AbstractCompactModel,
    resistance: float,
    reads: Sequence[float],
    *,
    voltage: float,
    t_read: float,
    temperature_c: float = 27.0,
) -> tuple[float, ...]:
    """Resistance at low voltage after numbers of reads [Ω].

    Parameters
    ----------
    device
        The device.
    resistance
        Before the first read [Ω].
    reads
        Numbers of reads, not negative and rising.
    voltage
        Across the device during a read, positive in the polarity of SET [V].
    t_read
        How long it is there in each read [s], above 0.
    temperature_c
        Of the surroundings [°C].

    Raises
    ------
    InputError
        The device has no such resistance, or the reads cannot be.
    ConvergenceError
        The drift cannot be integrated.

    Examples
    --------
    >>> from rramsim.devices.compact.card import load_card
    >>> cell = load_card("stanford_1t1r").device
    >>> after = resistances_after_reads(cell, 300e3, [0, 1e6, 1e7], voltage=0.2, t_read=50e-9)
    >>> [round(r / 1e3) for r in after]
    [300, 294, 232]
    """
    counts = np.asarray(reads, dtype=np.float64)
    rising = bool((np.diff(counts) > 0).all()) if counts.size > 1 else True
    if not counts.size or not np.isfinite(counts).all() or counts[0] < 0 or not rising:
        raise InputError(f"numbers of reads must be finite, not negative and rising, got {list(reads)}")
    if not (math.isfinite(t_read) and t_read > 0 and math.isfinite(voltage)):
        raise InputError(f"a read needs a finite voltage and a time above 0 s, got {voltage!r} V and {t_read!r} s")
    start = device.state_of(resistance)
    states = _states(device, start, counts * t_read, voltage, temperature_c)
    return tuple(device.resistance(state) for state in states)


def _states(
    device: AbstractCompactModel, start: float, times: Array, voltage: float, temperature_c: float
) -> list[float]:
    """States at rising times [s]."""
    from scipy.integrate import solve_ivp

    low, high = device.bounds

    def rate(_time: float, state: Array) -> list[float]:
        inside = float(state[0])
        found = device.rate(min(max(inside, low), high), voltage, temperature_c)
        stopped = (found > 0 and inside >= high) or (found < 0 and inside <= low)
        return [0.0 if stopped else found]

    end = float(times[-1])
    if end == 0:
        return [start] * times.size
    found = solve_ivp(rate, (0.0, end), [start], method="LSODA", t_eval=times, rtol=_TOLERANCE, atol=_TOLERANCE)
    if not found.success:
        raise ConvergenceError(f"the drift of {device.card} at {voltage:g} V cannot be integrated: {found.message}")
    return [min(max(float(state), low), high) for state in found.y[0]]
