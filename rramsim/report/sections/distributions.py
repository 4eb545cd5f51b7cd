"""How latency, energy and the like are distributed over reads, at the corners between which all others lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from rramsim.corners import Corner, corner_of
from rramsim.report.figures.probability_paper import Quantiles, probability_paper
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, minus, spoken
from rramsim.report.summary import scaled_unit
from rramsim.units import COLUMN_UNITS, column_unit

_MIDDLE = 0.5
_WIDE = 5.0  # ratio of the largest to the smallest value that wants a logarithmic axis


def distribution_figures(run: RunData) -> Iterator[Figure]:
    """One figure for each cell and quantity.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.distributions is None:
        return
    for (cell, quantity), frame in run.distributions.groupby(["cell", "quantity"], sort=True):
        rows = pd.Series([corner_of(row) for _, row in frame.iterrows()], index=frame.index, dtype=object)
        frame = frame.assign(corner=rows)
        drawn = _extremes(frame)
        if not drawn:
            continue
        end = column_unit(str(quantity))
        told = str(quantity).removesuffix(f"_{end}").replace("_", " ")
        found = frame[frame["corner"].isin(drawn)]
        largest, least = float(found["ci_high"].abs().max()), float(found["ci_low"].min())
        scale, unit = scaled_unit(largest, COLUMN_UNITS.get(end, ""))
        yield Figure(
            name=f"distribution_{quantity}_{cell}",
            svg=probability_paper(
                list(_lines(found, drawn, scale)), name=f"distribution-{quantity}-{cell}",
                xlabel=f"{told} ({unit})" if unit else told, log=bool(0 < least * _WIDE < largest),
            ),
            caption=f"{cell}: distribution of {told} over the counted reads, on normal probability paper, at the "
            "corners of the least, the middle and the largest median. Bars: 95 % intervals of the quantiles.",
            description=f"Distribution of {told} of {cell}",
            of=(("cell", str(cell)), ("quantity", str(quantity))),
        )  # fmt: skip


def _extremes(frame: pd.DataFrame) -> list[Corner]:
    """Corners of the least, the middle and the largest median over the symbols, each once."""
    corners: list[Corner] = sorted(set(frame["corner"]), key=lambda corner: corner.sort_key)
    medians = frame[frame["quantile"] == _MIDDLE]
    middles = [medians.loc[medians["corner"] == corner, "value"].median() for corner in corners]
    known = sorted((value, number) for number, value in enumerate(middles) if np.isfinite(value))
    if not known:
        return []
    chosen = (known[0], known[len(known) // 2], known[-1])
    return list(dict.fromkeys(corners[number] for _, number in chosen))


def _lines(frame: pd.DataFrame, corners: Sequence[Corner], scale: float) -> Iterator[Quantiles]:
    for corner in corners:
        for symbol, part in frame[frame["corner"] == corner].groupby("programmed", sort=False):
            values, low, high = (part[name].to_numpy(float) / scale for name in ("value", "ci_low", "ci_high"))
            yield Quantiles(
                group=spoken(corner), kind=minus(str(symbol)), shares=part["quantile"].to_numpy(float), values=values,
                low=low, high=high,
            )  # fmt: skip
