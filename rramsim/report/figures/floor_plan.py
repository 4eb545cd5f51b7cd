"""Floor plan of a network: its arrays in their order, each filled by what is used of it.

The plan is one image in the drawing, however many arrays there are: of few of them a pixel is a pair, of many a square
of some pixels is an array, or stands for several.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rramsim.report.figures.style import GREY, SERIES, new_figure, styled, to_svg

_SQUARES = 40_000  # more arrays than that share squares
_PIXELS = 8e5  # of the plan
_SHARP = 600  # pixels across that are shown as squares; more are smaller than those of a screen, and are averaged
_LEAST, _MOST = 3, 512  # pixels of an array along an axis
_WIDE = 1.7  # of the plan, to its height
_NAMED = 30  # layers in the legend
_LABELLED = 0.045  # part of the plan's height that the number of a layer needs
_PALE = 0.8  # of white in the colour of what is not used
_HEIGHT = 3.6  # [inches]
_LEGEND = 3.4  # [inches]

# How matplotlib asks for squares, as for an image that is shown larger than it is.
_PIXELATED = "image-rendering:crisp-edges;image-rendering:pixelated"

Pixels = NDArray[np.uint8]


def arrays_a_square(arrays: int) -> int:
    """How many arrays one square of the plan stands for.

    Parameters
    ----------
    arrays
        Of the network.
    """
    return max(1, -(-arrays // _SQUARES))


def floor_plan(layers: pd.DataFrame, *, name: str) -> str:
    """Draw the arrays of a network.

    Parameters
    ----------
    layers
        Rows of ``mapping.csv`` of one network, those that arrays store; at least one.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text; each layer has a tooltip.
    """
    from matplotlib.patches import Patch, Rectangle

    plan = _Plan(layers)
    height, width = plan.image.shape[:2]
    tooltips: dict[str, str] = {}
    with styled():
        size = min(max(_HEIGHT * width / height, 1.5), 8.0)
        figure = new_figure(size + _LEGEND, max(_HEIGHT, 0.4 + 0.155 * min(len(layers) + 1, _NAMED)))
        axis = figure.subplots()
        axis.imshow(plan.image, interpolation="none", extent=(0, width, height, 0))
        axis.set_axis_off()
        axis.set_anchor("N")
        handles = []
        for number, (_, layer) in enumerate(layers.iterrows()):
            told = _told(dict(layer))
            handles.append(Patch(color=_colour(number), label=told))
            for part, (left, top, wide, high) in enumerate(plan.runs[number]):
                gid = f"layer-{number}-{part}"
                # Hardly seen: it is there for its tooltip.
                axis.add_patch(Rectangle((left, top), wide, high, facecolor=(1, 1, 1, 0.01), edgecolor="none", gid=gid))
                tooltips[gid] = told
            left, top, wide, high = max(plan.runs[number], key=lambda run: run[2] * run[3])
            if high > _LABELLED * height and wide > _LABELLED * width:
                box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}
                axis.text(left + wide / 2, top + high / 2, str(layer["layer"]), ha="center", va="center", fontsize=7.5,
                          bbox=box)  # fmt: skip
        shown = handles if len(handles) <= _NAMED else handles[: _NAMED - 1]
        if len(shown) < len(handles):
            shown = [*shown, Patch(color="none", label=f"and {len(handles) - len(shown)} more layers")]
        if int(layers["spare_rows"].iloc[0]):
            shown = [*shown, Patch(color=GREY, label="spare rows")]
        figure.legend(handles=shown, loc="outside right upper", handlelength=1.0, handleheight=1.0, fontsize=7.5)
        svg = to_svg(figure, name, tooltips)
    return svg if width <= _SHARP else svg.replace(_PIXELATED, "image-rendering:auto")


class _Plan:
    """The image of all arrays, and where the runs of each layer lie in it: (left, top, width, height) each [pixels]."""

    def __init__(self, layers: pd.DataFrame) -> None:
        first = layers.iloc[0]
        rows, columns, self._spare = int(first["array_rows"]), int(first["array_columns"]), int(first["spare_rows"])
        self._rows, self._columns = rows, columns
        self._every = arrays_a_square(int(layers["arrays"].sum()))
        counts = [-(-int(count) // self._every) for count in layers["arrays"]]
        total = sum(counts)
        scale = min(1.0, math.sqrt(_PIXELS / (total * rows * columns)))
        self._high, self._wide = (min(max(round(side * scale), _LEAST), _MOST) for side in (rows, columns))
        self._gap = max(1, min(self._high, self._wide) // 12)
        steps = self._high + self._gap, self._wide + self._gap
        self._across = min(total, math.ceil(math.sqrt(total * _WIDE * steps[0] / steps[1])))
        shape = (-(-total // self._across), steps[0], self._across, steps[1], 3)
        squares = np.full(shape, 255, dtype=np.uint8)
        start = 0
        self.runs = []
        for number, ((_, layer), count) in enumerate(zip(layers.iterrows(), counts, strict=True)):
            self._paint(squares, dict(layer), start, count, number)
            self.runs.append([tuple(side * step for side, step in zip(run, (steps[1], steps[0]) * 2, strict=True))
                              for run in _rectangles(start, count, self._across)])  # fmt: skip
            start += count
        self.image: Pixels = squares.reshape(shape[0] * shape[1], shape[2] * shape[3], 3)

    def _paint(self, squares: Pixels, layer: Mapping[str, Any], start: int, count: int, number: int) -> None:
        """Paint the squares of a layer: its last row and its last column of tiles may be used in part."""
        tile_row, tile_column = np.divmod(np.arange(count) * self._every, layer["column_tiles"])
        usable = self._rows - self._spare
        used_rows = np.minimum(usable, layer["matrix_rows"] - tile_row * usable)
        used_columns = np.minimum(self._columns, layer["matrix_columns"] - tile_column * self._columns)
        place = np.arange(start, start + count)
        for rows, columns in set(zip(used_rows.tolist(), used_columns.tolist(), strict=True)):
            here = place[(used_rows == rows) & (used_columns == columns)]
            line, across = np.divmod(here, self._across)
            squares[line, : self._high, across, : self._wide] = self._square(rows, columns, _colour(number))

    def _square(self, rows: int, columns: int, colour: str) -> Pixels:
        """One array."""
        full = _rgb(colour)
        square = np.empty((self._high, self._wide, 3))
        square[:] = _PALE * 255 + (1 - _PALE) * full
        spare = _part(self._spare, self._rows, self._high)
        usable = self._high - spare
        square[usable:] = _rgb(GREY)
        used = _part(rows, self._rows - self._spare, usable), _part(columns, self._columns, self._wide)
        square[: used[0], : used[1]] = full
        return square.round().astype(np.uint8)


def _rectangles(start: int, count: int, across: int) -> list[tuple[int, int, int, int]]:
    """(left, top, width, height) of the rectangles that squares from one number on take, in lines of so many."""
    found = []
    while count > 0:
        line, left = divmod(start, across)
        lines = count // across if left == 0 else 0
        width = across if lines else min(count, across - left)
        found.append((left, line, width, max(1, lines)))
        start, count = start + width * max(1, lines), count - width * max(1, lines)
    return found


def _part(length: int, whole: int, pixels: int) -> int:
    """Pixels of a part: some where there is any, all only where it is all."""
    if length in (0, whole):
        return pixels if length else 0
    return min(max(round(pixels * length / whole), 1), pixels - 1)


def _told(layer: Mapping[str, Any]) -> str:
    shape = str(layer["shape"]).replace("x", " × ")
    arrays = f"{layer['arrays']:,} array{'s' if layer['arrays'] > 1 else ''}"
    return f"{layer['layer']} {layer['type']} {shape}: {arrays}, {layer['utilisation'] * 100:.0f} % used"


def _colour(number: int) -> str:
    return SERIES[number % len(SERIES)]


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)
