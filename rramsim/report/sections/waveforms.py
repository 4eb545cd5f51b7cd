"""Nominal waveforms of each cell, and the sense window."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from rramsim.corners import corner_of
from rramsim.report.figures.waveforms import waveforms
from rramsim.report.figures.window import closing_supply, high_pair, late_supplies, pair_text, pairs, window
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, spoken
from rramsim.report.summary import engineering


def waveform_figures(run: RunData) -> Iterator[Figure]:
    """One figure a cell.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.waveforms is None:
        return
    for name, frame in run.waveforms.groupby("cell", sort=True):
        cell, corner, t_sense = str(name), corner_of(frame.iloc[0]), run.t_sense(str(name))
        judged = "" if t_sense is None else (
            f" The dotted line is the decision at {engineering(t_sense, 's')} after sense enable (SEN)."
        )  # fmt: skip
        yield Figure(
            name=f"waveforms_{cell}",
            svg=waveforms(frame, t_sense=t_sense, name=f"waveforms-{cell}"),
            caption=f"{cell}: typical devices, for each programmed symbol, at {spoken(corner)}.{judged}",
            description=f"Waveforms of the nets of {cell} for each programmed symbol",
            of=(("cell", cell),),
        )


def window_figures(run: RunData) -> Iterator[Figure]:
    """Latching time against the supply.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    t_sense = next((time for time in map(run.t_sense, run.cells) if time is not None), None)
    if run.window is None or t_sense is None:
        return
    corner = corner_of(run.window.iloc[0])
    told = [pair_text(pair) for pair in pairs(run.window)]
    yield Figure(
        name="window",
        svg=window(run.window, t_sense=t_sense),
        caption=f"Sense window, {corner.process}, {corner.temperature_c:g} °C, nominal transistors: time to "
        f"latch of {' and '.join(told)} (BL / BLb). The window is open where the dotted line lies "
        f"between them. {_verdict(run.window, t_sense)}",
        description=f"Latching time against supply voltage for {', '.join(told)}",
    )


def _verdict(frame: pd.DataFrame, t_sense: float) -> str:
    """Where the window is not open, and why."""
    closing, late = closing_supply(frame, t_sense), late_supplies(frame, t_sense)
    high, others = high_pair(frame), [pair for pair in pairs(frame) if pair != high_pair(frame)]
    found = []
    if closing is not None:
        where = f"Above {closing:.2f} V" if closing > frame["vdd_v"].min() else "At every supply shown"
        found.append(f"{where} the pair {pair_text(high)} latches before the decision: a zero is then read as ±1.")
    if late:
        where = f"{late[0]:g} V" if len(late) == 1 else f"{late[0]:g} to {late[-1]:g} V"
        told = " or ".join(map(pair_text, others))
        found.append(f"At {where} the pair {told} has not latched by the decision: it is then read as 0.")
    return " ".join(found) or "It stays open over the supplies shown."
