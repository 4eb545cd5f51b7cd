"""Waveforms of typical devices: voltages of nets against time."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from rramsim.report.figures.panels import panels
from rramsim.report.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    styled,
    to_png,
    to_svg,
)
from rramsim.tables.waveforms import voltages

# In the order of the table's columns; a read's are sense enable, the outputs and the bit lines.
_LINES = ((GREY, "-"), (BLUE, "-"), (RED, "-"), (GREEN, "--"), (ORANGE, "--"), (PURPLE, "--"), (SKY, ":"))
_SENSE_ENABLE = "sen"


def waveforms(frame: pd.DataFrame, *, t_sense: float | None, name: str = "waveforms") -> str:
    """Draw one panel for each programmed symbol.

    Parameters
    ----------
    frame
        Columns of ``waveforms.csv``, one cell and corner.
    t_sense
        Sense time [s], marked after the rise of sense enable; None for no mark.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    return to_svg(_drawn(frame, t_sense), name)


def waveforms_png(frame: pd.DataFrame, *, t_sense: float | None) -> bytes:
    """The same as a PNG.

    Parameters
    ----------
    frame, t_sense
        As for :func:`waveforms`.
    """
    return to_png(_drawn(frame, t_sense))


def _drawn(frame: pd.DataFrame, t_sense: float | None) -> Any:
    symbols = list(dict.fromkeys(frame["programmed"]))
    nets = voltages(frame)
    labels = {"xlabel": "time (ns)", "ylabel": "voltage (V)"}
    with styled(), panels(len(symbols), height=2.4, sharex=True, sharey=True, **labels) as (figure, axes):
        for axis, symbol in zip(axes, symbols, strict=True):
            part = frame[frame["programmed"] == symbol]
            time = part["time_s"].to_numpy() * 1e9
            for (net, column), (colour, line) in zip(nets.items(), itertools.cycle(_LINES), strict=False):
                axis.plot(time, part[column], color=colour, linestyle=line, linewidth=1.4, label=net.upper())
            if t_sense is not None and _SENSE_ENABLE in nets:
                enable = part[nets[_SENSE_ENABLE]]
                start = float(part.loc[enable >= enable.max() / 2, "time_s"].iloc[0])
                axis.axvline((start + t_sense) * 1e9, color="black", linewidth=0.8, linestyle=":")
            axis.set_title(f"programmed {symbol.replace('-', '−')}")
    return figure
