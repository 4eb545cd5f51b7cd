"""Rates against a knob, and the values of the knob that were found from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from rramsim.report.figures.style import GREY, SERIES, new_figure, styled, to_svg

_WIDE = 5.0  # ratio of the ends of an axis from which on it is logarithmic
_LOWEST = 1e-18  # of what is drawn: an axis of logarithms has no zero


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A value of the knob with its interval, and what it is."""

    label: str
    value: float
    low: float
    high: float


def knob_lines(
    frame: pd.DataFrame, labels: dict[str, str], *, targets: dict[str, float], found: Sequence[Found], xlabel: str,
    scale: float, name: str,
) -> str:  # fmt: skip
    """Draw one line a kind of error.

    Parameters
    ----------
    frame
        Columns value, errors, rate, ci_low, ci_high of one cell, process and temperature.
    labels
        What to draw: labels by kind of error.
    targets
        Largest rates that are allowed, by kind of error.
    found
        Values of the knob to mark.
    xlabel
        The knob and its unit.
    scale
        What values of the knob are divided by.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    with styled():
        figure = new_figure(5.6, 3.4)
        axis = figure.subplots()
        axis.set_yscale("log")
        values = frame["value"] / scale
        if values.min() > 0 and values.max() / values.min() >= _WIDE:
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.xaxis.set_major_formatter("{x:g}")
            axis.xaxis.set_minor_formatter(NullFormatter())
        for colour, (kind, label) in zip(SERIES, labels.items(), strict=False):
            line = frame[frame["errors"] == kind].sort_values("value")
            seen, below = line[line["rate"] > 0], line[line["rate"] <= 0]
            ends = [seen["rate"] - seen["ci_low"].clip(lower=_LOWEST), seen["ci_high"] - seen["rate"]]
            ends = [end.clip(lower=0) for end in ends]
            axis.errorbar(
                seen["value"] / scale, seen["rate"], yerr=ends, fmt="o-", markersize=3, linewidth=1, color=colour,
                label=label,
            )  # fmt: skip
            axis.plot(below["value"] / scale, below["ci_high"], "v", markersize=4, color=colour, fillstyle="none")
        for colour, kind in zip(SERIES, labels, strict=False):  # once the axis knows all rates
            if kind in targets:
                axis.axhline(targets[kind], color=colour, linewidth=0.8, linestyle="--")
        for mark in found:
            axis.axvspan(mark.low / scale, mark.high / scale, color=GREY, alpha=0.25, linewidth=0)
            axis.axvline(mark.value / scale, color="black", linewidth=0.9, label=mark.label)
        axis.set(xlabel=xlabel, ylabel="probability")
        axis.legend(loc="best")
        return to_svg(figure, name)
