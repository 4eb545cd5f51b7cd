"""Loss and validation accuracy against epoch, one line a network."""

from __future__ import annotations

import pandas as pd

from rramsim.report.figures.style import SERIES, new_figure, styled, to_svg

_DASHES = ("-", "--", ":", "-.")  # one for each colour in turn
_LINE = 0.19  # height of a line of the legend [inches]


def training_curves(frame: pd.DataFrame, *, name: str) -> str:
    """Draw both, side by side.

    Parameters
    ----------
    frame
        Columns network, epoch (from 1), loss [nat] and accuracy (0 to 1).
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import MaxNLocator

    networks = list(dict.fromkeys(frame["network"]))
    with styled():
        figure = new_figure(10.2, max(3.2, 0.8 + _LINE * len(networks)))
        losses, accuracies = figure.subplots(1, 2)
        for number, network in enumerate(networks):
            line = frame[frame["network"] == network].sort_values("epoch")
            style = {
                "color": SERIES[number % len(SERIES)], "linestyle": _DASHES[number // len(SERIES) % len(_DASHES)],
                "linewidth": 1.1, "marker": "o" if len(line) == 1 else None, "markersize": 3,
            }  # fmt: skip
            losses.plot(line["epoch"], line["loss"], label=network, **style)
            accuracies.plot(line["epoch"], line["accuracy"] * 100, **style)
        losses.set_ylabel("training loss (nat)")
        accuracies.set_ylabel("validation accuracy (%)")
        for axis in (losses, accuracies):
            axis.set_xlabel("epoch")
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        losses.set_ylim(bottom=0)
        figure.legend(loc="outside right upper")
        return to_svg(figure, name)
