"""Networks that learnt by equilibrium propagation: how they learnt, and what is left of it in memory arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.corners import corner_of
from rramsim.report.figures.deployed_dots import Dot, deployed_dots
from rramsim.report.figures.learning_curve import learning_curve
from rramsim.report.figures.style import to_svg
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, spoken
from rramsim.tables.deployed import CORNER, LEARNT, STORED

_AS = {LEARNT: "as it learnt, real weights", STORED: "stored, without errors"}


def deployed_rows(run: RunData) -> list[dict[str, Any]]:
    """Each network as it was learnt, as it is stored, and at the best and the worst corner of each cell and mode.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.deployed is None:
        return []
    rows = []
    for _, frame in run.deployed.groupby("network", sort=False):
        rows += [_row(row, _AS[row["stage"]]) for _, row in frame[frame["stage"] != CORNER].iterrows()]
        for _, part in frame[frame["stage"] == CORNER].groupby(["cell", "mode"], sort=False):
            ranked = part.sort_values("accuracy", kind="stable")
            best, worst = ranked.iloc[-1], ranked.iloc[0]
            ends = {"best": best, "worst": worst} if len(ranked) > 1 else {"": best}
            rows += [_row(row, f"{which} corner, {spoken(corner_of(row))}".strip()) for which, row in ends.items()]
    return rows


def _row(row: Any, told: str) -> dict[str, Any]:
    """The interval of a corner is that of chips and rates, as in ``accuracy.csv``; else that of the images."""
    ends = ("ci_low", "ci_high") if row["stage"] == CORNER else ("set_low", "set_high")
    return {name: row[name] for name in (
        "network", "dataset", "estimator", "weights", "cell", "mode", "rate", "accuracy", "repeats", "residual",
        "restless",
    )} | {"told": told, "low": row[ends[0]], "high": row[ends[1]], "at_corner": row["stage"] == CORNER}  # fmt: skip


def deployed_figures(run: RunData) -> Iterator[Figure]:
    """Accuracies of all stages side by side; then how each network learnt.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    rows = deployed_rows(run)
    if rows:
        dots = [
            Dot(
                group=row["network"],
                label=row["told"] + (f" ({row['cell']}, {row['mode']})" if row["cell"] else ""),
                value=row["accuracy"] * 100, low=row["low"] * 100, high=row["high"] * 100,
            )
            for row in rows
        ]  # fmt: skip
        yield Figure(
            name="deployed",
            svg=deployed_dots(dots, xlabel="test accuracy (%)", name="deployed"),
            caption="Networks that learnt by equilibrium propagation: with the weights that they learnt, with those "
            "that arrays store, and under the errors of the best and the worst corner. Bars: 95 %; without errors from "
            "the images, at a corner from the chips and the rates.",
            description="Accuracy of each network as it learnt, as it is stored, and under errors",
        )
    if run.learning is not None:
        for network, frame in run.learning.groupby("network", sort=False):
            yield _learning(str(network), frame)


def _learning(network: str, frame: pd.DataFrame) -> Figure:
    name = f"learning_{network}"
    estimator = frame["estimator"].iloc[0]
    return Figure(
        name=name,
        svg=to_svg(learning_curve(frame), name.replace("_", "-").replace(".", "-")),
        caption=f"{network}, {estimator}: wrong images of those that it learns from and of others (with the weights "
        "that it learnt, without errors), and how far a unit went in the last step of a free phase, at most.",
        description=f"Errors of {network} against epoch, and residuals of its free phases",
    )
