"""Accuracy of networks under the errors, at every corner and along the ladder of rates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.corners import corner_of
from rramsim.nn.faults.catalog import FAULT_MODELS
from rramsim.report.figures.chip_histogram import Panel, chip_histogram
from rramsim.report.figures.corner_lines import Series, corner_lines
from rramsim.report.figures.ladder import ladder
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, by_corner, spoken
from rramsim.tables.accuracy import ALL_ERRORS, NO_ERRORS

_UNEVEN = 1.5  # classes whose sizes differ by this factor: accuracy alone would hide the small ones
_SCORES = ("sensitivity", "f1")
_PLACE = ["process", "vdd_v", "temperature_c"]


def accuracy_figures(run: RunData) -> Iterator[Figure]:
    """For each mode a figure over the corners and one along the ladder; then the chips.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.accuracy is None:
        return
    for mode in dict.fromkeys(run.accuracy["mode"]):
        frame = run.accuracy[run.accuracy["mode"] == mode]
        swept, steps = frame[frame["cell"] != ""], frame[(frame["cell"] == "") & (frame["error_type"] != NO_ERRORS)]
        if not swept.empty:
            yield _over_corners(mode, swept)
        if not steps.empty:
            yield _along_ladder(mode, steps)
            yield from _f1_along_ladder(mode, run)
    yield from _chips(run)


def accuracy_summary(run: RunData) -> list[dict[str, Any]]:
    """Best and worst corner of each network, cell and mode.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.accuracy is None:
        return []
    swept = run.accuracy[run.accuracy["cell"] != ""]
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


def network_summary(run: RunData) -> list[dict[str, Any]]:
    """Each network without errors: accuracy with the interval of its images, and macro-averaged scores of the classes.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.accuracy is None:
        return []
    scores: dict[str, dict[str, Any]] = {}
    if run.classes is not None:
        found = _macro(run.classes[run.classes["error_type"] == NO_ERRORS])
        scores = {row["network"]: {name: row[name] for name in _SCORES} for _, row in found.iterrows()}
    rows = []
    for _, row in run.accuracy[run.accuracy["error_type"] == NO_ERRORS].iterrows():
        of_classes = scores.get(row["network"], dict.fromkeys(_SCORES, math.nan))
        rows.append({name: row[name] for name in (
            "network", "dataset", "weights", "activations", "images", "accuracy", "set_low", "set_high",
        )} | of_classes)  # fmt: skip
    return rows


def tolerance_rows(run: RunData) -> list[dict[str, Any]]:
    """Tolerated rates: a row for each network, mode and type of error, with those of each loss.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.tolerance is None:
        return []
    return [
        {"network": network, "mode": mode, "error_type": error, "rates": [dict(row) for _, row in part.iterrows()]}
        for (network, mode, error), part in run.tolerance.groupby(["network", "mode", "error_type"], sort=False)
    ]


def _described(mode: str) -> str:
    return FAULT_MODELS[mode].described if mode in FAULT_MODELS else mode


def _over_corners(mode: str, swept: pd.DataFrame) -> Figure:
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
    return Figure(
        name=f"accuracy_corners_{mode}",
        svg=corner_lines(corners, series, ylabel="accuracy (%)", name=f"accuracy-corners-{mode}"),
        caption=f"Accuracy under the errors of each corner, {_described(mode)}. Bars: 95 % interval, from the repeats "
        "and, unless the study says otherwise, from the intervals of the error rates. Dashed: without errors.",
        description=f"Accuracy of each network against corner, {_described(mode)}",
        of=(("against", "corner"), ("mode", mode), ("score", "accuracy")),
    )


def _along_ladder(mode: str, steps: pd.DataFrame) -> Figure:
    scores = {"value": "accuracy", "low": "ci_low", "high": "ci_high", "spread": "chip_std", "baseline": "baseline"}
    frame = steps[["network", "error_type", "rate"]].assign(**{new: steps[old] * 100 for new, old in scores.items()})
    return Figure(
        name=f"accuracy_ber_{mode}",
        svg=ladder(frame, ylabel="accuracy (%)", name=f"accuracy-ber-{mode}"),
        caption=f"Accuracy against {_rates(steps)}, {_described(mode)}. Bars: 95 % interval of the mean over chips. "
        "Bands: one standard deviation from chip to chip.",
        description=f"Accuracy against {_rates(steps)}, {_described(mode)}",
        of=(("against", "rate"), ("mode", mode), ("score", "accuracy")),
    )


def _rates(steps: pd.DataFrame) -> str:
    alone = (steps["error_type"] != ALL_ERRORS).all()
    return "the rate of one error type alone" if alone else "the mean rate of wrong weights"


def _f1_along_ladder(mode: str, run: RunData) -> Iterator[Figure]:
    """Macro-averaged F1 of networks whose classes are of unequal size."""
    if run.classes is None:
        return
    sizes = run.classes.groupby("network")["images"].agg(["min", "max"])
    uneven = set(sizes.index[sizes["max"] > _UNEVEN * sizes["min"]])
    macro = _macro(run.classes[run.classes["network"].isin(uneven)])
    base = macro[macro["error_type"] == NO_ERRORS].set_index("network")["f1"]
    steps = macro[(macro["mode"] == mode) & (macro["cell"] == "")]
    if steps.empty:
        return
    frame = steps[["network", "error_type", "rate"]].assign(
        value=steps["f1"], low=math.nan, high=math.nan, spread=math.nan, baseline=steps["network"].map(base)
    )
    yield Figure(
        name=f"f1_ber_{mode}",
        svg=ladder(frame, ylabel="macro F1", name=f"f1-ber-{mode}"),
        caption=f"F1 averaged over classes, which are of unequal size, against {_rates(steps)}, {_described(mode)}; "
        "all chips together.",
        description=f"Macro F1 against {_rates(steps)}, {_described(mode)}",
        of=(("against", "rate"), ("mode", mode), ("score", "f1")),
    )


def _macro(classes: pd.DataFrame) -> pd.DataFrame:
    """Scores of each measurement, averaged over its classes."""
    case = ["network", "mode", "cell", *_PLACE, "error_type", "rate"]
    means = classes.fillna({"f1": 0.0}).groupby(case, sort=False, dropna=False)[list(_SCORES)].mean()
    return means.reset_index()


def _chips(run: RunData) -> Iterator[Figure]:
    """Chips of each network where they differ most, under every mode that was measured there."""
    if run.chips is None or run.accuracy is None:
        return
    panels = []
    for network, frame in run.accuracy[run.accuracy["repeats"] > 1].groupby("network", sort=False):
        frame = frame[frame["chip_std"] > 0]
        if frame.empty:
            continue
        cornered = frame[frame["cell"] != ""]
        worst = (frame if cornered.empty else cornered).sort_values("chip_std", kind="stable").iloc[-1]
        at_corner = worst["cell"] != ""
        keys = ["cell", *_PLACE] if at_corner else ["error_type", "rate"]
        of = run.chips[run.chips["network"] == network]
        of = of[(of["cell"] != "") == at_corner]
        for key in keys:
            of = of[of[key] == worst[key]]
        place = spoken(corner_of(worst)) if at_corner else f"type {worst['error_type']} at {worst['rate']:g}"
        accuracies = of["correct"] / of["images"] * 100
        panels.append(
            Panel(
                title=f"{network}, {place}",
                chips={str(mode): part.to_numpy() for mode, part in accuracies.groupby(of["mode"], sort=False)},
                baseline=float(worst["baseline"]) * 100,
            )
        )
    if panels:
        yield Figure(
            name="accuracy_chips",
            svg=chip_histogram(panels, name="accuracy-chips"),
            caption="Chips by their accuracy, where it differs most from chip to chip. Lines: means.",
            description="Histogram of the accuracies of single chips",
            of=(("against", "chips"), ("score", "accuracy")),
        )


def _series(swept: pd.DataFrame) -> pd.Series[str]:
    """What each row is drawn with: its network, told by the cell too where one gets the errors of several."""
    several = swept.groupby("network")["cell"].transform("nunique") > 1
    return swept["network"].where(~several, swept["network"] + ", " + swept["cell"])
