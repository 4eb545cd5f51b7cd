"""The read of a pair of memory devices by a sense amplifier, as a bench."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from rramsim.alphabets import Alphabet
from rramsim.circuits.bench import AbstractBench, SettingProblem
from rramsim.circuits.benches.pcsa.characterise import nominal_waves, nominal_window
from rramsim.circuits.benches.pcsa.deck import EDGE_TIME, ReadDeck
from rramsim.circuits.benches.pcsa.read import Reader, measure_read
from rramsim.circuits.benches.pcsa.response import ReadResponse
from rramsim.circuits.benches.pcsa.settings import ReadSection
from rramsim.circuits.benches.pcsa.spread import mirror_of, read_sources, sample_of
from rramsim.circuits.catalog import Cell, geometry_problems
from rramsim.circuits.circuit_file import load_cell
from rramsim.circuits.coding import Coding, Mirror
from rramsim.circuits.environment import Environment
from rramsim.circuits.record import Record, Summary
from rramsim.circuits.simulation import Simulation, Waves
from rramsim.circuits.technology import Technology
from rramsim.circuits.waveforms import waveform_rows
from rramsim.corners import Corner
from rramsim.devices.spread import Source, SpreadSpace
from rramsim.errors import InputError
from rramsim.files import resolved
from rramsim.tables.table import Table
from rramsim.tables.window import WINDOW
from rramsim.validation import Section
from rramsim.weights import Weight

if TYPE_CHECKING:
    import pandas as pd

_TOLERANCE = 1e-3  # of a mirror image
_VOLTS = 1e-3


@dataclass(frozen=True, kw_only=True)
class PcsaRead(AbstractBench):
    """A cell of two memory devices read by a sense amplifier.

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
        read, technology = _checked(settings), environment.technology
        if read.v_word_line_v > technology.vdd_max:
            message = f"is beyond the validity of {technology.name}: at most {technology.vdd_max} V"
            yield ("v_word_line_v",), read.v_word_line_v, message
        cells: list[Cell] = []
        for index, name in enumerate(read.cells):
            try:
                cell = load_cell(name)
            except InputError as error:
                yield ("cells", index), name, str(error)
                continue
            if cell.name in [other.name for other in cells]:
                yield ("cells", index), name, f"another cell is called {cell.name}, too"
            cells.append(cell)
        if len(cells) == len(read.cells):
            wrong = list(geometry_problems(cells, read.conditions.geometry))
            for keys, value, message in wrong:
                yield ("geometry", *keys), value, message
            if not wrong:
                yield from _short_channels(cells, read, technology)
        if read.t_sense_s <= EDGE_TIME:
            yield ("t_sense_s",), read.t_sense_s, f"must be longer than the edge of sense enable, {EDGE_TIME:g} s"
        if read.max_step_s > read.t_sense_s:
            yield ("max_step_s",), read.max_step_s, "must not exceed t_sense_s"

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

    @property
    def cell(self) -> Cell:
        """The cell that programs most: it names the reads, which tell those of the others."""
        return _widest(self.cells)

    @property
    def alphabet(self) -> Alphabet:
        """Weights of the cell that programs most."""
        return self.cell.weights.alphabet

    @property
    def codings(self) -> tuple[Coding, ...]:
        """One for each cell: an unresolved read is the weight 0 of a ternary cell and ``?`` of a binary one."""
        unresolved = self.cell.weights.unresolved
        signs = ((Weight.PLUS.value, Weight.PLUS.value), (Weight.MINUS.value, Weight.MINUS.value))
        return tuple(
            Coding(
                name=f"{self.prefix}{cell.name}",
                alphabet=cell.weights.alphabet,
                words=(*signs, (unresolved.value, cell.weights.unresolved.value)),
            )
            for cell in self.cells
        )

    @property
    def t_sense(self) -> float:
        """When the outputs are judged, after the sense edge [s]."""
        return self.settings.t_sense_s

    @property
    def identity(self) -> Mapping[str, Any]:
        """Cell, sense time and handles; all else is in deck and spread, or in what a user's own class makes of it."""
        environment = self.environment.identity
        del environment["devices"]  # they are read by the spread alone
        own = {} if type(self) is PcsaRead else self._own_identity
        return {**own, **environment, "cell": self.name, "t_sense": self.t_sense}

    @property
    def _own_identity(self) -> Mapping[str, Any]:
        """Of a user's class that derives from this one; the circuits are in the deck, their paths matter to nothing."""
        found = super().identity
        more = {name: value for name, value in found["fields"].items() if name not in ("cells", "prefix")}
        settings = self.settings.model_dump(mode="json", exclude={"cells"})
        return {**found, "settings": settings, "fields": more}

    @cached_property
    def _decks(self) -> dict[Corner, ReadDeck]:
        return {}

    def deck(self, corner: Corner) -> ReadDeck:
        """Deck of one read."""
        if corner not in self._decks:
            self._decks[corner] = ReadDeck(
                cell=self.cell,
                corner=corner,
                technology=self.environment.technology,
                conditions=self.settings.conditions,
                prefix=self.prefix,
            )
        return self._decks[corner]

    def sources(self, corner: Corner, programmed: str) -> tuple[Source, ...]:
        """Both memory devices and the threshold of each transistor."""
        devices, mismatch = self.environment.devices, self.settings.mismatch
        return read_sources(self.deck(corner), devices, Weight(programmed), mismatch=mismatch)

    def alterations(self, corner: Corner, programmed: str, values: Sequence[float]) -> list[tuple[str, float]]:
        """Resistances and threshold shifts; what is programmed is in their statistics alone."""
        return sample_of(values).alterations(self.deck(corner))

    def measure(self, corner: Corner, waves: Waves) -> Record:
        """Weight, margin, latching time and energy."""
        read = measure_read(waves, self.deck(corner))
        quantities = {"latching_time": read.latching_time, "margin": read.margin, "energy": read.energy}
        return Record(outcome=read.weight.value, quantities=quantities)

    def mirror(self, corner: Corner) -> Mirror | None:
        """Exchange of the two sides, where the netlist is proved to be symmetric."""
        sources = mirror_of(self.deck(corner))
        signs = tuple((weight.value, weight.opposite.value) for weight in (Weight.PLUS, Weight.MINUS))
        return Mirror(sources=tuple(sorted(sources.items())), programmed=signs, read=signs) if sources else None

    def mirrors(self, mirror: Mirror, record: Record, image: Record) -> bool:
        """Whether outcome, margin and latching time are the image's, but for what a simulator rounds."""
        one, other = record.quantities, image.quantities
        margins = math.isclose(one["margin"], other["margin"], rel_tol=_TOLERANCE, abs_tol=_VOLTS)
        times = math.isclose(one["latching_time"], other["latching_time"], rel_tol=_TOLERANCE)
        return image.outcome == mirror.outcome(record.outcome) and margins and times

    def response(self, simulation: Simulation, corner: Corner, programmed: str, spread: SpreadSpace) -> ReadResponse:
        """The equivalent imbalance of the two devices."""
        reader = Reader(simulation.engine, self.deck(corner), deck_path=simulation.deck_path)
        return ReadResponse(reader, spread, Weight(programmed))

    def nominal(self, corner: Corner) -> dict[Table, pd.DataFrame]:
        """Waveforms of each weight, and the sense window."""
        return {**super().nominal(corner), WINDOW: nominal_window(self.deck(corner), self.environment.devices)}

    def waveforms(self, corner: Corner, programmed: str) -> pd.DataFrame:
        """Waveforms of median devices; a zero's two devices differ by 10 %."""
        waves = nominal_waves(self.deck(corner), self.environment.devices, Weight(programmed))
        return waveform_rows(self.name, corner, programmed, waves)

    def about(self, corner: Corner) -> Mapping[str, Any]:
        """Transistors and capacitors of the circuit, and how it is read."""
        deck, read = self.deck(corner), self.settings
        overrides = {name: dict(values) for name, values in read.conditions.geometry}
        sigmas = deck.threshold_sigmas if read.mismatch else [0.0] * len(deck.transistors)
        return {
            "text": "Two resistive memory devices on complementary bit lines, read by a sense amplifier. Weight +1 = "
            "(LRS, HRS), −1 = (HRS, LRS), 0 = (HRS, HRS) on (BL, BLb). Waveforms are of median devices; those of a 0 "
            "differ by 10 %, since equal ones would not decide.",
            "transistors": [
                {"name": t.path, "type": t.kind, "width_m": t.width, "length_m": t.length, "sigma_vth_v": sigma}
                for t, sigma in zip(deck.transistors, sigmas, strict=True)
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


def _short_channels(cells: Sequence[Cell], read: ReadSection, technology: Technology) -> Iterator[SettingProblem]:
    """Transistors that are shorter than the models are good for."""
    least = technology.file.validity.length_min_m
    for index, cell in enumerate(cells):
        for transistor in cell.transistors(read.conditions.geometry):
            if transistor.length < least * (1 - 1e-9):  # what a netlist's arithmetic rounds
                found = f"{transistor.path} is {transistor.length:g} m long, beyond the validity of {technology.name}"
                yield ("cells", index), read.cells[index], f"{found}: at least {least:g} m"
                break


def _widest(cells: Sequence[Cell]) -> Cell:
    return sorted(cells, key=lambda cell: len(cell.weights.programmed))[-1]


def _checked(settings: Section) -> ReadSection:
    if not isinstance(settings, ReadSection):
        raise TypeError(f"the read of a cell needs the settings of [read], not {type(settings).__name__}")
    return settings
