"""Points that are simulated: their tasks run, with those that follow from a result, and their best results found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from rramsim.ber.plan import Sweep
from rramsim.ber.point import Point
from rramsim.ber.result import PointResult
from rramsim.ber.task import PointTask
from rramsim.errors import SimulationError
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.runs.task import AbstractTask

# Finished tasks, each with the best result that there is of its point.
Finished: TypeAlias = list[tuple[PointTask, PointResult]]


class PointRuns:
    """Tasks of points on an executor.

    Parameters
    ----------
    swept
        Says how rates are estimated, and finds the points of mirror images.
    runs
        Runs the tasks.
    folder
        Named by messages.
    """

    def __init__(self, swept: Sweep, runs: Runs[PointResult], folder: RunFolder) -> None:
        self._swept = swept
        self._runs = runs
        self._folder = folder
        self._apart: dict[str, PointTask] = {}

    def run(self, tasks: Iterable[PointTask]) -> None:
        """Run tasks, those of mirror images that turn out to be none, and those that go on after a pause.

        Parameters
        ----------
        tasks
            What to run; what is finished is found.

        Raises
        ------
        NgspiceCrashError, OutputError, WriteError
            As :meth:`rramsim.runs.loop.Runs.run`.
        """
        self._runs.run(tasks, follow=self._follow)

    def finished(self, tasks: Sequence[PointTask]) -> Finished:
        """Best result of each point that has one, in the order of the tasks, mirror images that are none behind them.

        Parameters
        ----------
        tasks
            Of :meth:`run`.
        """
        found = []
        for task in (*tasks, *self._apart.values()):
            for first in (task, task.alone):
                if first is not None and (result := self._runs.result(first)) is not None:
                    better = self._runs.result(first.refined)
                    found.append((first, result) if better is None else (first.refined, better))
                    break
        return found

    def check(self, tasks: Sequence[PointTask]) -> None:
        """Raise what the first failed task, in table order, ended with.

        Parameters
        ----------
        tasks
            Of :meth:`run`.

        Raises
        ------
        SimulationError
            A task failed.
        """
        if not self._runs.failures:
            return
        kept, total = len(self.finished(tasks)), len(tasks) + len(self._apart)
        points = [(task, error) for task, error in self._runs.failures if isinstance(task, PointTask)]
        task, cause = min(points, key=lambda item: (item[0].bench.name, item[0].corner.sort_key))
        error = _as_simulation_error(cause)
        point = f"{task.bench.name}, {task.corner.id}, programmed {task.programmed}"
        raise type(error)(
            f"{len(self._runs.failures)} of {total} points failed ({kept} finished ones are kept), all told in full in "
            f"{self._folder.failures_path}; the first is {point}: {error.message}",
            deck_path=error.deck_path,
            log_tail=error.log_tail,
            state=error.state,
        ) from cause

    def _follow(self, task: AbstractTask[PointResult], result: PointResult) -> Iterator[PointTask]:
        if not isinstance(task, PointTask):
            return
        # A mirror image that is none, whatever the netlist says: a model library may tell left from right.
        other = None if result.symmetric else self._swept.apart(task)
        if other is not None:
            yield self._apart.setdefault(other.id, other)
        if task.paused(result):
            yield task.refined


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


def _as_simulation_error(error: Exception) -> SimulationError:
    if isinstance(error, SimulationError):
        return error
    return SimulationError(f"its task ended with {type(error).__name__}: {error}")
