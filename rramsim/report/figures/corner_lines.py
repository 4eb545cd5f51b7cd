"""A quantity with its interval at every corner: latching time, energy, accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.corners import Corner
from rramsim.report.figures.style import GREY, SERIES, new_figure, styled, to_svg


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
    positions = np.arange(len(corners), dtype=float)
    with styled():
        figure = new_figure(max(6.0, 1.5 + 0.27 * len(corners)), 3.3)
        axis = figure.subplots()
        for index, line in enumerate(series):
            shift = (index - (len(series) - 1) / 2) * 0.16
            colour = SERIES[index % len(SERIES)]
            errors = None
            if line.low is not None and line.high is not None:
                errors = np.maximum([line.values - line.low, line.high - line.values], 0.0)
            axis.errorbar(
                positions + shift, line.values, yerr=errors, fmt="o", markersize=3.2, elinewidth=1.0, color=colour,
                label=line.label,
            )  # fmt: skip
            if line.baseline is not None:
                axis.axhline(line.baseline, color=colour, linewidth=0.8, linestyle="--")
        if log:
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_formatter("{x:g}")
        axis.set_xticks(positions, [f"{corner.temperature_c:g}" for corner in corners], fontsize=7)
        axis.set_xlim(-0.7, len(corners) - 0.3)
        axis.set_xlabel("temperature (°C), by supply and process", labelpad=26)
        axis.set_ylabel(ylabel)
        axis.grid(visible=False, axis="x")
        _groups(axis, corners)
        axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=min(4, len(series)))
        return to_svg(figure, name)


def _groups(axis: object, corners: Sequence[Corner]) -> None:
    """Name each (process, supply) group below its temperatures, with a line between processes."""
    start = 0
    for index in range(1, len(corners) + 1):
        last = corners[index - 1]
        here = corners[index] if index < len(corners) else None
        if here is not None and (here.process, here.vdd) == (last.process, last.vdd):
            continue
        axis.annotate(  # type: ignore[attr-defined]
            f"{last.vdd:g} V\n{last.process.value}", ((start + index - 1) / 2, 0), xytext=(0, -17),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="top", fontsize=7,
            color=GREY, annotation_clip=False,
        )  # fmt: skip
        if here is not None and here.process is not last.process:
            axis.axvline(index - 0.5, color="#d1d5db", linewidth=0.8)  # type: ignore[attr-defined]
        start = index
