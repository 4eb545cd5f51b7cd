"""Panels of a figure that share their legend and what their axes are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rramsim.report.backend import mpl
from rramsim.report.figures.style import new_figure

_COLUMNS = 3  # side by side


@contextmanager
def panels(count: int, *, height: float, xlabel: str, ylabel: str, **axes: Any) -> Iterator[tuple[Any, list[Any]]]:
    """A figure and its panels; the legend of all of them is made when they are drawn.

    Parameters
    ----------
    count
        Panels, above 0.
    height
        Of one [inches].
    xlabel, ylabel
        What their axes are.
    **axes
        For matplotlib's ``subplots``.
    """
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    figure: mpl.figure.Figure = new_figure(3.4 * columns + 0.6, height * rows + 0.7)
    grid = figure.subplots(rows, columns, squeeze=False, **axes)
    drawn = list(grid.flat)[:count]
    for axis in list(grid.flat)[count:]:
        axis.set_axis_off()
    for axis in grid[:, 0]:
        axis.set_ylabel(ylabel)
    figure.supxlabel(xlabel, fontsize=9)
    yield figure, drawn
    handles: dict[str, Any] = {}
    for axis in drawn:
        artists, labels = axis.get_legend_handles_labels()
        handles |= dict(zip(labels, artists, strict=True))
    # Above the panels, where three of them leave room for as many words.
    figure.legend(list(handles.values()), list(handles), loc="outside upper left", ncols=1 if columns == 1 else 3)
