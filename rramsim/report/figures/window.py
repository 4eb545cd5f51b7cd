"""Sense window: latching time of resistance pairs against the supply."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from rramsim.report.figures.style import GREY, SERIES, new_figure, styled, to_svg
from rramsim.report.summary import engineering


def window(frame: pd.DataFrame, *, t_sense: float, name: str = "window") -> str:
    """Draw latching times.

    Parameters
    ----------
    frame
        Columns of ``window.csv``; an infinite latching time is left out.
    t_sense
        Sense time [s]: pairs below the line read ±1, pairs above it 0.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    with styled():
        figure = new_figure(6.4, 3.6)
        axis = figure.subplots()
        for (r_bl, r_blb), colour in zip(pairs(frame), SERIES, strict=False):
            part = frame[(frame["r_bl_ohm"] == r_bl) & (frame["r_blb_ohm"] == r_blb)]
            part = part[np.isfinite(part["latching_time_s"])]
            label = pair_text((r_bl, r_blb))
            axis.plot(part["vdd_v"], part["latching_time_s"] * 1e9, "o-", color=colour, markersize=4, label=label)
        axis.axhline(t_sense * 1e9, color="black", linewidth=0.9, linestyle=":")
        axis.annotate(
            f"t_sense = {engineering(t_sense, 's')}", (0.01, t_sense * 1e9), xycoords=("axes fraction", "data"),
            ha="left", va="bottom", fontsize=8.5,
        )  # fmt: skip
        closing = closing_supply(frame, t_sense)
        if closing is not None:
            axis.axvspan(closing, frame["vdd_v"].max(), color=GREY, alpha=0.12, linewidth=0)
            axis.annotate(
                "window closed:\na zero reads ±1", (closing, 0.45), xycoords=("data", "axes fraction"),
                xytext=(5, 0), textcoords="offset points", fontsize=8.5, color=GREY,
            )  # fmt: skip
        axis.set_yscale("log")
        axis.set_xlabel("supply voltage (V)")
        axis.set_ylabel("latching time (ns)")
        axis.legend(loc="upper right", bbox_to_anchor=(1.0, 0.99), title="BL / BLb")
        return to_svg(figure, name)


def closing_supply(frame: pd.DataFrame, t_sense: float) -> float | None:
    """Supply above which the slowest pair latches before ``t_sense`` [V], between grid points; None if none does.

    Parameters
    ----------
    frame
        Columns of ``window.csv``.
    t_sense
        Sense time [s].
    """
    slowest = high_pair(frame)
    part = frame[(frame["r_bl_ohm"] == slowest[0]) & (frame["r_blb_ohm"] == slowest[1])].sort_values("vdd_v")
    supplies, times = part["vdd_v"].to_numpy(), part["latching_time_s"].to_numpy()
    early = np.flatnonzero(times < t_sense)
    if early.size == 0:
        return None
    first = int(early[0])
    if first == 0 or not math.isfinite(times[first - 1]):
        return float(supplies[first])
    fraction = math.log(times[first - 1] / t_sense) / math.log(times[first - 1] / times[first])
    return float(supplies[first - 1] + fraction * (supplies[first] - supplies[first - 1]))


def late_supplies(frame: pd.DataFrame, t_sense: float) -> list[float]:
    """Supplies at which the other pairs have not all latched by ``t_sense`` [V], the lowest first.

    Parameters
    ----------
    frame
        Columns of ``window.csv``.
    t_sense
        Sense time [s].
    """
    r_bl, r_blb = high_pair(frame)
    others = frame[(frame["r_bl_ohm"] != r_bl) | (frame["r_blb_ohm"] != r_blb)]
    return sorted(set(others.loc[others["latching_time_s"] >= t_sense, "vdd_v"].tolist()))


def high_pair(frame: pd.DataFrame) -> tuple[float, float]:
    """The pair of two high resistances [Ω].

    Parameters
    ----------
    frame
        Columns of ``window.csv``.
    """
    return max(pairs(frame), key=lambda pair: min(pair))


def pair_text(pair: tuple[float, float]) -> str:
    """A pair for people.

    Parameters
    ----------
    pair
        Resistances on BL and BLb [Ω].

    Examples
    --------
    >>> pair_text((5e3, 350e3))
    '5 kΩ / 350 kΩ'
    """
    return " / ".join(engineering(resistance, "Ω") for resistance in pair)


def pairs(frame: pd.DataFrame) -> list[tuple[float, float]]:
    """Resistances on BL and BLb [Ω], in the order of the table.

    Parameters
    ----------
    frame
        Columns of ``window.csv``.
    """
    return list(dict.fromkeys(zip(frame["r_bl_ohm"], frame["r_blb_ohm"], strict=True)))
