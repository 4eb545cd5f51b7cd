"""Margins of designs against their area."""

from __future__ import annotations

import pandas as pd

from rramsim.report.figures.style import BLUE, GREY, ORANGE, new_figure, styled, to_svg

_ARROW = 0.3  # length [reliability index]
_MARKS = (("s", ORANGE), ("D", BLUE))  # of the circuit as it is, and as it was sized


def size_plane(steps: pd.DataFrame, designs: pd.DataFrame, *, cap: float, name: str) -> str:
    """Draw every design that was tried, and both that were estimated with numbers of their own.

    Parameters
    ----------
    steps
        Rows of ``size_steps.csv``.
    designs
        Rows of ``size.csv``.
    cap
        Largest area [µm²].
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    with styled():
        figure = new_figure(5.6, 3.4)
        axis = figure.subplots()
        axis.scatter(steps["area_um2"], steps["margin"], s=14, color=GREY, alpha=0.6, linewidths=0, label="tried")
        for (shape, colour), (_, row) in zip(_MARKS, designs.iterrows(), strict=True):
            bound = row["margin"] == row["ci_low"]  # no rate above the floor: as good as that at least
            above = _ARROW if bound else row["ci_high"] - row["margin"]
            axis.errorbar(
                [row["area_um2"]], [row["margin"]], yerr=[[row["margin"] - row["ci_low"]], [above]], fmt=shape,
                lolims=bound, markersize=5, capsize=2, color=colour, label=row["design"],
            )  # fmt: skip
        axis.axvline(cap, color="black", linewidth=0.8, linestyle="--", label="largest area")
        axis.axhline(0, color=GREY, linewidth=0.8)
        axis.set(xlabel="area of gates (µm²)", ylabel="margin (reliability index)")
        axis.legend(loc="best")
        return to_svg(figure, name)
