"""Sizes under a cap of the area, and what error-correcting codes leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.report.figures.size_plane import size_plane
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, minus
from rramsim.report.summary import Rate, engineering
from rramsim.tables.size import VALUE


def size_figure(designs: pd.DataFrame, steps: pd.DataFrame) -> Iterator[Figure]:
    """The margin of every design against its area.

    Parameters
    ----------
    designs, steps
        The tables ``size.csv`` and ``size_steps.csv``.
    """
    yield Figure(
        name="size",
        svg=size_plane(steps, designs, cap=float(designs["cap_um2"].iloc[0]), name="size"),
        caption="Margin to the targets (of the cell and corner that meets them least) against the area of all gates. "
        "Designs that were tried drew the same random numbers; both others have numbers of their own and 95 % "
        "intervals.",
        description="Margin of designs against their area",
        of=(("figure", "size"),),
    )


def size_rows(run: RunData) -> dict[str, Any]:
    """Names of the variables, and rows of both designs as texts.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.size is None:
        return {"variables": [], "rows": []}
    headers = [str(name) for name in run.size.columns if str(name).startswith(VALUE)]
    rows = [
        {
            "design": row["design"],
            "area": f"{row['area_um2']:.4g} of {row['cap_um2']:.4g} µm²",
            "margin": minus(f"{row['margin']:.2f} ({row['ci_low']:.2f} … {row['ci_high']:.2f})"),
            "limit": minus(f"type {row['limit']}: {row['cell']}, {row['process']}, {row['vdd_v']:g} V, "
                           f"{row['temperature_c']:g} °C"),
            "values": ["as in the netlist" if row[name] != row[name] else engineering(row[name], "m")
                       for name in headers],
        }
        for row in run.size.to_dict("records")
    ]  # fmt: skip
    return {"variables": [name.removeprefix(VALUE) for name in headers], "rows": rows}


def offset_rows(run: RunData) -> list[dict[str, Any]]:
    """Rows of the offset budget as texts, the largest share of each read first.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.offset is None:
        return []
    keys = ["cell", "process", "vdd_v", "temperature_c", "programmed"]
    ordered = run.offset.groupby(keys, sort=False, group_keys=False)
    parts = [part.sort_values("share", ascending=False, kind="stable") for _, part in ordered]
    return [
        {
            "cell": row["cell"],
            "corner": minus(f"{row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"),
            "programmed": minus(row["programmed"]),
            "source": row["source"],
            "change": minus(f"{row['change']:.3g}"),
            "share": f"{row['share'] * 100:.1f} %",
        }
        for part in parts
        for row in part.to_dict("records")
    ]


def codes_rows(run: RunData) -> list[dict[str, Any]]:
    """Rows of the table of codes as texts.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.codes is None:
        return []
    return [
        {
            "cell": row["cell"],
            "corner": minus(f"{row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"),
            "code": row["code"],
            "bits": f"{row['data_bits']} in {row['word_bits']}",
            "rate": Rate(value=row["rate"], low=row["ci_low"], high=row["ci_high"]).full,
        }
        for row in run.codes.to_dict("records")
    ]
