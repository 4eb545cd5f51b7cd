"""What the rare-event estimators learnt besides the rates: how far away each misread is, and what causes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rramsim.ber.events import EventResult
from rramsim.ber.point import Point
from rramsim.ber.table import (
    MIRRORED,
    POINT_COLUMNS,
    check_once,
    checked_count,
    checked_number,
    checked_point,
    read_texts,
)
from rramsim.ber.task import ReadResult
from rramsim.errors import TableError
from rramsim.weights import error_type

_FOUND = ("estimator", "reliability_index", "below_floor", "design_point_distance", "failure_regions", "notes")

# Those that every table has; each source of spread adds one, before ``task_id``.
RELIABILITY_COLUMNS = (*POINT_COLUMNS, *_FOUND, "task_id")

# Columns of the importance factors, before the name of the source of spread.
IMPORTANCE = "importance:"

_BOOLEANS = {"True": True, "False": False}


def reliability_table(done: list[tuple[Point, ReadResult]]) -> pd.DataFrame:
    """One row for each misread whose design point was looked for.

    Columns are the point, the estimator that was used, the reliability index Φ⁻¹(1 − rate), whether the rate lies below
    the study's floor, the distance of the nearest design point (both in standard deviations), the number of failure
    regions, notes, and the importance factor of each source of spread (``importance:r_bl``,
    ``importance:vth:xsa.xmn1``, …; they add up to 1). Where no failure was met at all, the index is a lower bound, and
    distance and factors are NaN.

    Parameters
    ----------
    done
        Points, each with its result in its own words.
    """
    sources = dict.fromkeys(name for point, _ in done for name in point.task.spread.names)
    rows = [
        _row(point, event, read.value, kind.value)
        for point, result in done
        for read in point.cell.weights.read
        if (kind := error_type(point.programmed, read)) is not None and (event := result.event(read)).beta is not None
    ]
    return pd.DataFrame(
        rows, columns=[*POINT_COLUMNS, *_FOUND, *(IMPORTANCE + name for name in sources), "task_id", MIRRORED]
    )


def _row(point: Point, event: EventResult, read: str, kind: str) -> dict[str, object]:
    task = point.task
    factors = {IMPORTANCE + name: factor for name, factor in point.importance(event).items()}
    found: dict[str, object] = {
        "read": read,
        "error_type": kind,
        "estimator": event.method.value,
        "reliability_index": event.reliability_index,
        "below_floor": event.below(task.precision.floor),
        "design_point_distance": event.beta if event.directions else math.nan,
        "failure_regions": len(event.directions),
        "notes": "; ".join(map(str, event.notes)),
    }
    return point.labels | found | factors | {"task_id": task.id, MIRRORED: point.mirrored}


def read_reliability_table(path: Path) -> pd.DataFrame:
    """Read ``reliability.csv``.

    Returns
    -------
    pandas.DataFrame
        Columns as :func:`reliability_table` makes them.

    Raises
    ------
    MissingResourceError
        No such file.
    TableError
        The file is not such a table, lacks a column, or holds a value that is not allowed: the message names its row.
    """
    texts = read_texts(path, RELIABILITY_COLUMNS, kind="reliability table")
    rows = {where: _checked_row(where, row) for number, row in texts.items() if (where := f"{path}, row {number}")}
    check_once(rows)
    columns = next(iter(rows.values()), dict.fromkeys(RELIABILITY_COLUMNS))
    return pd.DataFrame(list(rows.values()), columns=list(columns)).astype({"below_floor": bool})


def _checked_row(where: str, texts: Mapping[str, str]) -> dict[str, object]:
    row: dict[str, object] = {**texts, **checked_point(where, texts)}
    if texts["below_floor"] not in _BOOLEANS:
        raise TableError(f"{where}, column below_floor: {texts['below_floor']!r} is not one of {', '.join(_BOOLEANS)}")
    row["below_floor"] = _BOOLEANS[texts["below_floor"]]
    row["reliability_index"] = checked_number(where, "reliability_index", texts["reliability_index"])
    row["failure_regions"] = checked_count(where, "failure_regions", texts["failure_regions"])
    for column in ("design_point_distance", *(name for name in texts if name.startswith(IMPORTANCE))):
        row[column] = checked_number(where, column, texts[column]) if texts[column] else math.nan
    return row
