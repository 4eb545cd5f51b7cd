"""One task: all simulations of one programmed symbol of a bench at one corner. Runs anywhere that has ngspice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.ber.event import EventResult
from rramsim.ber.events import estimate_events
from rramsim.ber.images import is_symmetric
from rramsim.ber.machine import check_machine
from rramsim.ber.monte_carlo import BLOCK, StopRule, monte_carlo
from rramsim.ber.result import PointResult
from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.coding import Mirror
from rramsim.circuits.record import Record
from rramsim.circuits.simulation import AbstractDeck, Simulation
from rramsim.corners import Corner
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import ConvergenceError, MeasurementError, SimulationError
from rramsim.files import content_id
from rramsim.rare.method import AUTO, Method
from rramsim.rare.precision import Precision
from rramsim.runs.folder import deck_path
from rramsim.runs.task import AbstractTask
from rramsim.spice.engine import engine
from rramsim.spice.fallback import FALLBACKS
from rramsim.streams import stream

_FORMAT = 6  # of a task's identity and result; raise it when either changes its meaning
_ESTIMATORS = 5  # the same, of what the rare-event estimators do with the same reads


@dataclass(frozen=True, kw_only=True)
class PointTask(AbstractTask[PointResult]):
    """Everything that decides the result of one point of a BER table.

    Parameters
    ----------
    bench
        What is simulated and judged.
    corner
        Where.
    programmed
        A symbol of the bench's alphabet.
    spread
        What varies, as the bench gives it.
    stop
        When the Monte Carlo run stops.
    seed
        Seed of the study.
    ngspice
        Version of ngspice that must run it.
    estimator
        Estimator of the rates; None for the cheapest one that reaches ``precision``.
    precision
        When a rate is known well enough; plain Monte Carlo stops by ``stop`` alone.
    guide
        Task whose design points this one starts from: a neighbouring corner.
    first
        The same task, which found that some rates pause: these are estimated anew, the rest of its result is kept.
    mirror
        Mirror image of the point, which is then known as well; None where circuit and spread are not symmetric.
    common
        Hexadecimal; tasks of the same one draw the same numbers, so that they differ by little noise.
    deck_file
        Name that the deck is kept by, if not its own.
    """

    bench: AbstractBench
    corner: Corner
    programmed: str
    spread: SpreadSpace
    stop: StopRule
    seed: int
    ngspice: str
    estimator: Method | None = Method.MONTE_CARLO
    precision: Precision = field(default_factory=Precision)
    guide: PointTask | None = None
    first: PointTask | None = None
    mirror: Mirror | None = None
    common: str = ""
    deck_file: str = ""

    @property
    def about(self) -> Mapping[str, str]:
        """Bench, corner and what is programmed."""
        return {"cell": self.bench.name, "corner": self.corner.id, "programmed": self.programmed}

    @property
    def deck(self) -> AbstractDeck:
        """What is simulated."""
        return self.bench.deck(self.corner)

    @property
    def needs(self) -> tuple[PointTask, ...]:
        """The guide or the first task, if there is one."""
        return tuple(filter(None, (self.guide, self.first)))

    @property
    def alone(self) -> PointTask | None:
        """The same point, which finds its own design points."""
        return replace(self, guide=None) if self.guide else None

    @cached_property
    def id(self) -> str:
        """SHA-256 of everything that can change the result."""
        return content_id(
            {
                "format": _FORMAT,
                "deck": self.deck.text,
                **self.bench.identity,
                "programmed": self.programmed,
                "spread": self.spread.identity,
                "estimator": self._estimator,
                "seed": self.seed,
                "ngspice": self.ngspice,
                "fallbacks": [list(options) for options in FALLBACKS.values()],
                "guide": self.guide.id if self.guide else None,
                **({"first": self.first.id} if self.first else {}),
                **({"common": self.common} if self.common else {}),
                "mirror": [list(pair) for pair in self.mirror.sources] if self.mirror else [],
            }
        )

    @property
    def _estimator(self) -> dict[str, Any]:
        settings = {"name": self.estimator or AUTO, **asdict(self.stop)}
        if self.estimator is Method.MONTE_CARLO:
            return settings
        return settings | {"precision": asdict(self.precision), "estimators": _ESTIMATORS}

    @property
    def refined(self) -> PointTask:
        """The same point without a pause: rates that paused go on from the design points that this task found."""
        return replace(self, precision=replace(self.precision, pause=None), guide=None, first=self)

    def run(self, needed: Sequence[PointResult], folder: Path | None) -> PointResult:
        """Read in the ngspice of this process.

        Parameters
        ----------
        needed
            Result of the guide or of the first task, if there is one.
        folder
            Run folder, to be named in messages.

        Raises
        ------
        NgspiceVersionError, ModelFileError
            This process has another ngspice than the task names, or this machine other model files.
        SimulationError
            ngspice failed, in every read or in a way that is not one sample's alone; see
            :func:`rramsim.ber.monte_carlo.monte_carlo`.
        """
        check_machine(self)
        kept = deck_path(folder, self.deck_file or self.deck.name) if folder else None
        simulation = Simulation(engine(), self.deck, deck_path=kept)
        result = needed[0] if self.first else self._counted(simulation)
        if self.estimator is Method.MONTE_CARLO:
            return result
        response = self.bench.response(simulation, self.corner, self.programmed, self.spread)
        if response is None:
            return result
        outcomes = self.bench.alphabet.read
        if unknown := set(response.events) - set(outcomes):
            raise SimulationError(f"the bench {self.bench.name} has a signal of {', '.join(unknown)}, no outcome of it")
        paused = self.first.paused(result) if self.first else {}
        wanted = paused if self.first else self.bench.alphabet.misreads(self.programmed)
        events = estimate_events(
            response, result, self.precision,
            {read: partial(self.stream, number) for number, read in enumerate(outcomes) if read in wanted},
            method=self.estimator,
            more=(self.first or self)._outcomes_from(simulation, first=result.trials + result.failed),
            guidance=needed[0].events if needed else None,
            paused=paused, twins=result.twins, image=self.image,
        )  # fmt: skip
        return replace(result, events={**result.events, **events})

    def paused(self, result: PointResult) -> dict[str, EventResult]:
        """Rates that a refined task goes on with.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return {read: event for read, event in result.events.items() if event.paused(self.precision)}

    def _counted(self, simulation: Simulation) -> PointResult:
        symmetric = is_symmetric(self, simulation)
        simulate = partial(self.simulate, simulation)
        right = frozenset(self.bench.alphabet.read) - {*self.bench.alphabet.misreads(self.programmed)}
        record = monte_carlo(simulate, self.block, right, self.stop, bench=self.bench.name)
        twins = self.mirror.twins(self.programmed, self.bench.alphabet.read) if self.mirror and symmetric else {}
        return PointResult.from_record(record, self.bench.summaries, symmetric=symmetric, twins=twins)

    def simulate(self, simulation: Simulation, values: Sequence[float]) -> Record:
        """Simulate once.

        Parameters
        ----------
        simulation
            The deck, loaded.
        values
            One of each source of the spread.

        Raises
        ------
        SimulationError
            ngspice failed, or the bench judged what is none of its outcomes or lacks a quantity.
        """
        waves = simulation.run(self.bench.alterations(self.corner, self.programmed, values))
        return self.bench.judged(self.corner, waves)

    def image(self, direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mirror image of a direction.

        Parameters
        ----------
        direction
            Over the coordinates of the spread, shape (dimension,).
        """
        return self.spread.image(direction, dict(self.mirror.sources if self.mirror else ()))

    def _outcomes_from(self, simulation: Simulation, *, first: int) -> Iterator[str | None]:
        """Go on with plain Monte Carlo at trial ``first``."""
        for block in itertools.count(first // BLOCK):
            for number, values in enumerate(self.block(block), start=block * BLOCK):
                if number >= first:
                    try:
                        yield self.simulate(simulation, values).outcome
                    except (ConvergenceError, MeasurementError):
                        yield None

    def to_json(self, result: PointResult) -> dict[str, Any]:
        """Plain values of a result.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return result.to_json()

    def from_json(self, data: Mapping[str, Any]) -> PointResult:
        """Read a result back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result of this bench.
        """
        result = PointResult.from_json(data)
        result.check(self.bench.alphabet.read, self.bench.summaries, most=self.precision.max_simulations)
        return result

    def block(self, number: int) -> Iterator[list[float]]:
        """The ``BLOCK`` samples of a block, values of the sources, the same at every call.

        Parameters
        ----------
        number
            Which block.
        """
        return iter(self.spread.values(self.stream(number).standard_normal((BLOCK, self.spread.dimension))).tolist())

    def stream(self, *key: int) -> np.random.Generator:
        """Random stream of a part of the task.

        Parameters
        ----------
        key
            Which part.
        """
        return stream(self.seed, self.id if self.first else self.common or self.id, *key)
