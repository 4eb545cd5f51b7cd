"""Waveforms of nominal reads: outputs, bit lines and sense enable against time."""

from __future__ import annotations

import pandas as pd

from rramsim.report.figures.style import BLUE, GREEN, GREY, ORANGE, RED, new_figure, styled, to_svg

_SIGNALS = (
    ("q_v", "Q", BLUE, "-"),
    ("qb_v", "Qb", RED, "-"),
    ("bl_v", "BL", GREEN, "--"),
    ("blb_v", "BLb", ORANGE, "--"),
)


def waveforms(frame: pd.DataFrame, *, t_sense: float | None, name: str = "waveforms") -> str:
    """Draw one panel a weight.

    Parameters
    ----------
    frame
        Columns of ``waveforms.csv``, one cell and corner.
    t_sense
        Sense time [s], marked after the rise of sense enable; None for no mark.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    weights = list(dict.fromkeys(frame["programmed"]))
    with styled():
        figure = new_figure(3.4 * len(weights) + 0.4, 2.9)
        axes = figure.subplots(1, len(weights), sharey=True, squeeze=False)[0]
        for axis, weight in zip(axes, weights, strict=True):
            part = frame[frame["programmed"] == weight]
            time = part["time_s"].to_numpy() * 1e9
            axis.plot(time, part["sen_v"], color=GREY, linewidth=1.0, label="SEN")
            for column, label, colour, line in _SIGNALS:
                axis.plot(time, part[column], color=colour, linestyle=line, linewidth=1.6, label=label)
            if t_sense is not None:
                half = part["sen_v"].max() / 2
                start = float(part.loc[part["sen_v"] >= half, "time_s"].iloc[0])
                axis.axvline((start + t_sense) * 1e9, color="black", linewidth=0.8, linestyle=":")
            axis.set_title(f"weight {weight.replace('-', '−')}")
            axis.set_xlabel("time (ns)")
        axes[0].set_ylabel("voltage (V)")
        axes[-1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return to_svg(figure, name)
