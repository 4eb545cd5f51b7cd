"""Importance factors at every corner: which device's spread causes a misread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rramsim.corners import Corner
from rramsim.report.figures.corner_axis import corner_axis, corner_figure_width
from rramsim.report.figures.style import GREY, SERIES, new_figure, styled, to_svg

_LEGEND_WIDTH = 2.0  # [inches]: names of transistors are long


def importance(corners: Sequence[Corner], factors: Mapping[str, NDArray[np.float64]], *, name: str) -> str:
    """Draw a stacked bar a corner; a corner whose misread was counted or not met has none.

    Parameters
    ----------
    corners
        n corners in table order.
    factors
        Factors (n,) of each source; what matters little is drawn as one.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    ranked = sorted(factors, key=lambda source: -float(np.nan_to_num(factors[source]).max()))
    shown, rest = ranked[: len(SERIES)], ranked[len(SERIES) :]
    bars = [(source, np.nan_to_num(factors[source]), colour) for source, colour in zip(shown, SERIES, strict=False)]
    if rest:
        bars.append(("others", np.sum([np.nan_to_num(factors[source]) for source in rest], axis=0), GREY))
    with styled():
        figure = new_figure(corner_figure_width(corners) + _LEGEND_WIDTH, 2.9)
        axis = figure.subplots()
        bottom = np.zeros(len(corners))
        for label, values, colour in bars:
            axis.bar(np.arange(len(corners)), values, 0.8, bottom=bottom, color=colour, label=label)
            bottom += values
        axis.set_ylim(0, 1)
        axis.set_axisbelow(True)
        axis.set_ylabel("importance")
        corner_axis(axis, corners)
        figure.legend(loc="outside right upper", handlelength=1.2)
        return to_svg(figure, name)
