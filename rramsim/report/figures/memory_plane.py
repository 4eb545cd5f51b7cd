"""Accuracy against memory, one mark a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg

_SHAPES = "osD^vP*X"  # one for each colour in turn
_BYTE = 8  # bits
_MARGIN = 1.6  # factor of memory beyond the smallest and the largest network
_BELOW = 3.0  # [%] that the axis goes on below the lowest mark
_SHIFT = 1.012  # along the axis of memory, so that two intervals do not hide each other


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A network.

    Parameters
    ----------
    label
        Its name.
    bits
        Memory of its weights, where real ones have 32 bits, and where they have 8.
    accuracy, worst
        (value, low, high) without errors and at its worst corner, from 0 to 1; None where it was swept at none.
    """

    label: str
    bits: tuple[int, int]
    accuracy: tuple[float, float, float]
    worst: tuple[float, float, float] | None


def memory_plane(marks: Sequence[Mark], *, name: str) -> str:
    """Draw them.

    Parameters
    ----------
    marks
        Networks, at least one.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    with styled():
        figure = new_figure(7.4, max(3.4, 1.0 + 0.2 * len(marks)))
        axis = figure.subplots()
        for number, mark in enumerate(marks):
            colour, shape = SERIES[number % len(SERIES)], _SHAPES[number // len(SERIES) % len(_SHAPES)]
            wide, narrow = (bits / _BYTE for bits in mark.bits)
            same: dict[str, Any] = {"color": colour, "fmt": shape, "markersize": 5.5, "elinewidth": 1.0, "capsize": 2.0}
            axis.errorbar(wide, mark.accuracy[0] * 100, yerr=_bars(mark.accuracy), label=mark.label, **same)
            if narrow != wide:
                axis.plot([narrow, wide], [mark.accuracy[0] * 100] * 2, color=colour, linewidth=0.7, linestyle=":")
                axis.plot(narrow, mark.accuracy[0] * 100, shape, color=colour, markersize=5.5, markerfacecolor="white")
            if mark.worst is not None:
                low = same | {"markersize": 3.0, "fmt": "_", "elinewidth": 0.8}
                axis.errorbar(wide * _SHIFT, mark.worst[0] * 100, yerr=_bars(mark.worst), alpha=0.6, **low)
        axis.set_xscale("log")
        sizes = [bits / _BYTE for mark in marks for bits in mark.bits]
        axis.set_xlim(min(sizes) / _MARGIN, max(sizes) * _MARGIN)
        # A worst corner that little is known of would hide how the networks differ: its bar may leave the figure.
        lowest = min(low for mark in marks for low in (mark.accuracy[1], *(mark.worst or ())[:1]))
        axis.set_ylim(bottom=max(0.0, lowest * 100 - _BELOW))
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _bytes(value)))
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_xlabel("memory of the weights")
        axis.set_ylabel("accuracy (%)")
        figure.legend(loc="outside right upper")
        return to_svg(figure, name)


def _bars(values: tuple[float, float, float]) -> list[list[float]]:
    value, low, high = values
    return [[max(0.0, value - low) * 100], [max(0.0, high - value) * 100]]


def _bytes(value: float) -> str:
    for scale, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= scale * 0.999:
            return f"{value / scale:g} {unit}"
    return f"{value:g} B"
