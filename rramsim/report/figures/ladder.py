"""Accuracy against error rate, one line an error type."""

from __future__ import annotations

import pandas as pd

from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg
from rramsim.weights import ErrorType


def ladder(frame: pd.DataFrame, *, name: str) -> str:
    """Draw one panel a network.

    Parameters
    ----------
    frame
        Ladder rows of ``accuracy.csv`` (without a corner), one mode.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    networks = list(dict.fromkeys(frame["network"]))
    colours = dict(zip(ErrorType, SERIES, strict=False))
    with styled():
        figure = new_figure(4.3 * len(networks) + 0.3, 3.3)
        axes = figure.subplots(1, len(networks), sharey=True, squeeze=False)[0]
        for axis, network in zip(axes, networks, strict=True):
            part = frame[(frame["network"] == network) & (frame["rate"] > 0)]
            for error in ErrorType:
                line = part[part["error_type"] == error.value].sort_values("rate")
                if line.empty:
                    continue
                errors = [line["accuracy"] - line["ci_low"], line["ci_high"] - line["accuracy"]]
                axis.errorbar(
                    line["rate"], line["accuracy"] * 100, yerr=[e.clip(lower=0) * 100 for e in errors], fmt="o-",
                    markersize=3.5, color=colours[error], label=error.described.label,
                )  # fmt: skip
            base = frame.loc[frame["network"] == network, "baseline"].iloc[0] * 100
            axis.axhline(base, color="black", linewidth=0.8, linestyle="--", label="without errors")
            axis.set_xscale("log")
            axis.set_xlabel("error rate of the weights that can make the error")
            axis.set_title(network)
            axis.legend(loc="lower left")
        axes[0].set_ylabel("accuracy (%)")
        return to_svg(figure, name)
