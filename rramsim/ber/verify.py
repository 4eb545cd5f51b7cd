"""Check a run folder against the circuit: rows drawn at random are simulated again and compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from rramsim.ber.comparison import Difference, file_differences, largest, table_differences
from rramsim.ber.plan import Sweep, ngspice_version
from rramsim.ber.point_runs import table_points
from rramsim.ber.result import PointResult
from rramsim.ber.tables import sweep_tables
from rramsim.ber.task import PointTask
from rramsim.errors import TableError
from rramsim.files import is_file
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, Runs
from rramsim.tables.ber import BER
from rramsim.tables.distributions import DISTRIBUTIONS
from rramsim.tables.table import Table

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRow:
    """A row of ``ber.csv`` and every difference in what the folder holds of its task.

    Parameters
    ----------
    number
        Row in the file; the header is 1.
    cell, programmed, read
        The misread that the row is about.
    task
        The task it came from.
    differences
        Of all rows of the task in all tables, and of its task file, which rounding does not explain.
    rounding
        The largest of those that it does explain; None where all is the same to the last digit.
    """

    number: int
    cell: str
    programmed: str
    read: str
    task: PointTask
    differences: tuple[Difference, ...]
    rounding: Difference | None = None

    def __str__(self) -> str:
        point = f"{self.cell}, {self.task.corner.id}, {self.programmed} read as {self.read}"
        verdict = "differs" if self.differences else "ok" if self.rounding is None else "ok to rounding"
        return f"row {self.number} ({point}), task {self.task.id[:12]}: {verdict}"


def drawn_rows(seed: int, folder: RunFolder, count: int) -> dict[int, Row]:
    """Rows of ``ber.csv`` that a seed draws, in the order of the file, by their number.

    Parameters
    ----------
    seed
        Draws; the study's own, so that others look at the same rows.
    folder
        Holds the table.
    count
        How many; all of them where there are no more.

    Raises
    ------
    MissingResourceError
        There is no table.
    TableError
        It is none, or has no rows.
    """
    path = folder.path / BER.file
    rows = BER.texts(path)
    if not rows:
        raise TableError(f"{path} has no rows")
    rng = np.random.default_rng(seed)
    drawn = rng.choice(list(rows), size=min(count, len(rows)), replace=False)
    return {number: rows[number] for number in sorted(drawn.tolist())}


def verify(
    swept: Sweep, folder: RunFolder, executor: Executor, rows: Mapping[int, Row], *, progress: Progress
) -> Iterator[CheckedRow]:
    """Simulate the tasks of some rows again, and compare all that the folder holds of them. Nothing is written.

    A task file that is not there is no difference: it only saves a resumed sweep the work.

    Parameters
    ----------
    swept
        What the folder is of.
    folder
        What is checked.
    executor
        Runs the tasks; its processes need ngspice.
    rows
        Rows of ``ber.csv``, by their number.
    progress
        Called with (done, total) tasks.

    Yields
    ------
    CheckedRow
        In the order of ``rows``.

    Raises
    ------
    TableError
        A row belongs to no task of the sweep, or ``reads.csv`` is no table.
    SimulationError
        A task failed.
    """
    made = [table for table in sweep_tables((), swept.estimation) if table is not DISTRIBUTIONS or _has(folder, table)]
    tables = {table: table.texts(folder.path / table.file) for table in made}
    version = ngspice_version(executor)
    known = _possible_tasks(swept, version)
    for number, row in rows.items():
        if row["task_id"] not in known:
            raise _unknown_task(folder, number, row, version)
    tasks = {number: known[row["task_id"]] for number, row in rows.items()}
    results = _run(tasks.values(), executor, progress)
    checked: dict[str, list[Difference]] = {}
    for number, task in tasks.items():
        if task.id not in checked:  # several rows may be of one task
            found = sweep_tables(table_points(swept, [(task, results[task.id])]), swept.estimation)
            compared = {table: found[table] for table in made}
            checked[task.id] = [
                *table_differences(task, results[task.id], compared, tables),
                *file_differences(task, results[task.id], folder),
            ]
        row, all_of_them = rows[number], checked[task.id]
        yield CheckedRow(
            number=number, cell=row["cell"], programmed=row["programmed"], read=row["read"], task=task,
            differences=tuple(one for one in all_of_them if not one.is_rounding),
            rounding=largest(one for one in all_of_them if one.is_rounding),
        )  # fmt: skip


def _has(folder: RunFolder, table: Table) -> bool:
    """Whether a folder has a table; one that was made before the table was thought of has not."""
    return is_file(folder.path / table.file)


def _possible_tasks(swept: Sweep, ngspice: str) -> dict[str, PointTask]:
    """Every task that a row of the sweep can have come from, by its id."""
    planned = swept.tasks(ngspice=ngspice)
    first = [*planned, *(alone for task in planned if (alone := task.alone))]
    first += [other for task in planned if (other := swept.apart(task))]
    return {task.id: task for task in (*first, *(task.refined for task in first))}


def _run(tasks: Iterable[PointTask], executor: Executor, progress: Progress) -> dict[str, PointResult]:
    """Results of some tasks, by id. Nothing is told of a deck path: the folder's deck may not be the one that is run.

    Raises
    ------
    SimulationError
        A task failed, or one that guides it.
    """
    wanted = {task.id: task for task in tasks}
    runs: Runs[PointResult] = Runs(executor, None, progress=progress)
    return dict(zip(wanted, runs.results(wanted.values()), strict=True))


def _unknown_task(folder: RunFolder, number: int, row: Row, ngspice: str) -> TableError:
    cause = "study.toml, the model files or rramsim itself have changed since, or the row was edited"
    try:
        recorded = json.loads((folder.path / "provenance.json").read_text(encoding="utf-8"))["ngspice"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        cause = f"it was run with another ngspice than {ngspice}; {cause}"
    else:
        if recorded != ngspice:
            cause = f"it was run with ngspice {recorded}, and this is {ngspice}"
    return TableError(
        f"{folder.path / BER.file}, row {number}: {folder.path / 'study.toml'} yields no task {row['task_id']!r}; "
        f"likely {cause}"
    )
