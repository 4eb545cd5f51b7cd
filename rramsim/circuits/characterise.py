"""Nominal behaviour of a read: waveforms of each weight, and how the sense window depends on the supply.

Typical devices without spread: what a designer looks at before any statistics.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rramsim.circuits.read import ReadBench, ReadSample, measure_read
from rramsim.circuits.read_deck import ReadDeck
from rramsim.devices.resistance import DeviceStatistics
from rramsim.spice.engine import engine
from rramsim.tables.window import WINDOW
from rramsim.weights import Weight

PROBES = ("sen", "bl", "blb")

# Two devices of exactly one resistance never resolve without spread: a zero is shown 10 % apart.
_ZERO_ASYMMETRY = 1.1


def nominal_sample(devices: DeviceStatistics, programmed: Weight) -> ReadSample:
    """Median devices of a weight, nominal transistors; a zero's two devices differ by 10 %."""
    r_bl, r_blb = (getattr(devices, state).r_median for state in programmed.states)
    return ReadSample(r_bl=r_bl, r_blb=r_blb * (_ZERO_ASYMMETRY if programmed is Weight.ZERO else 1.0))


def nominal_waveforms(deck: ReadDeck, devices: DeviceStatistics, weights: tuple[Weight, ...]) -> pd.DataFrame:
    """Waveforms of one nominal read of each weight.

    Parameters
    ----------
    deck
        What to read.
    devices
        Resistance statistics, of which the medians are used.
    weights
        The weights to show.

    Returns
    -------
    pandas.DataFrame
        Columns of ``WAVEFORMS``, one row a time point; time counts from the start of the precharge.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    # A finer step than a measurement needs, for a smooth picture.
    fine = replace(deck.conditions, max_step=min(deck.conditions.max_step, deck.conditions.t_sense / 200))
    bench = ReadBench(engine(), replace(deck, conditions=fine, probes=PROBES))
    corner = deck.corner
    frames = []
    for weight in weights:
        waves = bench.waveforms(nominal_sample(devices, weight))
        point = {
            "cell": deck.cell.name,
            **corner.labels,
            "programmed": weight.value,
        }
        signals = {f"{name}_v": waves[name] for name in ("sen", "q", "qb", "bl", "blb")}
        frames.append(pd.DataFrame(point | {"time_s": waves["time"], **signals, "i_vdd_a": -waves["i(vdd)"]}))
    return pd.concat(frames, ignore_index=True)


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
        bench = ReadBench(engine(), point)
        for r_bl, r_blb in pairs:
            outcome = measure_read(bench.waveforms(ReadSample(r_bl=r_bl, r_blb=r_blb)), point)
            pair = {"r_bl_ohm": r_bl, "r_blb_ohm": r_blb}
            found = {"latching_time_s": outcome.latching_time, "energy_j": outcome.energy}
            rows.append({**corner.labels, **pair, **found})
    return WINDOW.frame(rows)
