"""What reads were like: each quantity that a bench summarises, at every corner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, by_corner, minus
from rramsim.report.summary import engineering, scaled_unit
from rramsim.tables.reads import READS

_DRAWN = re.compile(r"(?P<quantity>\w+)_(?P<statistic>median|mean)_(?P<unit>[a-z]+)")
_UNITS = {"s": "s", "j": "J", "v": "V", "a": "A", "w": "W", "f": "F", "ohm": "Ω"}
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
            scale, unit = scaled_unit(float(np.nanmax(np.abs(values))), _UNITS.get(found["unit"], found["unit"]))
            corners, groups = by_corner(frame, "programmed")
            series = [Series(label=f"{minus(key)}", values=part[column].to_numpy() / scale) for key, part in groups]
            title = f"{found['quantity'].replace('_', ' ')} ({found['statistic']})"
            slug = found["quantity"].partition("_")[0]
            positive = np.nanmin(values) > 0
            yield Figure(
                name=f"{slug}_{cell}",
                svg=corner_lines(
                    corners, series, ylabel=f"{title} ({unit})", name=f"{slug}-{cell}",
                    log=bool(positive and np.nanmax(values) > _WIDE * np.nanmin(values)),
                ),
                caption=f"{cell}: {title} at every corner, for each programmed symbol.",
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
    headers = [column.removesuffix(f"_{_unit(column)}").replace("_", " ") for column in columns]
    return {"headers": ["cell", "corner", "programmed", "reads", *headers], "rows": rows}


def _summaries(frame: pd.DataFrame) -> list[str]:
    fixed = {column.name for column in READS.columns}
    return [str(name) for name in frame.columns if str(name) not in fixed]


def _told(column: str, value: float) -> str:
    if not _unit(column):
        return "–" if np.isnan(value) else f"{value:g}"
    return engineering(value, _UNITS[_unit(column)])


def _unit(column: str) -> str:
    """Unit at the end of a column's name; empty for none."""
    end = column.rpartition("_")[2]
    return end if end in _UNITS else ""
