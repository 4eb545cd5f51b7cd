"""What a programming pulse did: the resistance that it left, and what it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from rramsim.circuits.benches.programming.deck import STATE, PulseDeck
from rramsim.circuits.simulation import Array, Waves
from rramsim.errors import MeasurementError

_DRIVES = ("bl", "sl", "wl")


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseResult:
    """What one pulse did.

    Parameters
    ----------
    final_resistance
        Voltage across the device by its current, at the end of the read [Ω].
    energy
        What the drivers of bit line, source line and word line deliver until the pulse is over [J].
    peak_current
        Largest current through the bit line, of either sign [A].
    switching_time
        From the beginning of the pulse's rise until the state has gone half of its way [s].
    """

    final_resistance: float
    energy: float
    peak_current: float
    switching_time: float


def measure_pulse(waves: Waves, deck: PulseDeck) -> PulseResult:
    """Measure a pulse and the read after it.

    Parameters
    ----------
    waves
        The deck's vectors and ``time`` [s], each (points,).
    deck
        What was simulated.

    Raises
    ------
    MeasurementError
        The read has no current.
    """
    time = waves["time"]
    during = time <= deck.t_end * (1 + 1e-9)
    state = waves[STATE][during]
    way = state[-1] - state[0]
    half = float(time[during][np.argmax((state - state[0]) * np.sign(way) >= abs(way) / 2)]) if way else math.inf
    return PulseResult(
        final_resistance=final_resistance(waves),
        energy=sum(_delivered(time[during], waves[net][during], waves[f"i(v{net})"][during]) for net in _DRIVES),
        peak_current=float(np.abs(waves["i(vbl)"][during]).max()),
        switching_time=half - deck.t_on,
    )


def final_resistance(waves: Waves) -> float:
    """Resistance at the end of the read [Ω].

    Parameters
    ----------
    waves
        The deck's vectors, each (points,).

    Raises
    ------
    MeasurementError
        The read has no current.
    """
    current = -float(waves["i(vbl)"][-1])
    if current <= 0:
        raise MeasurementError(f"the read after the pulse has a current of {current:g} A")
    return float(waves["bl"][-1] - waves["mid"][-1]) / current


def _delivered(time: Array, voltage: Array, current: Array) -> float:
    """Integral of what a source delivers; ngspice counts the current into it."""
    power = -voltage * current
    return float(((time[1:] - time[:-1]) * (power[1:] + power[:-1]) / 2.0).sum())
