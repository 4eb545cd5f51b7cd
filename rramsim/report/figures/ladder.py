"""A score against error rate, one line an error type."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rramsim.report.figures.panels import panels
from rramsim.report.figures.style import BLUE, GREEN, GREY, ORANGE, RED, styled, to_svg
from rramsim.tables.accuracy import ALL_ERRORS
from rramsim.weights import ErrorType

_MARGIN = 1.5  # of the axis of rates
_COLOURS = {
    ErrorType.SIGN.value: BLUE, ErrorType.TO_ZERO.value: ORANGE, ErrorType.FROM_ZERO.value: GREEN,
    ErrorType.UNRESOLVED.value: RED, ALL_ERRORS: GREY,
}  # fmt: skip


def ladder(frame: pd.DataFrame, *, ylabel: str, name: str) -> str:
    """Draw one panel a network.

    Parameters
    ----------
    frame
        One mode; columns network, error_type, rate, value, low, high, spread and baseline, all scores in the unit of
        ``ylabel``. An interval or a spread that is not known is not a number.
    ylabel
        Score and unit.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    networks = list(dict.fromkeys(frame["network"]))
    alone = (frame["error_type"] != ALL_ERRORS).all()
    xlabel = "error rate of the weights that can make the error" if alone else "mean rate of wrong weights"
    labels = {"xlabel": xlabel, "ylabel": ylabel}
    with styled(), panels(len(networks), height=2.8, sharex=True, sharey=True, **labels) as (figure, drawn):
        for axis, network in zip(drawn, networks, strict=True):
            _panel(axis, frame[frame["network"] == network], network)
    return to_svg(figure, name)


def _panel(axis: Any, frame: pd.DataFrame, network: str) -> None:
    axis.set_xscale("log")
    rates = frame["rate"][frame["rate"] > 0]
    if not rates.empty:  # of one rate alone, an axis of logarithms has no width
        axis.set_xlim(rates.min() / _MARGIN, rates.max() * _MARGIN)
    for error, colour in _COLOURS.items():
        line = frame[(frame["error_type"] == error) & (frame["rate"] > 0)].sort_values("rate")
        if line.empty:
            continue
        label = "all together" if error == ALL_ERRORS else ErrorType(error).described.label
        value, spread = line["value"], line["spread"]
        ends = [(value - line["low"]).clip(lower=0).fillna(0), (line["high"] - value).clip(lower=0).fillna(0)]
        axis.errorbar(line["rate"], value, yerr=ends, fmt="o-", markersize=3, linewidth=1, color=colour, label=label)
        if spread.notna().any():
            axis.fill_between(line["rate"], value - spread, value + spread, color=colour, alpha=0.18, linewidth=0)
    axis.axhline(frame["baseline"].iloc[0], color="black", linewidth=0.8, linestyle="--", label="without errors")
    axis.set_title(network)
