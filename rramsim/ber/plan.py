"""What a sweep consists of: one deck for each cell and corner, one task for each weight of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, replace

from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.point import Point
from rramsim.ber.task import ReadResult, ReadTask, probe
from rramsim.circuits.catalog import Cell
from rramsim.circuits.circuit import Circuit
from rramsim.circuits.read_deck import ReadConditions, ReadDeck
from rramsim.circuits.read_spread import mirror_of, read_spread
from rramsim.circuits.technology import Technology
from rramsim.corners import Corner, typical_corner
from rramsim.devices.resistance import DeviceStatistics
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import NgspiceCrashError
from rramsim.intervals import IntervalMethod
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.weights import Weight

# Simulations of one event after which a point waits until all have had as many.
FIRST_BUDGET = 600


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
    """Every cell at every corner.

    Parameters
    ----------
    cells, corners
        What is read, and where.
    technology
        The transistors.
    conditions
        Timing, drive and geometry.
    devices
        Resistance statistics.
    mismatch
        Whether thresholds vary.
    correlations
        (source, source, coefficient) of standard-normal values that are not independent.
    estimation
        How rates are estimated.
    seed
        Of every random number.
    """

    cells: tuple[Cell, ...]
    corners: tuple[Corner, ...]
    technology: Technology
    conditions: ReadConditions
    devices: DeviceStatistics
    mismatch: bool = True
    correlations: tuple[tuple[str, str, float], ...] = ()
    estimation: Estimation
    seed: int

    def decks(self) -> Iterator[ReadDeck]:
        """One deck for each circuit and corner: cells that share a circuit share its decks."""
        for cell in sorted(self._simulated, key=lambda cell: cell.name):
            for corner in self.corners:
                yield ReadDeck(cell=cell, corner=corner, technology=self.technology, conditions=self.conditions)

    def spread(self, deck: ReadDeck, programmed: Weight) -> SpreadSpace:
        """What varies.

        Parameters
        ----------
        deck
            One of :meth:`decks`.
        programmed
            The stored weight.

        Raises
        ------
        InputError
            The correlations name what is not there, or contradict each other.
        """
        return read_spread(deck, self.devices, programmed, mismatch=self.mismatch, correlations=self.correlations)

    def tasks(self, *, ngspice: str) -> tuple[ReadTask, ...]:
        """Tasks in table order.

        Parameters
        ----------
        ngspice
            Version of ngspice that must run them.
        """
        tasks = [
            self._task(deck, programmed, mirror, ngspice=ngspice)
            for deck in self.decks()
            for mirror in [self.mirror(deck)]
            for programmed in deck.cell.weights.programmed
            if not (mirror and programmed is Weight.MINUS)
        ]
        return tuple(tasks) if self.estimation.counted_only else _guided(tasks)

    def apart(self, task: ReadTask) -> ReadTask | None:
        """The task of the mirror image of a task's read, should it turn out not to be one; None if it has none.

        Parameters
        ----------
        task
            One of :meth:`tasks`, or what replaced it.
        """
        if not task.mirror or task.programmed is not Weight.PLUS:
            return None
        return self._task(task.deck, Weight.MINUS, (), ngspice=task.ngspice)

    def points(self, task: ReadTask, result: ReadResult) -> Iterator[Point]:
        """The points of the tables that a finished task tells.

        Parameters
        ----------
        task
            The task.
        result
            Its result.
        """
        for cell in self.cells:
            if cell.circuit == task.deck.cell.circuit and task.programmed in cell.weights.programmed:
                yield Point(cell=cell, task=task)
                if result.symmetric and task.programmed is Weight.PLUS:
                    yield Point(cell=cell, task=task, mirrored=True)

    def mirror(self, deck: ReadDeck) -> tuple[tuple[str, str], ...]:
        """Mirror image of each source of spread, by name, if circuit and spread are symmetric; else nothing.

        Parameters
        ----------
        deck
            One of :meth:`decks`.
        """
        names = mirror_of(deck)
        if not names:
            return ()
        pairs = [(Weight.PLUS, Weight.MINUS), (Weight.ZERO, Weight.ZERO)]
        alike = (
            self.spread(deck, one).mirrored(names).identity == self.spread(deck, other).identity for one, other in pairs
        )
        return tuple(sorted(names.items())) if all(alike) else ()

    @property
    def _simulated(self) -> list[Cell]:
        """For each circuit the cell that programs most, whose reads tell those of the others."""
        chosen: dict[Circuit, Cell] = {}
        for cell in sorted(self.cells, key=lambda cell: len(cell.weights.programmed)):
            chosen[cell.circuit] = cell
        return list(chosen.values())

    def _task(
        self, deck: ReadDeck, programmed: Weight, mirror: tuple[tuple[str, str], ...], *, ngspice: str
    ) -> ReadTask:
        return ReadTask(
            deck=deck,
            programmed=programmed,
            spread=self.spread(deck, programmed),
            stop=self.estimation.stop,
            seed=self.seed,
            ngspice=ngspice,
            estimator=self.estimation.method,
            precision=self.estimation.precision,
            mirror=mirror,
        )


def _guided(tasks: list[ReadTask]) -> tuple[ReadTask, ...]:
    """Let the most typical corner guide the others of its cell and weight."""
    typical = typical_corner(task.deck.corner for task in tasks)
    guides = {(task.deck.cell.name, task.programmed): task for task in tasks if task.deck.corner == typical}
    found = (guides[task.deck.cell.name, task.programmed] for task in tasks)
    return tuple(
        task if guide is task else replace(task, guide=guide) for task, guide in zip(tasks, found, strict=True)
    )


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
