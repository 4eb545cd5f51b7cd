"""Accuracies of a network at several stages as dots with intervals, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg

_LINE = 0.27  # inches of a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One value with its interval.

    Parameters
    ----------
    group
        What it is of: dots of one group have one colour.
    label
        What it is.
    value, low, high
        In the unit of the axis.
    """

    group: str
    label: str
    value: float
    low: float
    high: float


def deployed_dots(dots: Sequence[Dot], *, xlabel: str, name: str) -> str:
    """Draw rows of dots, the first one at the top.

    Parameters
    ----------
    dots
        At least one.
    xlabel
        Of the axis.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    groups = list(dict.fromkeys(dot.group for dot in dots))
    with styled():
        figure = new_figure(8.6, 0.9 + _LINE * (len(dots) + len(groups)))
        axis = figure.subplots()
        labels: list[tuple[float, str, str]] = []
        place = 0.0
        for number, group in enumerate(groups):
            labels.append((place, group, "bold"))
            for dot in (dot for dot in dots if dot.group == group):
                place -= 1
                labels.append((place, dot.label, "normal"))
                ends = [[dot.value - dot.low], [dot.high - dot.value]]
                axis.errorbar(
                    dot.value, place, xerr=ends, fmt="o", markersize=4, capsize=2.5, elinewidth=1.1,
                    color=SERIES[number % len(SERIES)],
                )  # fmt: skip
            place -= 1
        axis.set_yticks([where for where, _, _ in labels], [label for _, label, _ in labels])
        for tick, (_, _, weight) in zip(axis.get_yticklabels(), labels, strict=True):
            tick.set_fontweight(weight)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel(xlabel)
        axis.set_ylim(place + 0.4, 0.6)
        return to_svg(figure, name)
