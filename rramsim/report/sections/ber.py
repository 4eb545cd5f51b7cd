"""Rates of errors: maps over the corners, the worst of each kind, and every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rramsim.corners import CORNER_COLUMNS, corner_of
from rramsim.report.figures.ber_maps import ber_map
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, spoken
from rramsim.report.summary import Rate, type_rates

_EVENT = ("cell", *CORNER_COLUMNS, "programmed", "read")


def ber_figures(run: RunData) -> Iterator[Figure]:
    """One map for each cell and kind of error.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    for keys, frame in type_rates(run.ber).groupby(["cell", "error_type"], sort=False):
        cell, symbol = map(str, keys)
        error = run.error(cell, symbol)
        yield Figure(
            name=f"ber_{cell}_{error.slug}",
            svg=ber_map(frame, name=f"ber-{cell}-{error.slug}"),
            caption=f"{cell}: {error.label}, probability for what can make the error. Hatched: no error seen, upper "
            "end of the 95 % interval. Intervals: point at a cell, or see the table.",
            description=f"Heat maps of the rate of errors of {error.label} of {cell} over process, supply, temperature",
            of=(("cell", cell), ("error_type", symbol)),
        )


def worst_rates(run: RunData) -> list[dict[str, str]]:
    """The worst corner of each cell and kind of error: highest rate, or highest bound where no error was seen.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    rows = []
    for keys, frame in type_rates(run.ber).groupby(["cell", "error_type"], sort=False):
        cell, symbol = map(str, keys)
        row = frame.sort_values(["value", "high"]).iloc[-1]
        rate = Rate(value=row["value"], low=row["low"], high=row["high"])
        corner = spoken(corner_of(row)) if rate.value else "any corner"
        rows.append({"cell": cell, "error": run.error(cell, symbol).label, "rate": rate.full, "corner": corner})
    return rows


def ber_rows(run: RunData) -> list[dict[str, Any]]:
    """Every row of the table, with its rate in words.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    below: dict[tuple[Any, ...], dict[str, Any]] = {}
    if run.reliability is not None:
        for _, row in run.reliability[run.reliability["below_floor"]].iterrows():
            known = {"reliability_index": row["reliability_index"], "met": row["failure_regions"] > 0}
            below[tuple(row[list(_EVENT)])] = known
    rows = []
    for _, row in run.ber.iterrows():
        known = below.get(tuple(row[list(_EVENT)]), {})
        rate = Rate(value=row["probability"], low=row["ci_low"], high=row["ci_high"], **known)
        rows.append({str(key): value for key, value in row.items()} | {"rate": rate})
    return rows
