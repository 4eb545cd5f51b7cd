"""One task: all reads of one programmed weight of one cell at one corner. Runs anywhere that has ngspice."""

from __future__ import annotations

import itertools
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.ber.events import EventResult, counted_estimate, estimate_events
from rramsim.ber.monte_carlo import BLOCK, ReadRecord, StopRule, monte_carlo
from rramsim.ber.read_response import ReadResponse
from rramsim.circuits.read import ReadBench, ReadSample
from rramsim.circuits.read_deck import ReadDeck
from rramsim.circuits.read_spread import read_samples
from rramsim.devices.spread import SpreadSpace
from rramsim.errors import ConvergenceError, MeasurementError, ModelFileError, NgspiceVersionError
from rramsim.files import content_id
from rramsim.rare.method import AUTO, Method
from rramsim.rare.precision import Precision
from rramsim.rare.search import Stream
from rramsim.runs.folder import deck_path
from rramsim.runs.task import AbstractTask
from rramsim.spice.engine import engine
from rramsim.spice.fallback import FALLBACKS
from rramsim.streams import stream
from rramsim.weights import Weight

_FORMAT = 4  # of a task's identity and result; raise it when either changes its meaning
_MIRRORED_READS = 3  # that are compared with their mirror images
_MIRROR_STREAM = (2**31, 0)  # not that of any block or event
_ESTIMATORS = 3  # the same, of what the rare-event estimators do with the same reads


@dataclass(frozen=True, kw_only=True)
class ReadTask(AbstractTask["ReadResult"]):
    """Everything that decides the result of one point of a BER table.

    Parameters
    ----------
    deck
        The circuit, its models, corner and timing.
    programmed
        The stored weight.
    spread
        What varies, as :func:`rramsim.circuits.read_spread.read_spread` gives it.
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
        Mirror image of each source of spread, by name, where circuit and spread are symmetric: what is known of a read
        is then known of its mirror image. Empty where they are not.
    """

    deck: ReadDeck
    programmed: Weight
    spread: SpreadSpace
    stop: StopRule
    seed: int
    ngspice: str
    estimator: Method | None = Method.MONTE_CARLO
    precision: Precision = field(default_factory=Precision)
    guide: ReadTask | None = None
    mirror: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> dict[str, object]:
        """Columns that name the point in every table."""
        return {
            "cell": self.deck.cell.name,
            **self.deck.corner.labels,
            "t_sense_s": self.deck.conditions.t_sense,
            "programmed": self.programmed.value,
        }

    @property
    def about(self) -> Mapping[str, str]:
        """Cell, corner and weight."""
        return {
            "cell": self.deck.cell.name,
            "corner": self.deck.corner.id,
            "programmed": self.programmed.value,
        }

    @property
    def needs(self) -> tuple[ReadTask, ...]:
        """The guide, if there is one."""
        return (self.guide,) if self.guide else ()

    @property
    def alone(self) -> ReadTask | None:
        """The same point, which finds its own design points."""
        return replace(self, guide=None) if self.guide else None

    @cached_property
    def id(self) -> str:
        """SHA-256 of everything that can change the result."""
        return content_id(
            {
                "format": _FORMAT,
                "deck": self.deck.text,
                "models": {} if self.deck.technology.file.inline else self.deck.technology.hashes,
                "cell": self.deck.cell.name,
                "t_sense": self.deck.conditions.t_sense,
                "programmed": self.programmed,
                "spread": self.spread.identity,
                "estimator": self._estimator,
                "seed": self.seed,
                "ngspice": self.ngspice,
                "fallbacks": [list(options) for options in FALLBACKS.values()],
                "guide": self.guide.id if self.guide else None,
                "mirror": [list(pair) for pair in self.mirror],
            }
        )

    @property
    def _estimator(self) -> dict[str, Any]:
        settings = {"name": self.estimator or AUTO, **asdict(self.stop)}
        if self.estimator is Method.MONTE_CARLO:
            return settings
        return settings | {"precision": asdict(self.precision), "estimators": _ESTIMATORS}

    @property
    def refined(self) -> ReadTask:
        """The same point without a pause, from the design points that this task found."""
        return replace(self, precision=replace(self.precision, pause=None), guide=self)

    def run(self, needed: Sequence[ReadResult], folder: Path | None) -> ReadResult:
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
        _check_machine(self)
        bench = ReadBench(engine(), self.deck, deck_path=deck_path(folder, self.deck.name) if folder else None)
        symmetric = bool(self.mirror) and self._mirrored_reads_agree(bench)
        record = monte_carlo(bench.read, self.block, self.programmed, self.stop)
        result = ReadResult.from_record(record, symmetric=symmetric)
        if self.estimator is Method.MONTE_CARLO:
            return result
        events = estimate_events(
            ReadResponse(bench, self.spread, self.programmed),
            record,
            self.precision,
            {weight: _event_stream(self, number) for number, weight in enumerate(self.deck.cell.weights.read)},
            method=self.estimator,
            more=_reads_from(self, bench, first=record.trials + record.failed),
            guidance=needed[0].events if needed else None,
            twins=result.twins,
            image=lambda direction: self.spread.image(direction, dict(self.mirror)),
        )
        return replace(result, events=events)

    def _mirrored_reads_agree(self, bench: ReadBench) -> bool:
        """Whether drawn reads and their mirror images come out alike: what no netlist tells, as of a model library."""
        order = [self.spread.names.index(dict(self.mirror)[name]) for name in self.spread.names]
        values = self.spread.values(self.stream(*_MIRROR_STREAM).standard_normal((_MIRRORED_READS, len(order))))
        for sample, image in zip(read_samples(values), read_samples(values[:, order]), strict=True):
            try:
                if not bench.read(sample).mirrors(bench.read(image)):
                    return False
            except (ConvergenceError, MeasurementError):
                return False
        return True

    def to_json(self, result: ReadResult) -> dict[str, Any]:
        """Plain values of a result.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return result.to_json()

    def from_json(self, data: Mapping[str, Any]) -> ReadResult:
        """Read a result back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.
        """
        return ReadResult.from_json(data)

    def block(self, number: int) -> Iterator[ReadSample]:
        """The ``BLOCK`` samples of a block, the same ones at every call.

        Parameters
        ----------
        number
            Which block.
        """
        drawn = self.stream(number).standard_normal((BLOCK, self.spread.dimension))
        return iter(read_samples(self.spread.values(drawn)))

    def stream(self, *key: int) -> np.random.Generator:
        """Random stream of a part of the task."""
        return stream(self.seed, self.id, *key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """Result of a task: counts, and the summary of latching time, margin and energy that ``reads.csv`` prints.

    Quantities are SI; ``latching_*`` are None where no read resolved. ``failed`` reads gave no result and are not among
    the counts. ``events`` holds the rates that were estimated by more than these counts. ``programmed`` is the stored
    weight that was simulated, ``symmetric`` tells whether the mirror images of the reads are known by them.
    """

    programmed: Weight
    symmetric: bool

    counts: Mapping[Weight, int]
    failed: int
    latched: int
    latching_median: float | None
    latching_p95: float | None
    margin_median: float
    energy_mean: float
    energy_std: float
    events: Mapping[Weight, EventResult] = field(default_factory=dict)

    @property
    def trials(self) -> int:
        """Reads that gave a result."""
        return sum(self.counts.values())

    @property
    def twins(self) -> Mapping[Weight, Weight]:
        """Misreads that are each other's mirror images: the two signs in place of a 0."""
        if self.symmetric and self.programmed is Weight.ZERO:
            return {weight: weight.opposite for weight in (Weight.PLUS, Weight.MINUS)}
        return {}

    def event(self, read: Weight) -> EventResult:
        """Rate of reading ``read``: as estimated, or else as counted."""
        counted = counted_estimate(self.counts, self.failed, read, self.twins)
        return self.events.get(read) or EventResult(method=Method.MONTE_CARLO, estimate=counted)

    @classmethod
    def from_record(cls, record: ReadRecord, *, symmetric: bool = False) -> ReadResult:
        """Summarise a Monte Carlo record.

        Parameters
        ----------
        record
            The reads.
        symmetric
            Whether their mirror images are known by them.
        """
        times = np.asarray(record.latching_times)
        energies = np.asarray(record.energies)
        return cls(
            programmed=record.programmed,
            symmetric=symmetric,
            counts=dict(record.counts),
            failed=record.failed,
            latched=times.size,
            latching_median=float(np.median(times)) if times.size else None,
            latching_p95=float(np.quantile(times, 0.95)) if times.size else None,
            margin_median=float(np.median(record.margins)),
            energy_mean=float(energies.mean()),
            energy_std=float(energies.std(ddof=1)) if energies.size > 1 else 0.0,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {
            "programmed": self.programmed.value,
            "counts": {weight.value: count for weight, count in sorted(self.counts.items())},
            "events": {weight.value: event.to_json() for weight, event in sorted(self.events.items())},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReadResult:
        """Read plain values back.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result.
        """
        counts = {Weight(weight): int(count) for weight, count in data["counts"].items()}
        if min(counts.values(), default=-1) < 0:
            raise ValueError("counts must not be negative, and there must be some")
        if set(data) != set(cls.__slots__):
            raise ValueError(f"keys must be {', '.join(cls.__slots__)}")
        events = {Weight(weight): EventResult.from_json(event) for weight, event in data["events"].items()}
        if not isinstance(data["symmetric"], bool):
            raise TypeError(f"symmetric must be true or false, is {data['symmetric']!r}")
        return cls(**{**data, "programmed": Weight(data["programmed"]), "counts": counts, "events": events})


def _check_machine(task: ReadTask) -> None:
    """Refuse to file a result as that of another ngspice or of other models: those of a cluster may differ."""
    machine, version = platform.node(), engine().version_text
    if version != task.ngspice:
        raise NgspiceVersionError(f"the sweep was planned with ngspice {task.ngspice}, and {machine} has {version}")
    try:
        same = replace(task).id == task.id  # the hashes of the model files are taken anew
    except OSError as error:
        raise ModelFileError(f"a model file cannot be read on {machine}: {error}") from None
    if not same:
        files = f"{task.deck.technology.path} or {task.deck.technology.library_path}"
        raise ModelFileError(f"{files} on {machine} is not what the sweep was planned with")


def _event_stream(task: ReadTask, number: int) -> Stream:
    return lambda purpose, index: task.stream(number, purpose, index)


def _reads_from(task: ReadTask, bench: ReadBench, *, first: int) -> Iterator[Weight | None]:
    """Go on with plain Monte Carlo at trial ``first``."""
    for block in itertools.count(first // BLOCK):
        for number, sample in enumerate(task.block(block), start=block * BLOCK):
            if number >= first:
                try:
                    yield bench.read(sample).weight
                except (ConvergenceError, MeasurementError):
                    yield None


def probe() -> dict[str, str]:
    """Tell which ngspice this process runs, and where."""
    ngspice = engine()
    return {
        "ngspice": ngspice.version_text,
        "library": ngspice.library_path,
        "python": platform.python_version(),
        "pid": str(os.getpid()),
    }
