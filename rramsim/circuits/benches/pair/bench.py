"""What the reads of a pair of memory devices have in common: circuit, deck, spread, judgement and smooth response.

A bench of this kind says what its stimuli are (:class:`Stimulus`); the rest is here.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rramsim.alphabets import Alphabet
from rramsim.circuits.bench import AbstractBench, SettingProblem
from rramsim.circuits.benches.pair.characterise import nominal_sample, nominal_waves
from rramsim.circuits.benches.pair.checks import read_problems
from rramsim.circuits.benches.pair.deck import ReadDeck
from rramsim.circuits.benches.pair.read import Reader, measure_read
from rramsim.circuits.benches.pair.recharge import recharge_remark
from rramsim.circuits.benches.pair.response import ReadResponse
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pair.spread import mirror_of, sample_of, threshold_sources
from rramsim.circuits.benches.pair.verdict import verdict_commands
from rramsim.circuits.catalog import Cell
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.coding import Coding, Mirror
from rramsim.circuits.environment import Environment
from rramsim.circuits.record import Record, Summary
from rramsim.circuits.simulation import Simulation, Waves
from rramsim.circuits.waveforms import waveform_rows
from rramsim.corners import Corner
from rramsim.devices.spread import Source, SpreadSpace
from rramsim.files import resolved
from rramsim.validation import Section
from rramsim.weights import Weight, WeightKind

if TYPE_CHECKING:
    import pandas as pd

_TOLERANCE = 1e-3  # of a mirror image
_VOLTS = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """One thing that is read.

    Parameters
    ----------
    devices
        Sources of spread of the resistances on ``bl`` and ``blb``, called ``r_bl`` and ``r_blb`` [Ω].
    right
        What a right read gives.
    inputs
        (net, V) of each input of the circuit.
    crossed
        Whether the inputs lead the amplifier's branches to the other bit lines: the lower resistance on ``bl`` then
        reads −1.
    """

    devices: tuple[Source, Source]
    right: Weight
    inputs: tuple[tuple[str, float], ...] = ()
    crossed: bool = False


@dataclass(frozen=True, kw_only=True)
class AbstractPairRead(AbstractBench):
    """A pair of devices read by a sense amplifier.

    Parameters
    ----------
    cells
        Cells of one circuit: one read of it serves all of their codings.
    prefix
        Of their names in the tables.
    """

    Settings: ClassVar[type[Section]] = ReadSection
    summaries: ClassVar[tuple[Summary, ...]] = (
        Summary(column="latched", quantity="latching_time", statistic="count"),
        Summary(column="latching_time_median_s", quantity="latching_time", statistic="median"),
        Summary(column="latching_time_p95_s", quantity="latching_time", statistic=0.95),
        Summary(column="margin_median_v", quantity="margin", statistic="median"),
        Summary(column="energy_mean_j", quantity="energy", statistic="mean"),
        Summary(column="energy_std_j", quantity="energy", statistic="std"),
    )
    #: Inputs of the circuit that the bench drives, of ``rramsim.circuits.circuit.INPUTS``: all that the circuit has.
    drives: ClassVar[tuple[str, ...]] = ()
    #: What a reader of the report should know.
    told: ClassVar[str]

    settings: ReadSection
    cells: tuple[Cell, ...]
    prefix: str = ""

    @classmethod
    def resolved(cls, settings: Section, folder: Path) -> Section:
        """Settings whose circuit files have absolute paths."""
        read = _checked(settings)
        cells = tuple(str(resolved(folder / name)) if name.endswith(".toml") else name for name in read.cells)
        return read.model_copy(update={"cells": cells})

    @classmethod
    def problems(cls, settings: Section, environment: Environment) -> Iterator[SettingProblem]:
        """Circuits that cannot be used, and what does not fit together."""
        yield from read_problems(_checked(settings), environment.technology, cls.drives)

    @classmethod
    def benches(cls, name: str, settings: Section, environment: Environment) -> tuple[Self, ...]:
        """One for each circuit, whichever of its cells are read."""
        read, prefix = _checked(settings), f"{name}_" if name else ""
        cells = tuple(load_cell(cell) for cell in read.cells)
        found = []
        for circuit in dict.fromkeys(cell.circuit for cell in cells):
            alike = tuple(cell for cell in cells if cell.circuit == circuit)
            called = f"{prefix}{_widest(alike).name}"
            found.append(cls(name=called, settings=read, environment=environment, cells=alike, prefix=prefix))
        return tuple(found)

    @classmethod
    @abstractmethod
    def alphabet_of(cls, kind: WeightKind) -> Alphabet:
        """What is read of a cell that stores weights of a kind.

        Parameters
        ----------
        kind
            The kind.
        """

    @abstractmethod
    def stimulus(self, corner: Corner, programmed: str) -> Stimulus:
        """What a symbol stands for.

        Parameters
        ----------
        corner
            Where.
        programmed
            The symbol.
        """

    @property
    def images(self) -> tuple[tuple[str, str], ...]:
        """(symbol, that of the same with both sides exchanged), for both; empty where sides are not alike."""
        return ()

    @property
    def cell(self) -> Cell:
        """The cell that programs most: it names the reads, which tell those of the others."""
        return _widest(self.cells)

    @property
    def alphabet(self) -> Alphabet:
        """That of the cell that programs most."""
        return self.alphabet_of(self.cell.weights)

    @property
    def codings(self) -> tuple[Coding, ...]:
        """One for each cell: an unresolved read is the weight 0 of a ternary cell and ``?`` of a binary one."""
        return tuple(self._coding(f"{self.prefix}{cell.name}", cell.weights) for cell in self.cells)

    def _coding(self, name: str, kind: WeightKind) -> Coding:
        """How a table names what is read: both signs as they are, and an unresolved read by what it means to a kind."""
        unresolved = (self.cell.weights.unresolved.value, kind.unresolved.value)
        signs = ((Weight.PLUS.value, Weight.PLUS.value), (Weight.MINUS.value, Weight.MINUS.value))
        return Coding(name=name, alphabet=self.alphabet_of(kind), words=(*signs, unresolved))

    @property
    def t_sense(self) -> float:
        """When the outputs are judged, after the sense edge [s]."""
        return self.settings.t_sense_s

    @property
    def identity(self) -> Mapping[str, Any]:
        """Class and settings, cell, sense time and handles; circuits are in the deck and devices in the spread."""
        environment = self.environment.identity
        del environment["devices"]  # they are read by the spread alone
        found = super().identity
        more = {name: value for name, value in found["fields"].items() if name not in ("cells", "prefix")}
        settings = self.settings.model_dump(mode="json", exclude={"cells"})  # whose paths matter to nothing
        own = {**found, "settings": settings, "fields": more}
        return {**own, **environment, "cell": self.name, "t_sense": self.t_sense}

    @cached_property
    def _decks(self) -> dict[Corner, ReadDeck]:
        return {}

    def deck(self, corner: Corner) -> ReadDeck:
        """Deck of one read."""
        if corner not in self._decks:
            self._decks[corner] = self.new_deck(corner)
        return self._decks[corner]

    def new_deck(self, corner: Corner) -> ReadDeck:
        """Make the deck of one read.

        Parameters
        ----------
        corner
            Where.
        """
        return ReadDeck(
            cell=self.cell,
            corner=corner,
            technology=self.environment.technology,
            conditions=self.settings.conditions,
            prefix=self.prefix,
        )

    def sources(self, corner: Corner, programmed: str) -> tuple[Source, ...]:
        """Both devices and the threshold of each transistor."""
        thresholds = threshold_sources(self.deck(corner), mismatch=self.settings.mismatch)
        return (*self.stimulus(corner, programmed).devices, *thresholds)

    def alterations(self, corner: Corner, programmed: str, values: Sequence[float]) -> list[tuple[str, float]]:
        """Resistances, threshold shifts and inputs; what is programmed is in the devices' statistics alone."""
        deck = self.deck(corner)
        return [*sample_of(values).alterations(deck), *deck.input_alterations(self.stimulus(corner, programmed).inputs)]

    def measure(self, corner: Corner, waves: Waves) -> Record:
        """Outcome, margin, latching time and energy."""
        read = measure_read(waves, self.deck(corner))
        quantities = {"latching_time": read.latching_time, "margin": read.margin, "energy": read.energy}
        return Record(outcome=read.weight.value, quantities=quantities)

    def remark(self, corner: Corner, programmed: str, waves: Waves) -> str:
        """Where the recharge after the read does not bring the outputs back."""
        return recharge_remark(self.name, self.deck(corner), waves)

    def verdict(self, corner: Corner) -> tuple[str, ...]:
        """Outcome, latching time and margin."""
        return verdict_commands(self.deck(corner))

    def mirror(self, corner: Corner) -> Mirror | None:
        """Exchange of the two sides, where the netlist is proved to be symmetric."""
        sources = mirror_of(self.deck(corner)) if self.images else {}
        signs = tuple((weight.value, weight.opposite.value) for weight in (Weight.PLUS, Weight.MINUS))
        return Mirror(sources=tuple(sorted(sources.items())), programmed=self.images, read=signs) if sources else None

    def mirrors(self, mirror: Mirror, record: Record, image: Record) -> bool:
        """Whether outcome, margin and latching time are the image's, but for what a simulator rounds."""
        one, other = record.quantities, image.quantities
        margins = math.isclose(one["margin"], other["margin"], rel_tol=_TOLERANCE, abs_tol=_VOLTS)
        times = math.isclose(one["latching_time"], other["latching_time"], rel_tol=_TOLERANCE)
        return image.outcome == mirror.outcome(record.outcome) and margins and times

    def response(self, simulation: Simulation, corner: Corner, programmed: str, spread: SpreadSpace) -> ReadResponse:
        """The equivalent imbalance of the two devices."""
        put, deck = self.stimulus(corner, programmed), self.deck(corner)
        reader = Reader(simulation.engine, deck, deck_path=simulation.deck_path, inputs=put.inputs)
        return ReadResponse(reader, spread, put.right, crossed=put.crossed)

    def waveforms(self, corner: Corner, programmed: str) -> pd.DataFrame:
        """Waveforms of median devices; where these are alike, the two differ by 10 %."""
        put = self.stimulus(corner, programmed)
        on_bl, on_blb = SpreadSpace(sources=put.devices).typical
        waves = nominal_waves(self.deck(corner), nominal_sample(on_bl, on_blb), inputs=put.inputs)
        return waveform_rows(self.name, corner, programmed, waves)

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """Transistors and capacitors of the circuit, and how it is read."""
        deck, read = self.deck(corner), self.settings
        overrides = {name: dict(values) for name, values in read.conditions.geometry}
        return {
            "text": self.told,
            "transistors": [
                {"name": t.path, "type": t.kind, "width_m": t.width, "length_m": t.length}
                | variation.told(mismatch=read.mismatch)
                for t, variation in zip(deck.transistors, deck.variations, strict=True)
            ],
            "capacitors": [
                {"name": f"{name}.{key}", "value_f": overrides.get(name, {}).get(key, value)}
                for name, subcircuit in self.cell.library.items()
                for key, value in subcircuit.parameters.items()
                if key.startswith("c_")
            ],
            "conditions": [
                {"name": "precharge, recharge", "value": read.t_precharge_s, "unit": "s"},
                {"name": "sense time", "value": read.t_sense_s, "unit": "s"},
                {"name": "word line", "value": read.v_word_line_v, "unit": "V"},
                {"name": "largest time step", "value": read.max_step_s, "unit": "s"},
            ],
            "netlists": {name: subcircuit.text for name, subcircuit in self.cell.library.items()},
        }


def _widest(cells: Sequence[Cell]) -> Cell:
    return sorted(cells, key=lambda cell: len(cell.weights.programmed))[-1]


def _checked(settings: Section) -> ReadSection:
    if not isinstance(settings, ReadSection):
        raise TypeError(f"the read of a cell needs the settings of [read], not {type(settings).__name__}")
    return settings
