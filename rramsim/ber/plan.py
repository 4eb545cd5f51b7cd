"""What a sweep consists of: one deck for each bench and corner, one task for each symbol that it programs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, replace
from functools import cached_property

from rramsim.ber.machine import probe
from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.point import Point
from rramsim.ber.result import PointResult
from rramsim.ber.task import PointTask
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.coding import Mirror
from rramsim.circuits.mirror import proved_mirror
from rramsim.circuits.simulation import AbstractDeck
from rramsim.corners import Corner, typical_corner
from rramsim.errors import NgspiceCrashError
from rramsim.files import content_id
from rramsim.intervals import IntervalMethod
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision

# Simulations of one event after which a point begins anew behind those that wait: what is drawn by then is lost.
FIRST_BUDGET = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimation:
    """How the rates of a sweep are estimated.

    Parameters
    ----------
    stop
        When counting stops.
    precision
        When a rate is known well enough.
    method
        Estimator of every rate; None for what fits.
    interval
        How intervals are made from counts.
    """

    stop: StopRule
    precision: Precision
    method: Method | None
    interval: IntervalMethod

    @property
    def counted_only(self) -> bool:
        """Whether no rate is estimated by anything but counting."""
        return self.method is Method.MONTE_CARLO


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Every bench at every corner.

    Parameters
    ----------
    benches, corners
        What is simulated, and where.
    estimation
        How rates are estimated.
    seed
        Of every random number.
    """

    benches: tuple[AbstractBench, ...]
    corners: tuple[Corner, ...]
    estimation: Estimation
    seed: int

    def decks(self) -> Iterator[AbstractDeck]:
        """One deck for each bench and corner."""
        for bench in self._ordered:
            for corner in self.corners:
                yield bench.deck(corner)

    def tasks(self, *, ngspice: str) -> tuple[PointTask, ...]:
        """Tasks in table order.

        Parameters
        ----------
        ngspice
            Version of ngspice that must run them.
        """
        tasks = [
            self._task(bench, corner, programmed, mirror, ngspice=ngspice)
            for bench in self._ordered
            for corner in self.corners
            for mirror in [proved_mirror(bench, corner)]
            for programmed in bench.alphabet.programmed
            if not _is_image(bench, mirror, programmed)
        ]
        return tuple(tasks) if self.estimation.counted_only else _guided(tasks)

    @cached_property
    def identity(self) -> str:
        """SHA-256 of everything that can change its tables but for ngspice, whatever folder anything lies in."""
        return content_id({"tasks": sorted(task.id for task in self.tasks(ngspice=""))})

    def origin(self, *, ngspice: str) -> dict[str, str]:
        """What its tables come from.

        Parameters
        ----------
        ngspice
            Version of ngspice that runs it.
        """
        return {"sweep": self.identity, "ngspice": ngspice}

    def apart(self, task: PointTask) -> PointTask | None:
        """The task of the mirror image of a task's point, should it turn out not to be one; None if it has none.

        Parameters
        ----------
        task
            One of :meth:`tasks`, or what replaced it.
        """
        image = task.mirror.image(task.programmed) if task.mirror else task.programmed
        if image == task.programmed:
            return None
        other = self._task(task.bench, task.corner, image, None, ngspice=task.ngspice)
        return replace(other, common=task.common, deck_file=task.deck_file)

    def points(self, task: PointTask, result: PointResult) -> Iterator[Point]:
        """The points of the tables that a finished task tells.

        Parameters
        ----------
        task
            The task.
        result
            Its result.
        """
        for coding in task.bench.codings:
            known = [Point(coding=coding, task=task)]
            if result.symmetric and task.mirror and task.mirror.image(task.programmed) != task.programmed:
                known.append(Point(coding=coding, task=task, mirrored=True))
            yield from (point for point in known if point.programmed in coding.alphabet.programmed)

    @property
    def _ordered(self) -> list[AbstractBench]:
        return sorted(self.benches, key=lambda bench: bench.name)

    def _task(
        self, bench: AbstractBench, corner: Corner, programmed: str, mirror: Mirror | None, *, ngspice: str
    ) -> PointTask:
        return PointTask(
            bench=bench,
            corner=corner,
            programmed=programmed,
            spread=bench.spread(corner, programmed),
            stop=self.estimation.stop,
            seed=self.seed,
            ngspice=ngspice,
            estimator=self.estimation.method,
            precision=self.estimation.precision,
            mirror=mirror,
        )


def _is_image(bench: AbstractBench, mirror: Mirror | None, programmed: str) -> bool:
    """Whether a symbol is the image of one before it."""
    order = bench.alphabet.programmed
    return mirror is not None and order.index(mirror.image(programmed)) < order.index(programmed)


def _guided(tasks: list[PointTask]) -> tuple[PointTask, ...]:
    """Let the most typical corner guide the others of its bench and symbol."""
    typical = typical_corner(task.corner for task in tasks)
    guides = {(task.bench.name, task.programmed): task for task in tasks if task.corner == typical}
    found = (guides.get((task.bench.name, task.programmed), task) for task in tasks)
    return tuple(
        task if guide is task else replace(task, guide=guide) for task, guide in zip(tasks, found, strict=True)
    )


def ngspice_version(executor: Executor) -> str:
    """Version of the ngspice that the executor's processes run.

    Parameters
    ----------
    executor
        Whose processes.

    Raises
    ------
    NgspiceNotFoundError, NgspiceVersionError, NgspiceCrashError, NgspiceTimeoutError
        They have none that can be used.
    """
    try:
        return executor.submit(probe).result()["ngspice"]
    except BrokenExecutor:  # of an executor that is not ours
        raise NgspiceCrashError("the worker process died while it loaded ngspice") from None
