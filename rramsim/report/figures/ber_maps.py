"""BER heat maps over process, supply and temperature."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rramsim.corners import process_order
from rramsim.report.figures.style import GREY, new_figure, styled, to_svg
from rramsim.report.summary import Rate

_FLOOR, _CEILING = 1e-6, 1.0  # of the colours; without any rate the lower one is as good as another


def ber_map(frame: pd.DataFrame, *, name: str) -> str:
    """Draw one panel a process corner, temperature against supply.

    A cell shows its rate; one without errors shows its upper bound and is hatched, not coloured as if it were a rate.

    Parameters
    ----------
    frame
        Rows of :func:`rramsim.report.summary.type_rates`, one cell and error type.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text; each cell has a tooltip with the interval.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    processes = sorted(set(frame["process"]), key=process_order)
    vdds, temperatures = sorted(set(frame["vdd_v"])), sorted(set(frame["temperature_c"]))
    seen = frame.loc[frame["value"] > 0, "value"]
    norm = LogNorm(vmin=float(seen.min()) / 2 if len(seen) else _FLOOR, vmax=_CEILING)
    tooltips: dict[str, str] = {}
    with styled():
        colours = ScalarMappable(norm=norm, cmap="YlOrRd")
        width = max(1.6, 0.62 * len(vdds))
        figure = new_figure(0.9 + (width + 0.25) * len(processes) + 0.7, 0.9 + 0.42 * len(temperatures))
        axes = figure.subplots(1, len(processes), sharey=True, squeeze=False)[0]
        for axis, process in zip(axes, processes, strict=True):
            _panel(axis, frame[frame["process"] == process], vdds, temperatures, colours, tooltips, process)
        axes[0].set_ylabel("temperature (°C)")
        bar = figure.colorbar(colours, ax=list(axes), pad=0.02)
        bar.set_label("probability")
        bar.outline.set_visible(False)
        return to_svg(figure, name, tooltips)


def _panel(
    axis: Any, frame: pd.DataFrame, vdds: list[float], temperatures: list[float], colours: Any,
    tooltips: dict[str, str], process: str,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    for _, row in frame.iterrows():
        column, line = vdds.index(row["vdd_v"]), temperatures.index(row["temperature_c"])
        rate = Rate(value=row["value"], low=row["low"], high=row["high"])
        gid = f"cell-{process}-{column}-{line}"
        patch = Rectangle((column - 0.5, line - 0.5), 1, 1, linewidth=1.5, edgecolor="white", gid=gid)
        if rate.value == 0:
            patch.set(facecolor="#f3f4f6", hatch="////", edgecolor="#d1d5db", linewidth=0.5)
        else:
            patch.set_facecolor(colours.to_rgba(rate.value))
        axis.add_patch(patch)
        dark = rate.value > 0 and colours.norm(rate.value) > 0.65
        text = rate.text if rate.value else rate.text.replace("< ", "<")
        axis.text(
            column, line, text, ha="center", va="center", fontsize=7.5, color="white" if dark else "#111827",
            bbox={"facecolor": "#f3f4f6", "edgecolor": "none", "pad": 0.8} if rate.value == 0 else None,
        )  # fmt: skip
        tooltips[gid] = f"{process}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C: {rate.full}"
    axis.set(xlim=(-0.5, len(vdds) - 0.5), ylim=(-0.5, len(temperatures) - 0.5))
    axis.set_xticks(range(len(vdds)), [f"{vdd:g}" for vdd in vdds])
    axis.set_yticks(range(len(temperatures)), [f"{temperature:g}" for temperature in temperatures])
    axis.set_title(process)
    axis.set_xlabel("supply (V)")
    axis.grid(visible=False)
    axis.tick_params(length=0)
    for spine in axis.spines.values():
        spine.set(visible=False, color=GREY)
