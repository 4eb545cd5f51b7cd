"""A quantity with its interval at every corner: latching time, energy, accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.corners import Corner
from rramsim.report.figures.corner_axis import corner_axis, corner_figure_width
from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg

_MARKERS = "os^Dv"  # of series, each of all colours
_MARK, _LETTER = 0.55, 0.07  # width of the mark and of a letter in the legend [inches]
_LEAST_SPAN = 0.02  # of the vertical axis, as a part of the values


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of points: values (n,) at ``corners``, with lower and upper ends (n,) or without."""

    label: str
    values: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    baseline: float | None = None


def corner_lines(
    corners: Sequence[Corner], series: Sequence[Series], *, ylabel: str, name: str, log: bool = False
) -> str:
    """Draw points against corners, grouped by process and supply.

    Parameters
    ----------
    corners
        n corners in table order.
    series
        What to draw; ``baseline`` is a dashed line in the series' colour.
    ylabel
        Quantity and unit.
    name
        Prefix of the SVG's ids.
    log
        Logarithmic values.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import LogFormatter

    positions = np.arange(len(corners), dtype=float)
    with styled():
        figure = new_figure(corner_figure_width(corners), 3.3)
        axis = figure.subplots()
        for index, line in enumerate(series):
            shift = (index - (len(series) - 1) / 2) * min(0.16, 0.8 / len(series))
            colour = SERIES[index % len(SERIES)]
            errors = None
            if line.low is not None and line.high is not None:
                errors = np.maximum([line.values - line.low, line.high - line.values], 0.0)
            axis.errorbar(
                positions + shift, line.values, yerr=errors, fmt=_MARKERS[index // len(SERIES) % len(_MARKERS)],
                markersize=3.2, elinewidth=1.0, color=colour,
                label=line.label,
            )  # fmt: skip
            if line.baseline is not None:
                axis.axhline(line.baseline, color=colour, linewidth=0.8, linestyle="--")
        if log:
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter("{x:g}")
            # Within a decade every step has a label, up to two decades only 2, 4 and 6: more would overlap.
            axis.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2.0, 0.4)))
        low, high = axis.get_ylim()
        if high - low < _LEAST_SPAN * abs(high):  # values that differ by rounding alone
            axis.set_ylim(low - _LEAST_SPAN * abs(low), high + _LEAST_SPAN * abs(high))
        axis.set_ylabel(ylabel)
        corner_axis(axis, corners)
        longest = max(len(line.label) for line in series)
        columns = int(corner_figure_width(corners) / (_MARK + _LETTER * longest))
        axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=min(max(columns, 1), 4, len(series)))
        return to_svg(figure, name)
