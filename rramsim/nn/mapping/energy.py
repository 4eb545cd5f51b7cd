"""Energy of the reads of an inference: mean energies of reads, times how often each value is read."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rramsim.corners import Corner, corner_of
from rramsim.intervals import CONFIDENCE
from rramsim.tables.accuracy import REAL
from rramsim.tables.energy import ENERGY, READINGS
from rramsim.tables.mapping import COUNTS
from rramsim.weights import WeightKind

Row = Mapping[str, Any]

_MEAN, _STD = "energy_mean_j", "energy_std_j"

logger = logging.getLogger(__name__)


def energy_table(mapping: pd.DataFrame, reads: pd.DataFrame, cells: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """The table ``energy.csv``; a cell whose reads have no energy is left out, and told.

    Parameters
    ----------
    mapping
        The table ``mapping.csv``.
    reads
        The table ``reads.csv``, a row for each weight of a cell at a corner.
    cells
        Cells that each network is stored in, by its name.

    Returns
    -------
    pandas.DataFrame
        In the order of networks, cells and corners.
    """
    rows = []
    for name, layers in mapping[mapping["kind"] != REAL].groupby("network", sort=False):
        for cell in cells[str(name)]:
            found = list(_rows(layers, reads[reads["cell"] == cell]))
            if not found:
                logger.warning("reads.csv has no energies of cell %s: none is told of network %s in it", cell, name)
            rows += [{"network": name, "cell": cell, **row} for row in found]
    return ENERGY.frame(rows)


def _rows(layers: pd.DataFrame, reads: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Rows of a network in a cell."""
    if _MEAN not in reads:
        return
    kind = WeightKind(layers["kind"].iloc[0])
    corners: dict[Corner, dict[str, Row]] = {}
    for row in reads.to_dict("records"):
        corner = corner_of({str(key): value for key, value in row.items()})
        corners.setdefault(corner, {})[row["programmed"]] = {str(key): value for key, value in row.items()}
    for corner in sorted(corners, key=lambda one: one.sort_key):
        values = [corners[corner].get(value.value) for value in kind.programmed]
        known = [value for value in values if value is not None and math.isfinite(value[_MEAN])]
        if len(known) < len(kind.programmed):
            continue
        for reading, column in READINGS.items():
            found = _energy(layers, column, kind, known)
            # Of a table of the user's own it may be beyond all numbers.
            if not any(map(math.isinf, (found["energy_j"], found["ci_low_j"], found["ci_high_j"]))):
                yield {**corner.labels, "reading": reading} | found


def _energy(layers: pd.DataFrame, column: str, kind: WeightKind, reads: Sequence[Row]) -> dict[str, Any]:
    """Energy of an inference with its interval, at one corner."""
    total = int(layers[column].sum())
    means = [float(row[_MEAN]) for row in reads]
    halves = [_half_width(row) for row in reads]
    known = bool(layers[[COUNTS[value] for value in kind.programmed]].notna().all(axis=None))
    if not known:
        low, high = np.subtract(means, halves).min(), np.add(means, halves).max()
        energy = total * math.fsum(means) / len(means)
        return {"reads": total, "energy_j": energy, "ci_low_j": total * float(low), "ci_high_j": total * float(high),
                "weights_known": False}  # fmt: skip
    uses = layers[column] // layers["weights"]  # of one weight
    counts = [int((layers[COUNTS[value]] * uses).sum()) for value in kind.programmed]
    energy = math.fsum(count * mean for count, mean in zip(counts, means, strict=True))
    # The mean of a mirrored read is that of the very reads that it mirrors: their errors add up, others in squares.
    errors: dict[str, float] = {}
    for count, half, row in zip(counts, halves, reads, strict=True):
        errors[str(row["task_id"])] = errors.get(str(row["task_id"]), 0.0) + count * half
    half = math.hypot(*errors.values())
    return {"reads": total, "energy_j": energy, "ci_low_j": energy - half, "ci_high_j": energy + half,
            "weights_known": True}  # fmt: skip


def _half_width(row: Row) -> float:
    """Half of the 95 % interval of a mean energy [J]; not a number where nothing tells it."""
    count = int(row["reads"])
    if count < 2 or not row.get(_STD, math.nan) >= 0:
        return math.nan
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * float(row[_STD]) / math.sqrt(count)
