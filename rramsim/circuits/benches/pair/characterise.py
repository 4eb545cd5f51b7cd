"""Nominal behaviour of a read: waveforms of each weight, and how the sense window depends on the supply.

Typical devices without spread: what a designer looks at before any statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader, ReadSample, measure_read
from rramsim.circuits.simulation import Waves
from rramsim.devices.resistance import DeviceStatistics
from rramsim.spice.engine import engine
from rramsim.tables.window import WINDOW
from rramsim.weights import Weight

if TYPE_CHECKING:
    import pandas as pd

_SIGNALS = ("time", "sen", "q", "qb", "bl", "blb", "i(vdd)")
_PROBES = ("sen", "bl", "blb")

# The weights whose median devices make the sense window: a complementary pair, and two high resistances.
_WINDOW_WEIGHTS = (Weight.PLUS, Weight.ZERO)
_WINDOW_POINTS = 12
_WINDOW_SUPPLIES = (1.0, 5.0)  # what is shown of the supplies of the technology, where it reaches into them [V]
_WINDOW_SECONDS = 400e-9  # long enough for two HRS near threshold

# Two devices of exactly one resistance never resolve without spread: they are shown 10 % apart.
_ASYMMETRY = 1.1


def nominal_sample(r_bl: float, r_blb: float) -> ReadSample:
    """Two devices and nominal transistors; devices that are alike are told apart by 10 %.

    Parameters
    ----------
    r_bl, r_blb
        Resistances [Ω].
    """
    return ReadSample(r_bl=r_bl, r_blb=r_blb * (_ASYMMETRY if r_bl == r_blb else 1.0))


def nominal_waves(deck: ReadDeck, sample: ReadSample, *, inputs: Sequence[tuple[str, float]] = ()) -> Waves:
    """Waveforms of one read, on a time axis that begins with the precharge.

    Parameters
    ----------
    deck
        What to read.
    sample
        The devices.
    inputs
        (net, V) of each input of the circuit.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    # A finer step than a measurement needs, for a smooth picture.
    fine = replace(deck.conditions, max_step=min(deck.conditions.max_step, deck.conditions.t_sense / 200))
    reader = Reader(engine(), replace(deck, conditions=fine, probes=_PROBES), inputs=inputs)
    waves = reader.waveforms(sample)
    return {name: waves[name] for name in _SIGNALS}


def nominal_window(deck: ReadDeck, devices: DeviceStatistics) -> pd.DataFrame:
    """The sense window of the median devices over the supplies of the technology.

    Parameters
    ----------
    deck
        What to read.
    devices
        Resistance statistics, of which the medians are used.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    limits = deck.technology.file.validity
    low, high = max(limits.vdd_min_v, _WINDOW_SUPPLIES[0]), min(limits.vdd_max_v, _WINDOW_SUPPLIES[1])
    if not low < high:
        low, high = limits.vdd_min_v, limits.vdd_max_v
    step = (high - low) / (_WINDOW_POINTS - 1)
    vdds = tuple(dict.fromkeys(round(low + index * step, 3) for index in range(_WINDOW_POINTS)))
    medians = [[getattr(devices, state).r_median for state in weight.states] for weight in _WINDOW_WEIGHTS]
    samples = [nominal_sample(*pair) for pair in medians]
    pairs = tuple((round(sample.r_bl, 3), round(sample.r_blb, 3)) for sample in samples)  # to a milliohm
    return sense_window(deck, vdds, pairs, t_window=_WINDOW_SECONDS)


def sense_window(
    deck: ReadDeck, vdds: tuple[float, ...], pairs: tuple[tuple[float, float], ...], *, t_window: float
) -> pd.DataFrame:
    """Latching time of resistance pairs against the supply.

    The ternary scheme rests on a window: a complementary pair must latch before ``t_sense`` and a pair of two high
    resistances after it. The window is open near threshold and closes as the supply rises.

    Parameters
    ----------
    deck
        What to read; its corner gives process and temperature.
    vdds
        Supply voltages [V].
    pairs
        (r_bl, r_blb) [Ω].
    t_window
        How long to wait for the latch [s].

    Returns
    -------
    pandas.DataFrame
        Columns of ``WINDOW``, one row for each supply and pair; the latching time is infinite where the pair did
        not latch within ``t_window``.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    rows = []
    for vdd in vdds:
        corner = replace(deck.corner, vdd=vdd)
        # The verdict is not asked for; a decision at the end allows any window, also one below the study's t_sense.
        point = replace(deck, corner=corner, conditions=replace(deck.conditions, t_sense=t_window, t_window=None))
        reader = Reader(engine(), point)
        for r_bl, r_blb in pairs:
            outcome = measure_read(reader.waveforms(ReadSample(r_bl=r_bl, r_blb=r_blb)), point)
            pair = {"r_bl_ohm": r_bl, "r_blb_ohm": r_blb}
            found = {"latching_time_s": outcome.latching_time, "energy_j": outcome.energy}
            rows.append({**corner.labels, **pair, **found})
    return WINDOW.frame(rows)
