"""The sweep: every cell, corner and programmed weight of a study, in parallel, into a BER table.

The table depends on the study alone: not on the executor, the number of workers, or the order of completion.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import pandas as pd

from rramsim.ber.plan import Estimation, Sweep, ngspice_version
from rramsim.ber.point import Point
from rramsim.ber.result import PointResult
from rramsim.ber.tables import beyond_data, sweep_tables
from rramsim.ber.task import PointTask
from rramsim.errors import SimulationError
from rramsim.files import remove
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, Runs, unheard
from rramsim.runs.stamps import Origin, set_aside, write_stamped
from rramsim.runs.task import AbstractTask
from rramsim.tables.causes import CAUSES
from rramsim.tables.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Tables of a finished sweep, how many tasks it had, and how many of them were found finished.

    A point has a second task where its first budget was not enough. ``warnings`` tell rates that lie beyond the data
    that they rest on, a line each.
    """

    tables: Mapping[Table, pd.DataFrame]
    tasks: int
    resumed: int
    warnings: tuple[str, ...] = ()


def sweep(
    swept: Sweep,
    folder: RunFolder,
    executor: Executor,
    *,
    progress: Progress = unheard,
    fresh: bool = False,
) -> SweepResult:
    """Run what is not finished yet and write ``ber.csv`` and ``reads.csv``.

    Parameters
    ----------
    swept
        What to sweep.
    folder
        Where finished tasks and tables go; prepared.
    executor
        Runs the tasks; its processes need ngspice.
    progress
        Called with (done, total) tasks.
    fresh
        Run every task again, also finished ones.

    Raises
    ------
    SimulationError
        A task failed. The others were finished first, and all finished ones are in the tables.
    OutputError
        Something else lies where a result belongs.
    WriteError
        A result cannot be written.
    """
    version = ngspice_version(executor)
    tasks = swept.tasks(ngspice=version)
    for deck in swept.decks():
        folder.save_deck(deck.name, deck.text)
    runs: Runs[PointResult] = Runs(executor, folder, progress=progress, fresh=fresh)
    apart: dict[str, PointTask] = {}

    def follow(task: AbstractTask[PointResult], result: PointResult) -> Iterator[PointTask]:
        if not isinstance(task, PointTask):
            return
        # A mirror image that is none, whatever the netlist says: a model library may tell left from right.
        other = None if result.symmetric else swept.apart(task)
        if other is not None:
            yield apart.setdefault(other.id, other)
        if task.paused(result):
            yield task.refined

    try:
        runs.run(tasks, follow=follow)
    finally:
        tasks = (*tasks, *apart.values())
        done = _done(runs, tasks)
        origin = swept.origin(ngspice=version)
        tables, warnings = _write_tables(swept.estimation, folder, table_points(swept, done), origin)
    if runs.failures:
        failure, cause = _first_failure(runs.failures, folder, kept=len(done), total=len(tasks))
        raise failure from cause
    return SweepResult(tables=tables, tasks=runs.planned, resumed=runs.resumed, warnings=warnings)


def _done(runs: Runs[PointResult], tasks: Sequence[PointTask]) -> list[tuple[PointTask, PointResult]]:
    """Best result of each point that has one, in table order."""
    found = []
    for task in tasks:
        for first in (task, task.alone):
            if first is not None and (result := runs.result(first)) is not None:
                better = runs.result(first.refined)
                found.append((first, result) if better is None else (first.refined, better))
                break
    return found


def table_points(swept: Sweep, done: Iterable[tuple[PointTask, PointResult]]) -> list[tuple[Point, PointResult]]:
    """Points of the tables that finished tasks tell, in table order, each with its result in its own words.

    Parameters
    ----------
    swept
        What is swept.
    done
        Finished tasks and their results.
    """
    found = [(point, point.seen(result)) for task, result in done for point in swept.points(task, result)]
    return sorted(found, key=lambda item: item[0].sort_key)


def _write_tables(
    estimation: Estimation, folder: RunFolder, done: list[tuple[Point, PointResult]], origin: Origin
) -> tuple[dict[Table, pd.DataFrame], tuple[str, ...]]:
    """Write what is known by now, if anything is; tables, and a line for each rate beyond the data."""
    tables = sweep_tables(done, estimation)
    if done:
        write_stamped(folder.path, {table.file: table.text(frame) for table, frame in tables.items()}, origin)
        earlier = [table.file for table in CAUSES.values() if table not in tables]
        set_aside(folder.path, earlier)
        for name in earlier:
            remove(folder.path / name)
    return tables, tuple(beyond_data(done, estimation.interval))


def _as_simulation_error(error: Exception) -> SimulationError:
    if isinstance(error, SimulationError):
        return error
    return SimulationError(f"its task ended with {type(error).__name__}: {error}")


def _first_failure(
    failures: Sequence[tuple[AbstractTask[PointResult], Exception]], folder: RunFolder, *, kept: int, total: int
) -> tuple[SimulationError, Exception]:
    """What ends the sweep, and the error of a task that it tells of."""
    points = [(task, error) for task, error in failures if isinstance(task, PointTask)]
    task, cause = min(points, key=lambda item: (item[0].bench.name, item[0].corner.sort_key))
    error = _as_simulation_error(cause)
    point = f"{task.bench.name}, {task.corner.id}, programmed {task.programmed}"
    failure = type(error)(
        f"{len(failures)} of {total} points failed ({kept} finished ones are kept), all told in full in "
        f"{folder.failures_path}; the first is {point}: {error.message}",
        deck_path=error.deck_path,
        log_tail=error.log_tail,
        state=error.state,
    )
    return failure, cause
