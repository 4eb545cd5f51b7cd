"""Accuracy of networks under the errors, at every corner and along the ladder of rates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.corners import corner_of
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.figures.ladder import ladder
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, by_corner, spoken
from rramsim.tables.accuracy import ALL_ERRORS

MODES = {"static": "static: errors drawn once a chip", "read": "read: errors drawn at every read"}


def accuracy_figures(run: RunData) -> Iterator[Figure]:
    """For each mode a figure over the corners and one along the ladder.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.accuracy is None:
        return
    for mode, text in MODES.items():
        frame = run.accuracy[run.accuracy["mode"] == mode]
        swept = frame[frame["error_type"] == ALL_ERRORS]
        if not swept.empty:
            corners, groups = by_corner(swept.assign(series=_series(swept)), "series")
            series = [
                Series(
                    label=label,
                    values=part["accuracy"].to_numpy() * 100,
                    low=part["ci_low"].to_numpy() * 100,
                    high=part["ci_high"].to_numpy() * 100,
                    baseline=float(part["baseline"].iloc[0]) * 100,
                )
                for label, part in groups
            ]
            yield Figure(
                name=f"accuracy_corners_{mode}",
                svg=corner_lines(corners, series, ylabel="accuracy (%)", name=f"accuracy-corners-{mode}"),
                caption=f"Accuracy under the errors of each corner, {text}. Bars: 95 % interval, from the repeats and, "
                "unless the study says otherwise, from the intervals of the error rates. Dashed: without errors.",
                description=f"Accuracy of each network against corner, {text}",
                of=(("against", "corner"), ("mode", mode)),
            )
        steps = frame[frame["error_type"] != ALL_ERRORS]
        if not steps.empty:
            yield Figure(
                name=f"accuracy_ber_{mode}",
                svg=ladder(steps, name=f"accuracy-ber-{mode}"),
                caption=f"Accuracy against the rate of one error type alone, {text}. Bars: 95 % interval over repeats.",
                description=f"Accuracy against error rate for each error type, {text}",
                of=(("against", "rate"), ("mode", mode)),
            )


def accuracy_summary(run: RunData) -> list[dict[str, Any]]:
    """Best and worst corner of each network, cell and mode.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.accuracy is None:
        return []
    swept = run.accuracy[run.accuracy["error_type"] == ALL_ERRORS]
    rows = []
    for keys, frame in swept.groupby(["network", "cell", "mode"], sort=False):
        network, cell, mode = map(str, keys)
        ranked = frame.sort_values("accuracy", kind="stable")
        for which, row in (("best", ranked.iloc[-1]), ("worst", ranked.iloc[0])):
            rows.append(
                {
                    "network": network, "cell": cell, "mode": mode, "which": which, "corner": spoken(corner_of(row)),
                    "rate": row["rate"], "accuracy": row["accuracy"], "low": row["ci_low"], "high": row["ci_high"],
                    "baseline": row["baseline"],
                }
            )  # fmt: skip
    return rows


def _series(swept: pd.DataFrame) -> pd.Series[str]:
    """What each row is drawn with: its network, told by the cell too where one gets the errors of several."""
    several = swept.groupby("network")["cell"].transform("nunique") > 1
    return swept["network"].where(~several, swept["network"] + ", " + swept["cell"])
