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

from rramsim.ber.events import estimate_events
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

_FORMAT = 5  # of a task's identity and result; raise it when either changes its meaning
_MIRRORED_READS = 3  # that are compared with their mirror images
_MIRROR_STREAM = (2**31, 0)  # not that of any block or event
_ESTIMATORS = 4  # the same, of what the rare-event estimators do with the same reads


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
        Task whose design points this one starts from: a neighbouring corner, or the same point with a smaller budget.
    mirror
        Mirror image of the point, which is then known as well; None where circuit and spread are not symmetric.
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
    mirror: Mirror | None = None

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
        """The guide, if there is one."""
        return (self.guide,) if self.guide else ()

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
        """The same point without a pause, from the design points that this task found."""
        return replace(self, precision=replace(self.precision, pause=None), guide=self)

    def run(self, needed: Sequence[PointResult], folder: Path | None) -> PointResult:
        """Read in the ngspice of this process.

        Parameters
        ----------
        needed
            Result of the guide, if there is one.
        folder
            Run folder, to be named in messages.

        Raises
        ------
        NgspiceVersionError
            This process has another ngspice than the task names.
        ModelFileError
            This machine has other model files than the task was made from.
        SimulationError
            ngspice failed, in every read or in a way that is not one sample's alone; see
            :func:`rramsim.ber.monte_carlo.monte_carlo`.
        """
        check_machine(self)
        simulation = Simulation(engine(), self.deck, deck_path=deck_path(folder, self.deck.name) if folder else None)
        symmetric = self.mirror is not None and self._images_agree(simulation, self.mirror)
        simulate = partial(self.simulate, simulation)
        record = monte_carlo(simulate, self.block, self._right, self.stop, bench=self.bench.name)
        result = PointResult.from_record(
            record, self.bench.summaries, symmetric=symmetric, twins=self._twins if symmetric else {}
        )
        if self.estimator is Method.MONTE_CARLO:
            return result
        response = self.bench.response(simulation, self.corner, self.programmed, self.spread)
        if response is None:
            return result
        unknown = set(response.events) - set(self.bench.alphabet.read)
        if unknown:
            raise SimulationError(f"the bench {self.bench.name} has a signal of {', '.join(unknown)}, no outcome of it")
        events = estimate_events(
            response,
            record,
            self.precision,
            {read: partial(self.stream, number) for number, read in enumerate(self.bench.alphabet.read)},
            method=self.estimator,
            more=self._outcomes_from(simulation, first=record.trials + record.failed),
            guidance=needed[0].events if needed else None,
            twins=result.twins,
            image=self.image,
        )
        return replace(result, events=events)

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

    @property
    def _right(self) -> frozenset[str]:
        return frozenset(self.bench.alphabet.read) - frozenset(self.bench.alphabet.misreads(self.programmed))

    @property
    def _twins(self) -> Mapping[str, str]:
        """Outcomes that are each other's mirror images, of a programmed symbol that is its own."""
        if self.mirror is None or self.mirror.image(self.programmed) != self.programmed:
            return {}
        images = {read: self.mirror.outcome(read) for read in self.bench.alphabet.read}
        return {read: image for read, image in images.items() if image != read}

    def _images_agree(self, simulation: Simulation, mirror: Mirror) -> bool:
        """Whether drawn samples and their mirror images come out alike: what no netlist tells, as a model library."""
        images, names = dict(mirror.sources), self.spread.names
        order = [names.index(images.get(name, name)) for name in names]
        image = replace(self, programmed=mirror.image(self.programmed))
        values = self.spread.values(self.stream(*_MIRROR_STREAM).standard_normal((_MIRRORED_READS, len(order))))
        for one, other in zip(values.tolist(), values[:, order].tolist(), strict=True):
            try:
                records = self.simulate(simulation, one), image.simulate(simulation, other)
            except (ConvergenceError, MeasurementError):
                return False
            if not self.bench.mirrors(mirror, *records):
                return False
        return True

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
        symbols = {*result.counts, *result.twins, *result.twins.values(), *result.events}
        if not symbols <= set(self.bench.alphabet.read):
            raise ValueError(f"outcomes must be of {', '.join(self.bench.alphabet.read)}")
        columns = {summary.column for summary in self.bench.summaries}
        if set(result.summaries) != columns:
            raise ValueError(f"summaries must be {', '.join(sorted(columns))}")
        if any(event.estimate.simulations > self.precision.max_simulations for event in result.events.values()):
            raise ValueError(f"a rate must cost at most {self.precision.max_simulations} simulations")
        return result

    def block(self, number: int) -> Iterator[list[float]]:
        """The ``BLOCK`` samples of a block, values of the sources, the same ones at every call.

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
        return stream(self.seed, self.id, *key)
