"""How far estimates of a gradient are from it, against the strength of the nudge: error, cosine, sign."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rramsim.report.backend import mpl
from rramsim.report.figures.style import GREY, SERIES, new_figure, styled

_ALL = "all"
_STYLES = ("-", "--", ":", "-.")
_PANELS = (("error", "‖estimate − gradient‖ / ‖gradient‖"), ("cosine", "cosine"), ("same_sign", "share of equal signs"))


def bias_lines(frame: pd.DataFrame) -> mpl.figure.Figure:
    """Draw the three, side by side: thick lines of all parameters, thin ones of the weights of each layer.

    Parameters
    ----------
    frame
        Columns of ``diagnosis.csv``. Strengths of the nudge are drawn without their sign.
    """
    estimators = list(dict.fromkeys(frame["estimator"]))
    layers = [name for name in dict.fromkeys(frame["parameter"]) if name.endswith(".weight")]
    with styled():
        figure = new_figure(10.2, 3.6)
        for axis, (column, label) in zip(figure.subplots(1, len(_PANELS)), _PANELS, strict=True):
            for number, estimator in enumerate(estimators):
                own = frame[frame["estimator"] == estimator]
                color = SERIES[number % len(SERIES)]
                _line(axis, own, _ALL, column, color=color, linewidth=2.0, marker="o", markersize=3, label=estimator)
                for layer, name in enumerate(layers):
                    style = _STYLES[layer % len(_STYLES)]
                    _line(axis, own, name, column, color=color, linewidth=0.7, linestyle=style)
            axis.set_xscale("log")
            axis.set_xlabel("strength of the nudge, |β|")
            axis.set_ylabel(label)
        axes = figure.axes
        axes[0].set_yscale("log")
        for number, name in enumerate(layers):
            axes[0].plot([], [], color=GREY, linewidth=0.7, linestyle=_STYLES[number % len(_STYLES)], label=name)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=5)
    return figure


def _line(axis: Any, frame: pd.DataFrame, parameter: str, column: str, **style: Any) -> None:
    rows = frame[frame["parameter"] == parameter]
    rows = rows.assign(strength=rows["beta"].abs()).sort_values("strength")
    axis.plot(rows["strength"], rows[column], **style)
