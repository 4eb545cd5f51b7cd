"""What a sweep consists of: one deck for each cell and corner, one task for each weight of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, replace

from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.task import ReadTask, probe
from rramsim.circuits.catalog import Cell
from rramsim.circuits.read_deck import ReadConditions, ReadDeck
from rramsim.circuits.read_spread import read_spread
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
        """One deck for each cell and corner, in table order."""
        for cell in sorted(self.cells, key=lambda cell: cell.name):
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
            ReadTask(
                deck=deck,
                programmed=programmed,
                spread=self.spread(deck, programmed),
                stop=self.estimation.stop,
                seed=self.seed,
                ngspice=ngspice,
                estimator=self.estimation.method,
                precision=self.estimation.precision,
            )
            for deck in self.decks()
            for programmed in deck.cell.weights.programmed
        ]
        return tuple(tasks) if self.estimation.counted_only else _guided(tasks)


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
