"""Distributions on normal probability paper: quantiles with their intervals, a normal one on a straight line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg

_MARKERS = "os^Dv"
_TICKS = (0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Quantiles of one distribution: shares (n,) below them [1], values (n,) and the ends of their intervals (n,).

    Lines of one ``group`` have one colour, those of one ``kind`` one marker.
    """

    group: str
    kind: str
    shares: NDArray[np.float64]
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def probability_paper(lines: Sequence[Quantiles], *, xlabel: str, name: str, log: bool = False) -> str:
    """Draw quantiles against the normal variable of the same probability.

    Parameters
    ----------
    lines
        What to draw.
    xlabel
        Quantity and unit.
    name
        Prefix of the SVG's ids.
    log
        Logarithmic values: a lognormal distribution is the straight line.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import LogLocator, NullFormatter
    from scipy.special import ndtri

    groups = list(dict.fromkeys(line.group for line in lines))
    kinds = list(dict.fromkeys(line.kind for line in lines))
    with styled():
        figure = new_figure(6.4, 3.4)
        axis = figure.subplots()
        for line in lines:
            spread = np.maximum([line.values - line.low, line.high - line.values], 0.0)
            axis.errorbar(
                line.values, ndtri(line.shares), xerr=spread, fmt=f"{_MARKERS[kinds.index(line.kind) % 5]}-",
                color=SERIES[groups.index(line.group) % len(SERIES)], linewidth=0.8, markersize=3.2, elinewidth=0.8,
                label=f"{line.kind} at {line.group}",
            )  # fmt: skip
        if log:
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.xaxis.set_major_formatter("{x:g}")
            axis.xaxis.set_minor_formatter(NullFormatter())
        drawn = [share for share in _TICKS if min(one.shares.min() for one in lines) <= share]
        drawn = [share for share in drawn if share <= max(one.shares.max() for one in lines)]
        axis.set_yticks(ndtri(drawn), [f"{100 * share:g}" for share in drawn])
        axis.set_ylabel("reads below (%)")
        axis.set_xlabel(xlabel)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return to_svg(figure, name)
