"""What causes the errors: importance factors of the sources of spread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.corners import corner_of
from rramsim.report.figures.importance import importance
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, minus
from rramsim.tables.reliability import IMPORTANCE, importance_columns

_SMALL = 0.01  # importance that is not worth a word
_SHOWN = 4  # sources that are told in words
_SOURCES = {"r_bl": "device on BL", "r_blb": "device on BLb"}


def importance_figures(run: RunData) -> Iterator[Figure]:
    """One figure for each cell and kind of error, of the first misread of that kind.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.reliability is None:
        return
    sources = importance_columns(run.reliability)
    for keys, frame in run.reliability.groupby(["cell", "error_type"], sort=True):
        cell, symbol = map(str, keys)
        programmed, read = frame.iloc[0][["programmed", "read"]]
        part = frame[(frame["programmed"] == programmed) & (frame["read"] == read)]
        if part[sources].isna().all(axis=None):
            continue
        slug = run.error(cell, symbol).slug
        misread = minus(f"{programmed} read as {read}")
        yield Figure(
            name=f"importance_{cell}_{slug}",
            svg=importance(
                [corner_of(row) for _, row in part.iterrows()],
                {_source(name): part[name].to_numpy(float) for name in sources if part[name].notna().any()},
                name=f"importance-{cell}-{slug}",
            ),
            caption=f"{cell}: what causes a {misread}. Importance factors, the squared direction cosines of the design "
            f"point: the part of each device's spread in it.{_mirrored(part, frame)} "
            "Without a bar: counted, or not met.",
            description=f"Importance of each source of spread for {misread} of {cell} at every corner",
            of=(("cell", cell), ("error_type", symbol)),
        )


def reliability_rows(run: RunData) -> list[dict[str, Any]]:
    """Misreads with their reliability index and the sources of spread that cause most of it.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.reliability is None:
        return []
    sources = importance_columns(run.reliability)
    rows = []
    for _, row in run.reliability.iterrows():
        factors = row[sources].astype(float).dropna().sort_values(ascending=False)
        told = factors[factors >= _SMALL].head(_SHOWN).items()
        main = ", ".join(f"{_source(str(name))} {value * 100:.0f} %" for name, value in told)
        rows.append({str(key): value for key, value in row.items()} | {"main": main})
    return rows


def _mirrored(part: pd.DataFrame, frame: pd.DataFrame) -> str:
    """Where the mirror images of some misreads are among all of their kind: only there their factors are told."""
    images = set(frame.loc[frame["mirrored"], "task_id"])
    found = int(part["task_id"].isin(images).sum())
    if not found:
        return ""
    where = "" if found == len(part) else f" at {found} of {len(part)} corners"
    return f" The mirrored misread has the mirrored factors{where}."


def _source(column: str) -> str:
    name = column.removeprefix(IMPORTANCE)
    number, _, instance = name.partition(":")  # of a transistor
    told = f"{'threshold' if number == 'vth' else number} of {instance}" if instance else name
    return _SOURCES.get(name, told)
