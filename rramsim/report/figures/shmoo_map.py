"""Shmoo: a map of pass and fail over two knobs."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rramsim.report.figures.style import BLUE, GREY, ORANGE, new_figure, styled, to_svg
from rramsim.tables.shmoo import VERDICTS

_COLOURS = dict(zip(VERDICTS, ("#b7dbc8", "#f3c3b0", "#f3f4f6"), strict=True))


def shmoo_map(
    frame: pd.DataFrame, *, xlabel: str, ylabel: str, scales: tuple[float, float], name: str
) -> str:  # fmt: skip
    """Draw one cell at one process and temperature.

    A cell that fails or is undecided names the kind of error that is farthest above its target, or nearest to it; one
    that is undecided is hatched.

    Parameters
    ----------
    frame
        Rows of ``shmoo.csv``.
    xlabel, ylabel
        The knobs and their units.
    scales
        What values of both knobs are divided by.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text; each cell has a tooltip with margin and interval.
    """
    xs, ys = sorted(set(frame["x"])), sorted(set(frame["y"]))
    tooltips: dict[str, str] = {}
    with styled():
        figure = new_figure(1.6 + 0.55 * max(4, len(xs)), 1.3 + 0.36 * max(3, len(ys)))
        axis = figure.subplots()
        for _, row in frame.iterrows():
            _cell(axis, row, xs.index(row["x"]), ys.index(row["y"]), tooltips)
        axis.set(xlim=(-0.5, len(xs) - 0.5), ylim=(-0.5, len(ys) - 0.5), xlabel=xlabel, ylabel=ylabel)
        axis.set_xticks(range(len(xs)), [f"{x / scales[0]:.4g}" for x in xs])
        axis.set_yticks(range(len(ys)), [f"{y / scales[1]:.4g}" for y in ys])
        axis.grid(visible=False)
        axis.tick_params(length=0)
        for spine in axis.spines.values():
            spine.set(visible=False, color=GREY)
        from matplotlib.patches import Patch

        handles = [
            Patch(facecolor=colour, hatch="////" if verdict == VERDICTS[2] else "", edgecolor="#9ca3af", label=verdict)
            for verdict, colour in _COLOURS.items()
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=3)
        return to_svg(figure, name, tooltips)


def _cell(axis: Any, row: pd.Series, column: int, line: int, tooltips: dict[str, str]) -> None:
    from matplotlib.patches import Rectangle

    verdict, gid = row["verdict"], f"pair-{column}-{line}"
    patch = Rectangle((column - 0.5, line - 0.5), 1, 1, linewidth=1.2, edgecolor="white", gid=gid)
    patch.set_facecolor(_COLOURS[verdict])
    if verdict == VERDICTS[2]:
        patch.set(hatch="////", edgecolor="#9ca3af", linewidth=0.5)
    axis.add_patch(patch)
    if verdict != VERDICTS[0]:
        colour = ORANGE if verdict == VERDICTS[2] else BLUE
        axis.text(
            column, line, row["limit"], ha="center", va="center", fontsize=7.5, color="#111827",
            bbox={"facecolor": "white", "edgecolor": colour, "pad": 0.8, "linewidth": 0.4},
        )  # fmt: skip
    tooltips[gid] = (
        f"{row['x_knob']} = {row['x']:g}, {row['y_knob']} = {row['y']:g}: {verdict}, margin {row['margin']:.2f} "
        f"({row['ci_low']:.2f} … {row['ci_high']:.2f}) in reliability indices, set by {row['limit']}"
    )
