"""What a run folder holds of a task against what the task gives: texts and counts exactly, numbers to rounding.

Another processor sums and multiplies in another order, and what begins in the 16th digit grows on its way to a rate.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from rramsim.ber.result import PointResult
from rramsim.ber.task import PointTask
from rramsim.errors import TaskFileError
from rramsim.files import canonical_json
from rramsim.runs.folder import RunFolder
from rramsim.tables.ber import BER
from rramsim.tables.columns import Number
from rramsim.tables.directions import COSINE
from rramsim.tables.reliability import IMPORTANCE
from rramsim.tables.table import Table

# Rows of a table as they are spelled, by their number in the file.
Rows = Mapping[int, Mapping[str, str]]

# Relative difference up to which two numbers are the same. Rates of the quickstart study differ by up to 3e-8 where the
# mathematical library does without fused multiplication, the sums of their cubes by three times as much; a rate that
# differs by 1e-6 was altered.
_ROUNDING = 3e-7

# What is left of a cancellation has few digits, so a small value is compared on the scale of what it is a part of.
_PART = 1e-4  # of a unit vector or of the sum of importance factors; of the largest summary of a quantity
_SIGMA = 0.1  # of a distance [standard deviations]
_BOUND = 0.1  # of a rate, for the lower bound of its interval

_MISSING = "nothing"

# What tells rows of one point and misread apart, in tables that have several.
_PARTS = ("region", "source", "quantity", "quantile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value of a run folder that is not what its task gives.

    Parameters
    ----------
    where
        The file, and the row where it is a table.
    column
        Column of the table, or keys of the task file.
    stored, found
        Texts of the value in the folder and of the one just simulated.
    relative
        By how much two numbers differ [1]; infinite for anything else.
    """

    where: str
    column: str
    stored: str
    found: str
    relative: float = math.inf

    def __str__(self) -> str:
        return f"{self.where}, {self.column}: stored {self.stored}, found {self.found}"

    @property
    def is_rounding(self) -> bool:
        """Whether another processor may be the cause."""
        return self.relative <= _ROUNDING


def largest(differences: Iterable[Difference]) -> Difference | None:
    """The largest of some differences between numbers; None where there is none.

    Parameters
    ----------
    differences
        In any order.
    """
    return max(differences, key=lambda difference: difference.relative, default=None)


def table_differences(
    task: PointTask, result: PointResult, found: Mapping[Table, pd.DataFrame], tables: Mapping[Table, Rows]
) -> Iterator[Difference]:
    """Differences of all rows of a task.

    Parameters
    ----------
    task, result
        The task, and what it just gave.
    found
        The tables of this task alone.
    tables
        The tables of the folder.
    """
    scales = _summary_scales(task, result) | _quantity_scales(result)
    scales |= dict.fromkeys(("reliability_index", "design_point_distance"), _SIGMA)
    counts = _count_columns(task)
    for table, frame in found.items():
        rows = {number: row for number, row in tables[table].items() if row["task_id"] == task.id}
        for where, column, stored, value, row in _row_values(table, rows, table.spelled(frame)):
            named = row.get("quantity", column)  # tables of several quantities have a row for each
            scale = scales.get(named, _PART if column.startswith((IMPORTANCE, COSINE)) else 0.0)
            if (table, column) == (BER, "ci_low"):
                scale = _BOUND * float(row["probability"])
            relative = _spelled_difference(table, column, stored, value, scale)
            if column in counts and relative > 0:
                relative = math.inf
            if relative > 0:
                yield Difference(where=where, column=column, stored=stored, found=value, relative=relative)


def file_differences(task: PointTask, result: PointResult, folder: RunFolder) -> Iterator[Difference]:
    """Differences of the task file; none where it is not there, since it only saves a resumed sweep the work.

    Parameters
    ----------
    task, result
        The task, and what it just gave.
    folder
        Holds the file.
    """
    path = folder.task_path(task)
    name = str(path.relative_to(folder.path))
    try:
        kept = folder.read(task)
    except TaskFileError as error:
        yield Difference(where=name, column="file", stored=str(error).removeprefix(f"{path} is "), found="a result")
        return
    if kept is None:
        return
    if not kept.distributions:  # a file of before they were kept
        result = replace(result, distributions={})
    scales = _summary_scales(task, result) | _quantity_scales(result) | {"beta": _SIGMA}
    plain = [json.loads(canonical_json(one.to_json())) for one in (kept, result)]
    for keys, stored, found in _leaves((), *plain):
        texts = canonical_json(stored), canonical_json(found)
        scale = _PART if "directions" in keys else next((scales[key] for key in reversed(keys) if key in scales), 0.0)
        relative = _difference(stored, found, scale) if type(stored) is type(found) is float else math.inf
        if texts[0] != texts[1]:
            yield Difference(where=name, column=".".join(keys), stored=texts[0], found=texts[1], relative=relative)


def _row_values(
    table: Table, stored: Rows, found: Iterable[Mapping[str, str]]
) -> Iterator[tuple[str, str, str, str, Mapping[str, str]]]:
    """Where, column, stored and found text of all values of one task, and the found row.

    Rows are told apart by cell, weight and, where the table tells them, what was read and what of it.
    """
    left = dict(stored)
    for row in found:
        number = next((number for number, other in left.items() if _is_of(other) == _is_of(row)), None)
        if number is None:
            misread = f" read as {row['read']}" if "read" in row else ""
            part = "".join(f", {name} {row[name]}" for name in _PARTS if name in row)
            told = f"row of task {row['task_id'][:12]}, {row['cell']} {row['programmed']}{misread}{part}"
            yield table.file, told, _MISSING, "one", row
            continue
        other = left.pop(number)
        for column, value in row.items():
            yield f"{table.file}, row {number}", column, other.get(column, _MISSING), value, row
    for number, row in left.items():
        yield f"{table.file}, row {number}", "row", "one", _MISSING, row


def _is_of(row: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(row.get(column) for column in ("cell", "programmed", "read", *_PARTS))


def _spelled_difference(table: Table, column: str, stored: str, found: str, scale: float) -> float:
    """Relative difference of two texts of a column; infinite for what is no result that is a number."""
    kind = table.kind_of(column)
    if stored == found:
        return 0.0
    if column in table.key or not isinstance(kind, Number):
        return math.inf
    try:
        return _difference(kind.read(stored), kind.read(found), scale)
    except ValueError:
        return math.inf


def _difference(one: float, other: float, scale: float) -> float:
    """Relative difference of two numbers, of which the greater counts for no less than a scale."""
    if one == other:
        return 0.0
    relative = abs(one - other) / max(abs(one), abs(other), scale)
    return relative if math.isfinite(relative) else math.inf  # a blank one is no number


def _leaves(keys: tuple[str, ...], stored: Any, found: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Values of two structures by their keys, and parts in which the structures differ."""
    if isinstance(stored, dict) and isinstance(found, dict) and stored.keys() == found.keys():
        for key in found:
            yield from _leaves((*keys, key), stored[key], found[key])
    elif isinstance(stored, list) and isinstance(found, list) and len(stored) == len(found):
        for number, pair in enumerate(zip(stored, found, strict=True)):
            yield from _leaves((*keys, str(number)), *pair)
    else:
        yield keys, stored, found


def _summary_scales(task: PointTask, result: PointResult) -> dict[str, float]:
    """Scale of each summary: a part of the largest one of the same quantity, as the mean for a standard deviation."""
    summaries = task.bench.summaries
    largest: dict[str, float] = {}
    for summary in summaries:
        value = result.summaries[summary.column]
        if value is not None and summary.statistic != "count":
            largest[summary.quantity] = max(largest.get(summary.quantity, 0.0), abs(value))
    return {summary.column: _PART * largest.get(summary.quantity, 0.0) for summary in summaries}


def _quantity_scales(result: PointResult) -> dict[str, float]:
    """Scale of each distribution: a part of the largest of its quantiles."""
    return {
        name: _PART * max((abs(one.value) for one in found.quantiles), default=0.0)
        for name, found in result.distributions.items()
    }


def _count_columns(task: PointTask) -> frozenset[str]:
    return frozenset(summary.column for summary in task.bench.summaries if summary.statistic == "count")
