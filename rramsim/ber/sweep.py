"""The sweep: every cell, corner and programmed weight of a study, in parallel, into a BER table.

The table depends on the study alone: not on the executor, the number of workers, or the order of completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

import pandas as pd

from rramsim.ber.plan import Estimation, Sweep, ngspice_version
from rramsim.ber.point import Point
from rramsim.ber.point_runs import PointRuns, table_points
from rramsim.ber.result import PointResult
from rramsim.ber.tables import beyond_data, sweep_tables
from rramsim.files import remove
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, Runs, unheard
from rramsim.runs.stamps import Origin, set_aside, write_stamped
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
    points = PointRuns(swept, runs, folder)
    try:
        points.run(tasks)
    finally:
        origin = swept.origin(ngspice=version)
        done = table_points(swept, points.finished(tasks))
        tables, warnings = _write_tables(swept.estimation, folder, done, origin)
    points.check(tasks)
    return SweepResult(tables=tables, tasks=runs.planned, resumed=runs.resumed, warnings=warnings)


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
