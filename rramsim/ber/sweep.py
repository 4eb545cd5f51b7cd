"""The sweep: every cell, corner and programmed weight of a study, in parallel, into a BER table.

The table depends on the study alone: not on the executor, the number of workers, or the order of completion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from dataclasses import dataclass

import pandas as pd

from rramsim.ber.estimate import Estimate
from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.sampling import ReadVariation
from rramsim.ber.store import RunFolder
from rramsim.ber.table import BER_COLUMNS, write_table
from rramsim.ber.task import ReadResult, ReadTask, probe, run_task
from rramsim.circuits.cells import Cell
from rramsim.circuits.read_deck import ReadDeck
from rramsim.corners import Corner
from rramsim.errors import NgspiceCrashError, SimulationError
from rramsim.files import write_atomic
from rramsim.intervals import IntervalMethod
from rramsim.study import Study
from rramsim.weights import error_type

Progress = Callable[[int, int], None]  # (done, total)

READ_COLUMNS = (
    "cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "reads", "latched",
    "latching_time_median_s", "latching_time_p95_s", "margin_median_v", "energy_mean_j", "energy_std_j", "task_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Tables of a finished sweep and how many of its tasks were found finished."""

    ber: pd.DataFrame
    reads: pd.DataFrame
    tasks: int
    resumed: int


def sweep(
    study: Study,
    folder: RunFolder,
    executor: Executor,
    *,
    progress: Progress = lambda _done, _total: None,
    fresh: bool = False,
) -> SweepResult:
    """Run what is not finished yet and write ``ber.csv`` and ``reads.csv``.

    Parameters
    ----------
    study
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
        A result cannot be written.
    """
    tasks = plan(study, ngspice=ngspice_version(executor))
    for deck in decks(study):
        folder.save_deck(deck)
    finished = {} if fresh else {task.id: result for task in tasks if (result := folder.load(task)) is not None}
    resumed = len(finished)
    progress(resumed, len(tasks))
    failures: list[tuple[ReadTask, SimulationError]] = []
    try:
        for task, outcome in _run([t for t in tasks if t.id not in finished], folder, executor):
            if isinstance(outcome, SimulationError):
                failures.append((task, outcome))
            else:
                folder.save(task, outcome)
                finished[task.id] = outcome
                progress(len(finished), len(tasks))
    finally:
        done = [(task, finished[task.id]) for task in tasks if task.id in finished]
        ber, reads = ber_table(done, study.ber.interval), reads_table(done)
        if done:
            write_atomic(folder.path / "ber.csv", write_table(ber))
            write_atomic(folder.path / "reads.csv", write_table(reads))
    if failures:
        raise _first_failure(failures, kept=len(done), total=len(tasks))
    return SweepResult(ber=ber, reads=reads, tasks=len(tasks), resumed=resumed)


def plan(study: Study, *, ngspice: str) -> tuple[ReadTask, ...]:
    """Tasks of a study in table order."""
    stop = StopRule(
        max_trials=study.ber.max_trials,
        max_errors=study.ber.max_errors,
        relative_precision=study.ber.relative_precision,
        interval=study.ber.interval,
    )
    return tuple(
        ReadTask(
            deck=deck,
            variation=ReadVariation(
                devices=study.devices.statistics, programmed=programmed, sigma_thresholds=threshold_sigmas(study, deck)
            ),
            stop=stop,
            seed=study.study.seed,
            ngspice=ngspice,
        )
        for deck in decks(study)
        for programmed in deck.cell.weights.programmed
    )


def decks(study: Study) -> Iterator[ReadDeck]:
    """One deck for each cell and corner, in table order."""

    def deck(cell: Cell, corner: Corner) -> ReadDeck:
        return ReadDeck(cell=cell, corner=corner, technology=study.technology_file, conditions=study.read.conditions)

    for cell in sorted(study.cells, key=lambda cell: cell.name):
        for corner in study.corners.grid:
            yield deck(cell, corner)


def threshold_sigmas(study: Study, deck: ReadDeck) -> tuple[float, ...]:
    """Standard deviation of each transistor's threshold in a study [V]; zeros without mismatch."""
    return deck.threshold_sigmas if study.read.mismatch else (0.0,) * len(deck.transistors)


def ngspice_version(executor: Executor) -> str:
    """Version of the ngspice that the executor's processes run.

    Raises
    ------
    NgspiceNotFoundError, NgspiceVersionError, NgspiceCrashError, NgspiceTimeoutError
        They have none that can be used.
    """
    try:
        return executor.submit(probe).result()["ngspice"]
    except BrokenExecutor:  # of an executor that is not ours
        raise NgspiceCrashError("the worker process died while it loaded ngspice") from None


def ber_table(done: list[tuple[ReadTask, ReadResult]], interval: IntervalMethod) -> pd.DataFrame:
    """Confusion rows of finished tasks."""
    rows = []
    for task, result in done:
        for read in task.deck.cell.weights.read:
            kind = error_type(task.programmed, read)
            if kind is None:
                continue
            estimate = Estimate.from_counts(
                errors=result.counts.get(read, 0), trials=result.trials, failed=result.failed
            )
            low, high = estimate.interval(interval)
            rows.append(
                _point(task)
                | {"read": read.value, "error_type": kind.value}
                | {"probability": estimate.probability, "ci_low": low, "ci_high": high}
                | {"estimator": "monte_carlo", "simulations": estimate.simulations, "failed": estimate.failed}
                | {"task_id": task.id}
            )
    return pd.DataFrame(rows, columns=list(BER_COLUMNS))


def reads_table(done: list[tuple[ReadTask, ReadResult]]) -> pd.DataFrame:
    """Latency, margin and energy rows of finished tasks."""
    rows = [
        _point(task)
        | {"reads": result.trials, "latched": result.latched}
        | {"latching_time_median_s": result.latching_median, "latching_time_p95_s": result.latching_p95}
        | {"margin_median_v": result.margin_median}
        | {"energy_mean_j": result.energy_mean, "energy_std_j": result.energy_std, "task_id": task.id}
        for task, result in done
    ]
    return pd.DataFrame(rows, columns=list(READ_COLUMNS))


def _point(task: ReadTask) -> dict[str, object]:
    corner = task.deck.corner
    return {
        "cell": task.deck.cell.name,
        "process": corner.process.value,
        "vdd_v": corner.vdd,
        "temperature_c": corner.temperature_c,
        "t_sense_s": task.deck.conditions.t_sense,
        "programmed": task.programmed.value,
    }


def _run(
    tasks: list[ReadTask], folder: RunFolder, executor: Executor
) -> Iterator[tuple[ReadTask, ReadResult | SimulationError]]:
    """Results in order of completion."""
    futures: dict[Future[ReadResult], ReadTask] = {
        executor.submit(run_task, task, folder.deck_path(task.deck)): task for task in tasks
    }
    crashed = 0
    try:
        for future in as_completed(futures):
            try:
                yield futures[future], future.result()
            except BrokenExecutor:
                crashed += 1  # of an executor that is not ours: every task that is left ends so
            except SimulationError as error:
                yield futures[future], error
    finally:
        for future in futures:
            future.cancel()
    if crashed:
        raise NgspiceCrashError(
            f"a worker process died (killed, out of memory, or ngspice crashed); {crashed} tasks were not finished. "
            "The finished ones are kept: run the same command again to go on",
            state="process ended without a result",
        )


def _first_failure(failures: list[tuple[ReadTask, SimulationError]], *, kept: int, total: int) -> SimulationError:
    task, error = min(failures, key=lambda item: (item[0].deck.cell.name, item[0].deck.corner.sort_key))
    point = f"{task.deck.cell.name}, {task.deck.corner.id}, weight {task.programmed}"
    return type(error)(
        f"{len(failures)} of {total} points failed ({kept} finished ones are kept); the first is {point}: "
        f"{error.message}",
        deck_path=error.deck_path,
        log_tail=error.log_tail,
        state=error.state,
    )
