"""Measured resistances and the distribution fitted to them, on normal probability paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.report.figures.style import BLUE, GREY, ORANGE, new_figure, styled, to_svg


def resistances(fit: Mapping[str, Any], *, name: str) -> str:
    """Draw data, fit and what other data might have given.

    Parameters
    ----------
    fit
        As :func:`rramsim.devices.fits.fit_report` tells it.
    name
        Prefix of the SVG's ids.

    Returns
    -------
    str
        SVG text.
    """
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    curve, data = fit["curve"], fit["data"]
    with styled():
        figure = new_figure(5.6, 3.2)
        axis = figure.subplots()
        axis.set_xscale("log")
        axis.fill_betweenx(curve["z"], curve["low_ohm"], curve["high_ohm"], color=ORANGE, alpha=0.25, linewidth=0,
                           label="95 % of refits")  # fmt: skip
        axis.plot(curve["r_ohm"], curve["z"], color=ORANGE, label="fit")
        axis.plot(data["r_ohm"], data["z"], ".", markersize=3, color=BLUE, label=f"{fit['values']:,} values")
        for tail in fit["tails"]:
            axis.axvline(tail["threshold_ohm"], color=GREY, linewidth=0.8, linestyle="--")
        middle = curve["r_ohm"][len(curve["r_ohm"]) // 2]
        widest = max(max(data["r_ohm"]) / middle, middle / min(data["r_ohm"]))
        axis.set_xlim(middle / widest**2.2, middle * widest**2.2)  # a heavy tail's band has no end
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.xaxis.set_major_formatter(EngFormatter())
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_xlabel("resistance [Ω]")
        axis.set_ylabel("standard deviations of a normal variable")
        axis.legend(loc="upper left")
        return to_svg(figure, name)
