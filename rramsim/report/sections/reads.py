"""What reads were like: each quantity that a bench summarises, at every corner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rramsim.corners import Corner
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, by_corner, minus
from rramsim.report.summary import engineering, scaled_unit
from rramsim.tables.reads import READS
from rramsim.units import COLUMN_UNITS, column_unit

_DRAWN = re.compile(r"(?P<quantity>\w+)_(?P<statistic>median|mean)_(?P<unit>[a-z]+)")
_MOST = (0.05, 0.95)  # quantiles between which most reads lie
_BARS = f" Bars: {100 * _MOST[0]:g} to {100 * _MOST[1]:g} % of the reads, where that many were counted."
_WIDE = 5.0  # ratio of the largest to the smallest value that wants a logarithmic axis


def reads_figures(run: RunData) -> Iterator[Figure]:
    """One figure for each cell and quantity.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.reads is None:
        return
    for cell, frame in run.reads.groupby("cell", sort=True):
        for column in _summaries(frame):
            found = _DRAWN.fullmatch(column)
            if found is None or frame[column].isna().all():
                continue
            values = frame[column].to_numpy(float)
            scale, unit = scaled_unit(float(np.nanmax(np.abs(values))), COLUMN_UNITS.get(found["unit"], found["unit"]))
            corners, groups = by_corner(frame, "programmed")
            measured = f"{found['quantity']}_{found['unit']}"
            low, high = (_quantile(run, str(cell), measured, share, corners, scale) for share in _MOST)
            series = [
                Series(label=minus(key), values=part[column].to_numpy() / scale, low=low.get(key), high=high.get(key))
                for key, part in groups
            ]
            title = f"{found['quantity'].replace('_', ' ')} ({found['statistic']})"
            slug = found["quantity"].partition("_")[0]
            positive = np.nanmin(values) > 0
            yield Figure(
                name=f"{slug}_{cell}",
                svg=corner_lines(
                    corners, series, ylabel=f"{title} ({unit})", name=f"{slug}-{cell}",
                    log=bool(positive and np.nanmax(values) > _WIDE * np.nanmin(values)),
                ),
                caption=f"{cell}: {title} at every corner, for each programmed symbol.{_BARS if low and high else ''}",
                description=f"{title} of {cell} against corner",
                of=(("cell", str(cell)), ("quantity", found["quantity"])),
            )  # fmt: skip


def reads_table(run: RunData) -> dict[str, Any]:
    """Headers and rows of the table of reads, as texts.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.reads is None:
        return {"headers": [], "rows": []}
    columns = _summaries(run.reads)
    rows = []
    for row in run.reads.to_dict("records"):
        corner = f"{row['process']}, {row['vdd_v']} V, {row['temperature_c']} °C"
        values = [_told(column, float(row[column])) for column in columns]
        rows.append([row["cell"], corner, row["programmed"], str(row["reads"]), *values])
    headers = [column.removesuffix(f"_{column_unit(column)}").replace("_", " ") for column in columns]
    return {"headers": ["cell", "corner", "programmed", "reads", *headers], "rows": rows}


def _quantile(
    run: RunData, cell: str, measured: str, share: float, corners: list[Corner], scale: float
) -> dict[str, NDArray[np.float64]]:
    """A quantile at each corner, by symbol; not a number where so few reads do not tell it."""
    if run.distributions is None:
        return {}
    frame = run.distributions
    found = frame[(frame["cell"] == cell) & (frame["quantity"] == measured) & (frame["quantile"] == share)]
    _, groups = by_corner(found, "programmed")
    return {key: part["value"].reindex(corners).to_numpy(float) / scale for key, part in groups}


def _summaries(frame: pd.DataFrame) -> list[str]:
    fixed = {column.name for column in READS.columns}
    return [str(name) for name in frame.columns if str(name) not in fixed]


def _told(column: str, value: float) -> str:
    if not column_unit(column):
        return "–" if np.isnan(value) else f"{value:g}"
    return engineering(value, COLUMN_UNITS[column_unit(column)])
