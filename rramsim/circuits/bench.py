"""The seam: a bench is one thing that can be simulated and judged, and nothing outside its own file knows what it is.

Sweeps, estimators, tables and the report take it by what is declared here. The read of a cell by its sense amplifier is
one (:mod:`rramsim.circuits.benches`); a user's own is a class in a file of the user's.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rramsim.alphabets import Alphabet
from rramsim.circuits.coding import Coding, Mirror
from rramsim.circuits.environment import Environment
from rramsim.circuits.record import Record, Summary, check_same_quantities
from rramsim.circuits.response import AbstractResponse, Signal, SignalResponse
from rramsim.circuits.simulation import AbstractDeck, Array, Simulation, Waves
from rramsim.circuits.source import code_hashes, find_class, used_as
from rramsim.circuits.waveforms import waveform_rows
from rramsim.corners import Corner
from rramsim.devices.spread import Source, SpreadSpace
from rramsim.errors import SimulationError
from rramsim.spice.analyses import Tran
from rramsim.spice.engine import engine
from rramsim.tables.table import Table
from rramsim.tables.waveforms import WAVEFORMS
from rramsim.validation import Section

if TYPE_CHECKING:
    import pandas as pd

# A simulator's steps differ in the last digits where its matrix is sorted otherwise; an asymmetry is far larger.
_MIRROR_TOLERANCE = 1e-3

# (keys down to it, value, message) of what is wrong with settings.
SettingProblem = tuple[tuple[str | int, ...], object, str]


@dataclass(frozen=True, kw_only=True)
class AbstractBench(ABC):
    """One thing that can be simulated and judged.

    A frozen dataclass: its fields are all that it is, so that it can go to another process or machine. What is in a
    subclass's file and beside it counts as part of its identity.

    Parameters
    ----------
    name
        Unique in a study; the column ``cell`` unless there are several codings.
    settings
        What the study sets.
    environment
        Technology and devices of the study.
    """

    #: Schema of ``settings``: unknown keys and wrong values are refused with key, value and what is allowed.
    Settings: ClassVar[type[Section]] = Section
    #: Whether the corner's supply means anything to it; not where all voltages are settings.
    supplied: ClassVar[bool] = True
    #: Columns of ``reads.csv``.
    summaries: ClassVar[tuple[Summary, ...]] = ()

    name: str
    settings: Section
    environment: Environment

    @classmethod
    def resolved(cls, settings: Section, folder: Path) -> Section:
        """Settings whose relative paths are absolute.

        Parameters
        ----------
        settings
            As the study has them.
        folder
            Where its relative paths start.
        """
        return settings

    @classmethod
    def problems(cls, settings: Section, environment: Environment) -> Iterator[SettingProblem]:
        """What is wrong with settings besides the types of their values.

        Parameters
        ----------
        settings
            Resolved settings.
        environment
            Technology and devices.
        """
        yield from ()

    @classmethod
    def benches(cls, name: str, settings: Section, environment: Environment) -> tuple[Self, ...]:
        """Benches that a study asks for.

        Parameters
        ----------
        name
            What the study calls it.
        settings
            Resolved settings without problems.
        environment
            Technology and devices.
        """
        return (cls(name=name, settings=settings, environment=environment),)

    @property
    @abstractmethod
    def alphabet(self) -> Alphabet:
        """What can be programmed, and what the outcome can be."""

    @abstractmethod
    def deck(self, corner: Corner) -> AbstractDeck:
        """What is simulated.

        Parameters
        ----------
        corner
            Where.
        """

    @abstractmethod
    def sources(self, corner: Corner, programmed: str) -> tuple[Source, ...]:
        """What varies.

        Parameters
        ----------
        corner
            Where.
        programmed
            What is programmed.
        """

    @abstractmethod
    def alterations(self, corner: Corner, programmed: str, values: Sequence[float]) -> Sequence[tuple[str, float]]:
        """Handles of ngspice's ``alter``, and what they are set to before a simulation; all else is as in the deck.

        Parameters
        ----------
        corner
            Where.
        programmed
            What is programmed.
        values
            One of each source, in their order.
        """

    @abstractmethod
    def measure(self, corner: Corner, waves: Waves) -> Record:
        """Judge a simulation.

        Parameters
        ----------
        corner
            Where.
        waves
            The deck's vectors and their scale, each of shape (points,).
        """

    def judged(self, corner: Corner, waves: Waves) -> Record:
        """What :meth:`measure` gives, refused where it is none of what is declared: nothing is counted as it comes.

        Parameters
        ----------
        corner, waves
            As for :meth:`measure`.

        Raises
        ------
        SimulationError
            It is no record, the outcome is none of the alphabet, or a quantity is missing or not a number.
        """
        record = self.measure(corner, waves)
        if not isinstance(record, Record):
            raise SimulationError(f"bench {self.name}: measure gave {record!r}; a Record is expected")
        if record.outcome not in self.alphabet.read:
            known = ", ".join(self.alphabet.read)
            raise SimulationError(f"bench {self.name}: the outcome {record.outcome!r} is none of {known}")
        for name in {summary.quantity for summary in self.summaries} - set(record.quantities):
            raise SimulationError(f"bench {self.name}: the quantity {name}, which a summary needs, was not measured")
        for name, value in record.quantities.items():
            if not isinstance(value, Real) or math.isnan(value):
                raise SimulationError(f"bench {self.name}: the quantity {name} is not a number: {value!r}")
        return record

    def verdict(self, corner: Corner) -> Sequence[str]:
        """What :meth:`measure` judges by, in the words of ngspice's interpreter, for decks that are opened alone.

        Parameters
        ----------
        corner
            Where.

        Returns
        -------
        Sequence
            Commands that set ``outcome`` and print quantities; empty where there are none: such a deck prints the last
            values of its vectors.
        """
        return ()

    def remark(self, corner: Corner, programmed: str, waves: Waves) -> str:
        """What a user should be told of typical devices before a sweep begins; empty where all is as it should be.

        Parameters
        ----------
        corner
            Where.
        programmed
            What is programmed.
        waves
            Of typical devices, as for :meth:`measure`.
        """
        return ""

    @property
    def codings(self) -> tuple[Coding, ...]:
        """How the tables name what comes out: by the bench's own alphabet."""
        words = tuple((outcome, outcome) for outcome in self.alphabet.read)
        return (Coding(name=self.name, alphabet=self.alphabet, words=words),)

    @property
    def t_sense(self) -> float | None:
        """When the outcome is judged [s], as the tables tell it; None where that means nothing."""
        return None

    @property
    def identity(self) -> Mapping[str, Any]:
        """What besides deck, spread and programmed symbol can change a result, as plain values.

        A class with fields that are no plain values says here what of them matters.
        """
        own = {field.name for field in fields(self)} - {field.name for field in fields(AbstractBench)}
        return {
            "bench": self.name,
            "class": type(self).__qualname__,
            "settings": self.settings.model_dump(mode="json"),
            "fields": {name: getattr(self, name) for name in sorted(own)},
            "code": code_hashes(type(self)),
            **self.environment.identity,
        }

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """What a reader of the report should know of the circuit, as plain values; quantities are SI.

        Parameters
        ----------
        corner
            A corner of the study.

        Returns
        -------
        Mapping
            ``text``; and where there is something to tell ``transistors`` (name, type, width_m, length_m, and
            sigma_vth_v or, of a kit's own mismatch, numbers), ``capacitors`` (name, value_f), ``conditions`` (name,
            value, unit) and ``netlists`` (text by name).
        """
        return {"text": (type(self).__doc__ or "").strip().partition("\n")[0]}

    def spread(self, corner: Corner, programmed: str) -> SpreadSpace:
        """What varies, with those correlations of the study that are between its sources.

        Parameters
        ----------
        corner
            Where.
        programmed
            What is programmed.

        Raises
        ------
        InputError
            The correlations contradict each other.
        """
        sources = self.sources(corner, programmed)
        names = {source.name for source in sources}
        given = tuple(item for item in self.environment.correlations if {*item[:2]} <= names)
        return SpreadSpace(sources=sources, correlations=given)

    def mirror(self, corner: Corner) -> Mirror | None:
        """Mirror image of the circuit, where it is proved to have one.

        Parameters
        ----------
        corner
            Where.
        """
        return None

    def mirrors(self, mirror: Mirror, record: Record, image: Record) -> bool:
        """Whether a record is the image of another one, but for what a simulator rounds.

        Parameters
        ----------
        mirror
            As :meth:`mirror` gave it.
        record, image
            Of a simulation and of its image.

        Raises
        ------
        SimulationError
            One has a quantity that the other lacks.
        """
        check_same_quantities(record, image, bench=self.name)
        pairs = ((record.quantities[name], image.quantities[name]) for name in record.quantities)
        alike = all(math.isclose(one, other, rel_tol=_MIRROR_TOLERANCE) for one, other in pairs)
        return image.outcome == mirror.outcome(record.outcome) and alike

    def signal(self, corner: Corner) -> Signal | None:
        """A smooth number of each simulation whose intervals are the outcomes, for rates too rare to be counted.

        Parameters
        ----------
        corner
            Where.

        Returns
        -------
        Signal or None
            None where there is none: every rate is then counted.
        """
        return None

    def response(
        self, simulation: Simulation, corner: Corner, programmed: str, spread: SpreadSpace
    ) -> AbstractResponse | None:
        """What the rare-event estimators see; by default :meth:`signal`.

        Parameters
        ----------
        simulation
            The deck, loaded.
        corner
            Where.
        programmed
            What is programmed.
        spread
            Whose coordinates the response takes.
        """
        signal = self.signal(corner)
        if signal is None:
            return None

        def simulate(values: Array) -> Waves:
            return simulation.run(self.alterations(corner, programmed, values.tolist()))

        def judge(waves: Waves) -> str:
            return self.judged(corner, waves).outcome

        return SignalResponse(signal, spread, simulate, judge)

    def nominal(self, corner: Corner) -> dict[Table, pd.DataFrame]:
        """Tables of typical devices, made by the ngspice of this process: by default the waveforms of each symbol.

        Parameters
        ----------
        corner
            Where.

        Raises
        ------
        SimulationError
            ngspice failed.
        """
        if not isinstance(self.deck(corner).analysis, Tran):
            return {}
        # Of the codings that program a symbol, the one that programs most tells its waveforms.
        codings = sorted(self.codings, key=lambda coding: len(coding.alphabet.programmed))
        cells = {programmed: coding.name for coding in codings for programmed in coding.alphabet.programmed}
        told = [programmed for programmed in self.alphabet.programmed if programmed in cells]
        frames = [self.waveforms(corner, programmed).assign(cell=cells[programmed]) for programmed in told]
        import pandas as pd

        return {WAVEFORMS: pd.concat(frames, ignore_index=True)}

    def waveforms(self, corner: Corner, programmed: str) -> pd.DataFrame:
        """Waveforms of typical devices, by the ngspice of this process.

        Parameters
        ----------
        corner
            Where.
        programmed
            What is programmed.

        Returns
        -------
        pandas.DataFrame
            Columns of :data:`rramsim.tables.waveforms.WAVEFORMS`, one row a time point.

        Raises
        ------
        SimulationError
            ngspice failed.
        """
        typical = self.spread(corner, programmed).typical
        waves = Simulation(engine(), self.deck(corner)).run(self.alterations(corner, programmed, typical))
        return waveform_rows(self.name, corner, programmed, waves)

    def __reduce__(self) -> tuple[Any, ...]:
        # A class in a file of the user's, or that of its settings, is not found by the name of its module elsewhere.
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return (_rebuilt, (used_as(type(self)), values | {"settings": self.settings.model_dump()}))


def _rebuilt(use: str, values: dict[str, Any]) -> AbstractBench:
    """A bench that came from another process."""
    found = find_class(use)
    bench: AbstractBench = found(**values | {"settings": found.Settings.model_validate(values["settings"])})
    return bench
