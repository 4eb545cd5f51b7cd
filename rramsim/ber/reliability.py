"""What the rare-event estimators learnt besides the rates: how far away each misread is, and what causes it."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd

from rramsim.ber.events import EventResult
from rramsim.ber.task import ReadResult, ReadTask
from rramsim.errors import TableError
from rramsim.weights import error_type

_POINT = ("cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "read", "error_type")
_FOUND = ("estimator", "reliability_index", "below_floor", "design_point_distance", "failure_regions", "notes")

# Those that every table has; each source of spread adds one, before ``task_id``.
RELIABILITY_COLUMNS = (*_POINT, *_FOUND, "task_id")

# Columns of the importance factors, before the name of the source of spread.
IMPORTANCE = "importance:"


def reliability_table(done: list[tuple[ReadTask, ReadResult]]) -> pd.DataFrame:
    """One row for each misread whose design point was looked for.

    Columns are the point, the estimator that was used, the reliability index Φ⁻¹(1 − rate), whether the rate lies below
    the study's floor, the distance of the nearest design point (both in standard deviations), the number of failure
    regions, notes, and the importance factor of each source of spread (``importance:r_bl``,
    ``importance:vth:xsa.xmn1``, …; they add up to 1). Where no failure was met at all, the index is a lower bound, and
    distance and factors are NaN.

    Parameters
    ----------
    done
        Tasks and their results.
    """
    sources = dict.fromkeys(name for task, _ in done for name in _sources(task))
    rows = [
        _row(task, event, read.value, kind.value)
        for task, result in done
        for read in task.deck.cell.weights.read
        if (kind := error_type(task.programmed, read)) is not None and (event := result.event(read)).beta is not None
    ]
    return pd.DataFrame(rows, columns=[*_POINT, *_FOUND, *(IMPORTANCE + name for name in sources), "task_id"])


def _sources(task: ReadTask) -> tuple[str, ...]:
    """Sources of spread in the order of ``ReadVariation.merged_names``, transistors by their names in the deck."""
    return ("r_bl", "r_blb", *(f"vth:{transistor.path}" for transistor in task.deck.transistors))


def _row(task: ReadTask, event: EventResult, read: str, kind: str) -> dict[str, object]:
    names = [IMPORTANCE + name for name in _sources(task)]
    importance = event.importance or (math.nan,) * len(names)
    found: dict[str, object] = {
        "read": read,
        "error_type": kind,
        "estimator": event.method.value,
        "reliability_index": event.reliability_index,
        "below_floor": event.below(task.precision.floor),
        "design_point_distance": event.beta if event.directions else math.nan,
        "failure_regions": len(event.directions),
        "notes": "; ".join(event.notes),
    }
    return task.labels | found | dict(zip(names, importance, strict=True)) | {"task_id": task.id}


def read_reliability_table(path: Path) -> pd.DataFrame:
    """Read ``reliability.csv``.

    Raises
    ------
    TableError
        The file is not such a table.
    """
    texts = ("cell", "process", "programmed", "read", "error_type", "estimator", "notes", "task_id")
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(texts, str)).fillna({"notes": ""})
    except (OSError, ValueError) as error:
        raise TableError(f"{path} is not a reliability table: {error}") from None
    missing = [name for name in RELIABILITY_COLUMNS if name not in frame.columns]
    if missing:
        raise TableError(f"{path} is not a reliability table: column {', '.join(missing)} missing")
    numbers = ["vdd_v", "temperature_c", "t_sense_s", "reliability_index", "design_point_distance", "failure_regions"]
    for name in (*numbers, *(column for column in frame.columns if column.startswith(IMPORTANCE))):
        if not pd.api.types.is_numeric_dtype(frame[name]) and not frame.empty:
            raise TableError(f"{path}, column {name}: holds a value that is not a number")
    return frame
