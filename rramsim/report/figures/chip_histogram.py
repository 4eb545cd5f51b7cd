"""How accuracies differ from chip to chip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.report.figures.panels import panels
from rramsim.report.figures.style import SERIES, styled, to_svg

_BINS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel: accuracies (chips,) of each condition, in %, and the accuracy without errors."""

    title: str
    chips: Mapping[str, NDArray[np.float64]]
    baseline: float


def chip_histogram(shown: Sequence[Panel], *, name: str) -> str:
    """Draw a histogram of the chips of each condition.

    Parameters
    ----------
    shown
        What to draw.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import MaxNLocator

    labels = list(dict.fromkeys(label for panel in shown for label in panel.chips))
    colours = {label: SERIES[number % len(SERIES)] for number, label in enumerate(labels)}
    with styled(), panels(len(shown), height=2.4, xlabel="accuracy (%)", ylabel="chips") as (figure, drawn):
        for axis, panel in zip(drawn, shown, strict=True):
            values = np.concatenate([*panel.chips.values(), [panel.baseline]])
            edges = np.linspace(values.min(), max(values.max(), values.min() + 0.1), _BINS + 1)
            for label, chips in panel.chips.items():
                axis.hist(chips, edges, histtype="stepfilled", alpha=0.35, color=colours[label], label=label)
                axis.axvline(chips.mean(), color=colours[label], linewidth=1)
            axis.axvline(panel.baseline, color="black", linewidth=0.8, linestyle="--", label="without errors")
            axis.yaxis.set_major_locator(MaxNLocator(integer=True))
            axis.set_title(panel.title)
    return to_svg(figure, name)
