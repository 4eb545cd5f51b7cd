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
from rramsim.errors import InputError

Array = NDArray[np.float64]

_POINTS = 2001  # of the way to the bound
_EVEN = 1e-9  # logarithm of a rate's change from point to point that is none


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
    """States at rising times [s].

    The time to each state of a fine grid is summed up, with a rate that is exponential in between: no step in time
    could follow a runaway of nanoseconds after minutes of reads.
    """
    low, high = device.bounds
    first = device.rate(start, voltage, temperature_c)
    if first == 0:
        return [start] * times.size
    way = np.linspace(start, high if first > 0 else low, _POINTS)
    rates = np.array([device.rate(float(state), voltage, temperature_c) for state in way])
    onward = int(np.argmax(rates * first <= 0)) or way.size  # up to where nothing drives it on
    way, rates = way[:onward], np.abs(rates[:onward])
    steps, slopes = np.abs(np.diff(way)), np.diff(np.log(rates))
    # ds/dt = r exp(k s / step) for s from 0 to step takes step/r (1 - exp(-k))/k.
    even = np.abs(slopes) < _EVEN
    safe = np.where(even, 1.0, slopes)
    takes = steps / rates[:-1] * np.where(even, 1.0, -np.expm1(-safe) / safe)
    arrivals = np.concatenate(([0.0], np.cumsum(takes)))
    found = []
    for time in times.tolist():
        part = int(np.searchsorted(arrivals, time, side="right")) - 1
        if part >= steps.size:
            found.append(float(way[-1]))
            continue
        within = (time - arrivals[part]) * rates[part] / steps[part]
        share = within if even[part] else -math.log1p(-slopes[part] * within) / slopes[part]
        found.append(float(way[part] + (way[part + 1] - way[part]) * min(share, 1.0)))
    return found
