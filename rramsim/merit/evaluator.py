"""Rates at any value of a knob: what figures of merit ask for, simulated by the tasks of a sweep and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import pandas as pd

from rramsim.ber.plan import Estimation, Sweep
from rramsim.ber.point_runs import Finished, PointRuns, table_points
from rramsim.ber.result import PointResult
from rramsim.ber.sensitivity import SensitivityTask
from rramsim.ber.tables import ber_table, extrapolated_cells
from rramsim.ber.task import PointTask
from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.files import content_id
from rramsim.merit.rates import Rate, rates_of
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A bench at a corner, with knobs turned.

    Parameters
    ----------
    bench, corner
        What is simulated, and where.
    turned
        (knob, value) of what is not as the study has it.
    near
        What was asked before and is alike: its design points are where this one's are looked for.
    """

    bench: AbstractBench
    corner: Corner
    turned: tuple[tuple[str, float], ...] = ()
    near: Asked | None = None

    @property
    def deck_file(self) -> str:
        """Name that its deck is kept by: that of the deck, and what was turned that it does not tell."""
        more = (f"{name.rpartition('.')[2]}_{value:g}" for name, value in self.turned)
        name = "_".join((self.bench.deck(self.corner).name, *more)).replace("+", "")
        return name if len(name) <= 100 else f"{name[:80]}_{content_id({'name': name})[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found of a cell.

    Parameters
    ----------
    cell
        Its name in the tables.
    asked
        Where.
    rates
        As :func:`rramsim.merit.rates.rates_of` gives them.
    simulations
        What they cost.
    """

    cell: str
    asked: Asked
    rates: Mapping[str, Rate]
    simulations: int


class Evaluator:
    """Finds rates.

    Parameters
    ----------
    estimation
        How rates are estimated.
    seed
        Of every random number.
    ngspice
        Version of ngspice that must run the tasks.
    runs
        Runs the tasks.
    folder
        Where decks are kept.
    common
        Whether benches draw the same numbers wherever knobs stand, so that differences have little noise.
    cells
        Which cells of the benches are told; none for all of them.
    """

    def __init__(
        self, estimation: Estimation, *, seed: int, ngspice: str, runs: Runs[PointResult], folder: RunFolder,
        common: bool = False, cells: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._estimation = estimation
        self._seed = seed
        self._ngspice = ngspice
        self._runs = runs
        self._folder = folder
        self._common = common
        self._cells = cells
        self._made: dict[int, tuple[Asked, list[PointTask]]] = {}
        self.extrapolated: dict[str, dict[str, None]] = {}  # sources beyond whose data rates were, by cell

    def rates(self, asked: Sequence[Asked]) -> dict[int, list[Found]]:
        """Rates of each cell, by the place in what is asked.

        Parameters
        ----------
        asked
            What to find out; all of it is simulated at once.

        Raises
        ------
        SimulationError
            A task failed.
        """
        tasks = [self._tasks(one) for one in asked]
        for one in asked:
            self._folder.save_deck(one.deck_file, one.bench.deck(one.corner).text)
        everything = [task for part in tasks for task in part]
        if not everything:
            return {}
        points = PointRuns(self._plan(asked[0]), self._runs, self._folder)
        points.run(everything)
        points.check(everything)
        done = points.finished(everything)
        return {
            number: list(self._found(one, [(task, result) for task, result in done if _of(one, task)]))
            for number, one in enumerate(asked)
        }

    def sensitivities(self, asked: Sequence[Asked]) -> list[tuple[Asked, str, dict[str, float]]]:
        """What each source moves the response by, of each programmed symbol; mirror images are not told twice.

        Parameters
        ----------
        asked
            What to find out; all of it is simulated at once.

        Raises
        ------
        SimulationError
            A simulation failed, or a bench has no response.
        """
        tasks = [(one, SensitivityTask(point=task)) for one in asked for task in self._tasks(one)]
        runs = cast("Runs[dict[str, float]]", self._runs)  # which takes tasks of any result
        results = runs.results([task for _, task in tasks])
        return [(one, task.point.programmed, found) for (one, task), found in zip(tasks, results, strict=True)]

    def _plan(self, asked: Asked) -> Sweep:
        return Sweep(benches=(asked.bench,), corners=(asked.corner,), estimation=self._estimation, seed=self._seed)

    def _tasks(self, asked: Asked) -> list[PointTask]:
        """Its tasks; made once, since those of what is near need them again."""
        if id(asked) not in self._made:
            guides = {task.programmed: task for task in self._guides(asked)}
            tasks = [
                replace(task, guide=guides.get(task.programmed), common=self._numbers(task), deck_file=asked.deck_file)
                for task in self._plan(asked).tasks(ngspice=self._ngspice)
            ]
            self._made[id(asked)] = asked, tasks
        return self._made[id(asked)][1]

    def _guides(self, asked: Asked) -> list[PointTask]:
        return [] if asked.near is None or self._estimation.counted_only else self._tasks(asked.near)

    def _numbers(self, task: PointTask) -> str:
        return content_id({"bench": task.bench.name, "programmed": task.programmed}) if self._common else ""

    def _found(self, asked: Asked, done: Finished) -> Iterator[Found]:
        points = list(table_points(self._plan(asked), done))
        table = ber_table(points, self._estimation.interval)
        for cell, sources in extrapolated_cells(points, self._estimation.interval).items():
            self.extrapolated.setdefault(cell, {}).update(dict.fromkeys(sources))
        cost = sum(_simulations(result) for _, result in done)
        for coding in asked.bench.codings:
            if self._cells and coding.name not in self._cells:
                continue
            rows: pd.DataFrame = table[table["cell"] == coding.name]
            yield Found(cell=coding.name, asked=asked, rates=rates_of(rows, coding.alphabet), simulations=cost)


def _of(asked: Asked, task: PointTask) -> bool:
    return task.bench is asked.bench and task.corner == asked.corner


def _simulations(result: PointResult) -> int:
    """What a point cost: what was counted, and what each estimated rate took besides."""
    counted = result.trials + result.failed
    return counted + sum(event.estimate.simulations for event in result.events.values() if event.beta is not None)
