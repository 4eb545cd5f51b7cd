"""The sweep: every cell, corner and programmed weight of a study, in parallel, into a BER table.

The table depends on the study alone: not on the executor, the number of workers, or the order of completion.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass, field, replace
from queue import SimpleQueue

import pandas as pd

from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.reliability import reliability_table
from rramsim.ber.sampling import ReadVariation
from rramsim.ber.store import RunFolder
from rramsim.ber.table import BER_COLUMNS, write_table
from rramsim.ber.task import Point, ReadResult, ReadTask, probe, run_task
from rramsim.circuits.cells import Cell
from rramsim.circuits.read_deck import ReadDeck
from rramsim.corners import Corner, typical_corner
from rramsim.errors import NgspiceCrashError, SimulationError
from rramsim.files import remove, write_atomic
from rramsim.intervals import IntervalMethod
from rramsim.rare.method import Method
from rramsim.rare.precision import DEFAULT_PRECISION, Precision
from rramsim.study import Study
from rramsim.weights import error_type

Progress = Callable[[int, int], None]  # (done, total)

# Simulations of one event after which a point waits until all have had as many.
_FIRST_BUDGET = 600

READ_COLUMNS = (
    "cell", "process", "vdd_v", "temperature_c", "t_sense_s", "programmed", "reads", "latched",
    "latching_time_median_s", "latching_time_p95_s", "margin_median_v", "energy_mean_j", "energy_std_j", "task_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepResult:
    """Tables of a finished sweep, how many tasks it had, and how many of them were found finished.

    A point has a second task where its first budget was not enough.
    """

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
        Something else lies where a result belongs.
    WriteError
        A result cannot be written.
    """
    tasks = plan(study, ngspice=ngspice_version(executor))
    for deck in decks(study):
        folder.save_deck(deck)
    runs = _Runs(tasks, folder, executor, progress, fresh=fresh)
    try:
        guided: dict[str, list[ReadTask]] = defaultdict(list)
        for task in tasks:
            if task.guide is not None:
                guided[task.guide.id].append(task)
        runs.run(
            [task for task in tasks if task.guide is None],
            # As soon as the guide has ended; also if it failed.
            lambda guide: [task if runs.result(guide) else task.unguided for task in guided[guide.id]],
        )
        refined = _worst_first(runs.done())
        runs.planned += len(refined)
        runs.run(refined)
    finally:
        done = runs.done()
        ber, reads = _write_tables(study, folder, done)
    if runs.failures:
        raise _first_failure(runs.failures, kept=len(done), total=len(tasks))
    return SweepResult(ber=ber, reads=reads, tasks=runs.planned, resumed=runs.resumed)


def _write_tables(
    study: Study, folder: RunFolder, done: list[tuple[ReadTask, ReadResult]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write what is known by now, if anything is; the BER table and that of the reads."""
    ber, reads, reliability = ber_table(done, study.ber.interval), reads_table(done), reliability_table(done)
    if done:
        write_atomic(folder.path / "ber.csv", write_table(ber))
        write_atomic(folder.path / "reads.csv", write_table(reads))
        if study.ber.estimator != "monte_carlo":
            write_atomic(folder.path / "reliability.csv", write_table(reliability))
        else:  # of an earlier sweep
            remove(folder.path / "reliability.csv")
    return ber, reads


def plan(study: Study, *, ngspice: str) -> tuple[ReadTask, ...]:
    """Tasks of a study in table order."""
    stop = StopRule(
        max_trials=study.ber.max_trials,
        max_errors=study.ber.max_errors,
        relative_precision=study.ber.relative_precision,
        interval=study.ber.interval,
    )
    precision = Precision(
        relative=study.ber.relative_precision or DEFAULT_PRECISION.relative,
        floor=study.ber.floor,
        max_simulations=study.ber.max_simulations,
        pause=None if study.ber.estimator == "monte_carlo" else _FIRST_BUDGET,
    )
    tasks = [
        ReadTask(
            deck=deck,
            variation=ReadVariation(
                devices=study.devices.statistics, programmed=programmed, sigma_thresholds=threshold_sigmas(study, deck)
            ),
            stop=stop,
            seed=study.study.seed,
            ngspice=ngspice,
            estimator=None if study.ber.estimator == "auto" else Method(study.ber.estimator),
            precision=precision,
        )
        for deck in decks(study)
        for programmed in deck.cell.weights.programmed
    ]
    return tuple(tasks) if study.ber.estimator == "monte_carlo" else _guided(tasks)


def _guided(tasks: list[ReadTask]) -> tuple[ReadTask, ...]:
    """Let the most typical corner guide the others of its cell and weight."""
    typical = typical_corner(task.deck.corner for task in tasks)
    guides = {(task.deck.cell.name, task.programmed): task for task in tasks if task.deck.corner == typical}
    found = (guides[task.deck.cell.name, task.programmed] for task in tasks)
    return tuple(
        task if guide is task else replace(task, guide=guide) for task, guide in zip(tasks, found, strict=True)
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
            event = result.event(read)
            estimate, floor = event.estimate, task.precision.floor
            below = event.below(floor)
            low, high = (0.0, floor) if below else estimate.interval(interval)
            rows.append(
                task.labels
                | {"read": read.value, "error_type": kind.value}
                | {"probability": 0.0 if below else estimate.probability, "ci_low": low, "ci_high": high}
                | {"estimator": event.method.value, "simulations": estimate.simulations, "failed": estimate.failed}
                | {"task_id": task.id}
            )
    return pd.DataFrame(rows, columns=list(BER_COLUMNS))


def reads_table(done: list[tuple[ReadTask, ReadResult]]) -> pd.DataFrame:
    """Latency, margin and energy rows of finished tasks."""
    rows = [
        task.labels
        | {"reads": result.trials, "latched": result.latched}
        | {"latching_time_median_s": result.latching_median, "latching_time_p95_s": result.latching_p95}
        | {"margin_median_v": result.margin_median}
        | {"energy_mean_j": result.energy_mean, "energy_std_j": result.energy_std, "task_id": task.id}
        for task, result in done
    ]
    return pd.DataFrame(rows, columns=list(READ_COLUMNS))


@dataclass
class _Runs:
    """Results of a sweep's tasks: what was found finished, and what runs."""

    tasks: Sequence[ReadTask]
    folder: RunFolder
    executor: Executor
    progress: Progress
    fresh: bool = field(kw_only=True)
    planned: int = field(init=False)
    failures: list[tuple[ReadTask, SimulationError]] = field(default_factory=list)
    resumed: int = 0
    _results: dict[str, ReadResult] = field(default_factory=dict)
    _latest: dict[Point, ReadTask] = field(default_factory=dict)
    _told: int | None = None

    def __post_init__(self) -> None:
        self.planned = len(self.tasks)

    def result(self, task: ReadTask | None) -> ReadResult | None:
        """Result of a task; None if it has none yet."""
        return self._results.get(task.id) if task else None

    def done(self) -> list[tuple[ReadTask, ReadResult]]:
        """Best result of each point that has one, in table order."""
        latest = [self._latest[task.point] for task in self.tasks if task.point in self._latest]
        return [(task, self._results[task.id]) for task in latest]

    def run(
        self, tasks: Iterable[ReadTask], following: Callable[[ReadTask], Iterable[ReadTask]] = lambda _task: ()
    ) -> None:
        """Run tasks, or find them finished, and what follows each of them once it has ended.

        Raises
        ------
        NgspiceCrashError
            An executor that is not ours broke.
        WriteError
            A result cannot be written.
        """
        ready = deque(tasks)
        running: dict[Future[ReadResult], ReadTask] = {}
        ended: SimpleQueue[Future[ReadResult]] = SimpleQueue()
        lost = 0  # with an executor that is not ours: it takes all its tasks with it
        try:
            while ready or running:
                while ready:
                    task = ready.popleft()
                    if self._find(task):
                        ready.extend(following(task))
                        continue
                    try:
                        future = self._submit(task)
                    except BrokenExecutor:
                        lost += 1
                        continue
                    running[future] = task
                    future.add_done_callback(ended.put)
                self._tell()
                if not running:
                    break  # nothing was left to do
                future = ended.get()
                task = running.pop(future)
                try:
                    result = future.result()
                except BrokenExecutor:
                    lost += 1
                    continue
                except CancelledError:
                    raise
                except Exception as error:  # whatever it is, the other tasks go on
                    self.failures.append((task, _as_simulation_error(error)))
                else:
                    self._keep(task, result)
                ready.extend(following(task))
            self._tell()
        finally:
            for future in running:
                future.cancel()
        if lost:
            raise NgspiceCrashError(
                f"a worker process died (killed, out of memory, or ngspice crashed); {lost} tasks or more were not "
                "finished. The finished ones are kept: run the same command again to go on",
                state="process ended without a result",
            )

    def _find(self, task: ReadTask) -> bool:
        """Whether a task is finished already."""
        result = None if self.fresh else self.folder.load(task)
        if result is None:
            return False
        self.resumed += 1
        self._remember(task, result)
        return True

    def _submit(self, task: ReadTask) -> Future[ReadResult]:
        return self.executor.submit(run_task, task, self.folder.deck_path(task.deck), self.result(task.guide))

    def _keep(self, task: ReadTask, result: ReadResult) -> None:
        self.folder.save(task, result)
        self._remember(task, result)

    def _remember(self, task: ReadTask, result: ReadResult) -> None:
        self._results[task.id] = result
        self._latest[task.point] = task

    def _tell(self) -> None:
        done = len(self._results)
        if done != self._told:
            self.progress(done, self.planned)
            self._told = done


def _worst_first(done: list[tuple[ReadTask, ReadResult]]) -> list[ReadTask]:
    """Points whose rates are not known well enough: the widest interval first, then the worst rate."""

    def rank(item: tuple[ReadTask, ReadResult]) -> tuple[float, float]:
        estimates = [event.estimate for event in item[1].events.values() if event.paused(item[0].precision)]
        return (-max(e.relative_width for e in estimates), -max(e.probability for e in estimates))

    paused = [
        (task, result) for task, result in done if any(event.paused(task.precision) for event in result.events.values())
    ]
    return [task.refined for task, _ in sorted(paused, key=rank)]


def _as_simulation_error(error: Exception) -> SimulationError:
    if isinstance(error, SimulationError):
        return error
    return SimulationError(f"its task ended with {type(error).__name__}: {error}")


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
