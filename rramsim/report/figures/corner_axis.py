"""The axis of corners: temperatures, grouped by supply and process."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rramsim.corners import Corner
from rramsim.report.figures.style import GREY


def corner_axis(axis: Any, corners: Sequence[Corner]) -> None:
    """Label the horizontal axis; corner i stands at i.

    Parameters
    ----------
    axis
        Axis of matplotlib.
    corners
        Corners in table order.
    """
    axis.set_xticks(np.arange(len(corners)), [f"{corner.temperature_c:g}" for corner in corners], fontsize=7)
    axis.set_xlim(-0.7, len(corners) - 0.3)
    axis.set_xlabel("temperature (°C), by supply and process", labelpad=26)
    axis.grid(visible=False, axis="x")
    start = 0
    for index in range(1, len(corners) + 1):
        last = corners[index - 1]
        here = corners[index] if index < len(corners) else None
        if here is not None and (here.process, here.vdd) == (last.process, last.vdd):
            continue
        axis.annotate(
            f"{last.vdd:g} V\n{last.process}", ((start + index - 1) / 2, 0), xytext=(0, -17),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="top", fontsize=7,
            color=GREY, annotation_clip=False,
        )  # fmt: skip
        if here is not None and here.process != last.process:
            axis.axvline(index - 0.5, color="#d1d5db", linewidth=0.8)
        start = index


def corner_figure_width(corners: Sequence[Corner]) -> float:
    """Width of a figure with so many corners [inches].

    Parameters
    ----------
    corners
        Corners along its axis.
    """
    return max(6.0, 1.5 + 0.27 * len(corners))
