"""Networks in arrays: floor plans, devices, memory against accuracy, energy of an inference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from rramsim.corners import corner_of, typical_corner
from rramsim.nn.mapping.table import memory
from rramsim.report.figures.floor_plan import arrays_a_square, floor_plan
from rramsim.report.figures.memory_plane import Mark, memory_plane
from rramsim.report.run_data import RunData
from rramsim.report.sections.figure import Figure, spoken
from rramsim.tables.accuracy import NO_ERRORS, REAL

_SUMS = ("arrays", "devices", "devices_used", "reads", "reads_held")
READING_TEXTS = {"each_use": "at each use", "held": "once, then held"}


def mapping_figures(run: RunData) -> Iterator[Figure]:
    """A floor plan of each network, then accuracy against memory.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.mapping is None:
        return
    yield from floor_plans(run.mapping)
    marks = list(_marks(run, run.mapping))
    if marks:
        yield Figure(
            name="memory_accuracy",
            svg=memory_plane(marks, name="memory-accuracy"),
            caption="Accuracy without errors against the memory of the weights: 1 bit of a binary weight, 2 of a "
            "ternary one, 32 of a real one. Hollow: real weights of 8 bits, if they cost no accuracy. Bars: 95 % "
            "interval, that of the images. Faint, beside it: the network under the errors of its worst corner.",
            description="Accuracy of each network against the memory of its weights",
            of=(("of", "memory"),),
        )


def floor_plans(mapping: pd.DataFrame) -> Iterator[Figure]:
    """A floor plan of each network that arrays store.

    Parameters
    ----------
    mapping
        The table ``mapping.csv``.
    """
    for network, layers in mapping[mapping["kind"] != REAL].groupby("network", sort=False):
        yield _floor_plan(str(network), layers)


def mapping_summary(run: RunData) -> list[dict[str, Any]]:
    """Arrays, devices and reads of each network.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    rows = []
    for network, layers in _networks(run.mapping):
        stored = layers[layers["kind"] != REAL]
        sums = {name: int(stored[name].sum()) for name in _SUMS}
        first = layers.iloc[0]
        rows.append(
            {
                "network": network, "weights": int(layers["weights"].sum()), "stored": int(stored["weights"].sum()),
                "size": f"{first['array_rows']} × {first['array_columns']}", "spare_rows": int(first["spare_rows"]),
                "utilisation": sums["devices_used"] / sums["devices"] if sums["devices"] else None, **sums,
            }
        )  # fmt: skip
    return rows


def mapping_rows(run: RunData) -> list[dict[str, Any]]:
    """Every row of the table; a count that is not known is None.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    if run.mapping is None:
        return []
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        | {"used": "–" if row["kind"] == REAL else f"{row['utilisation'] * 100:.2f} %"}
        for _, row in run.mapping.iterrows()
    ]


def memory_summary(run: RunData) -> list[dict[str, Any]]:
    """Bits of each network as it is, and if its weights were others.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    rows = []
    for network, layers in _networks(run.mapping):
        found = {(what, how): bits for what, how, bits in memory(layers)}
        rows += [
            {
                "network": network, "real": how, "all_real": real, "chosen": found["chosen", how],
                "classifier": found["binary classifier", how], "binary": found["binary", ""],
            }
            for (what, how), real in found.items()
            if what == "real"
        ]  # fmt: skip
    return rows


def energy_summary(run: RunData) -> list[dict[str, Any]]:
    """Energy of an inference of each network in each cell, at the typical, the best and the worst corner.

    Parameters
    ----------
    run
        What the run folder holds.
    """
    rows: list[dict[str, Any]] = []
    energy = pd.DataFrame(columns=["network", "cell", "reading"]) if run.energy is None else run.energy
    for keys, frame in energy.groupby(["network", "cell", "reading"], sort=False):
        network, cell, reading = map(str, keys)
        last = rows[-1] if rows else {}
        if (last.get("network"), last.get("cell"), last.get("reads")) == (network, cell, frame["reads"].iloc[0]):
            continue  # each weight is used once: to hold it saves nothing
        corners = [corner_of(row) for _, row in frame.iterrows()]
        ranked = frame["energy_j"].to_numpy()
        chosen = {
            "typical": corners.index(typical_corner(corners)), "best": int(ranked.argmin()),
            "worst": int(ranked.argmax()),
        }  # fmt: skip
        rows += [
            {
                "network": network, "cell": cell, "reading": READING_TEXTS[reading], "which": which,
                "corner": spoken(corners[number]), **frame.iloc[number][["reads", "energy_j", "ci_low_j", "ci_high_j"]],
                "known": bool(frame["weights_known"].iloc[number]),
            }
            for which, number in chosen.items()
        ]  # fmt: skip
    return rows


def _networks(mapping: pd.DataFrame | None) -> Iterator[tuple[str, pd.DataFrame]]:
    if mapping is not None:
        yield from ((str(network), layers) for network, layers in mapping.groupby("network", sort=False))


def _floor_plan(network: str, layers: pd.DataFrame) -> Figure:
    first, arrays = layers.iloc[0], int(layers["arrays"].sum())
    every = arrays_a_square(arrays)
    squares = "a square is one of them" if every == 1 else f"a square stands for {every} of them"
    return Figure(
        name=f"floor_plan_{network}",
        svg=floor_plan(layers, name=f"floor-plan-{network}"),
        caption=f"{network}: {arrays:,} arrays of {first['array_rows']} × {first['array_columns']} pairs, in the order "
        f"of their numbers; {squares}. Full colour: pairs that store a weight; pale: free ones.",
        description=f"Floor plan of the arrays that store {network}",
        of=(("of", "floor plan"), ("network", network)),
    )


def _marks(run: RunData, mapping: pd.DataFrame) -> Iterator[Mark]:
    if run.accuracy is None:
        return
    for network, layers in _networks(mapping):
        rows = run.accuracy[run.accuracy["network"] == network]
        if rows.empty:
            continue
        chosen = [bits for what, _, bits in memory(layers) if what == "chosen"]
        cornered = rows[rows["cell"] != ""].sort_values("accuracy", kind="stable")
        plain = rows[rows["error_type"] == NO_ERRORS]
        base = float(rows["baseline"].iloc[0])
        alone = (base, base, base) if plain.empty else _interval(plain.iloc[0], "set_low", "set_high")
        worst = None if cornered.empty else _interval(cornered.iloc[0], "ci_low", "ci_high")
        yield Mark(label=network, bits=(chosen[0], chosen[1]), accuracy=alone, worst=worst)


def _interval(row: pd.Series[Any], low: str, high: str) -> tuple[float, float, float]:
    """Accuracy with an interval; with none where that is not known."""
    value = float(row["accuracy"])
    ends = [float(row[name]) for name in (low, high)]
    return (value, *(value if end != end else end for end in ends))  # type: ignore[return-value]
