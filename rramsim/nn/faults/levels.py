"""Errors by level: what chip, column and cell give to each weight stays, and each read draws the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from rramsim.devices.spread import Level
from rramsim.errors import InputError
from rramsim.nn.faults.draws import SparseDraws
from rramsim.nn.faults.level_rates import LevelRates
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.faults.model import AbstractFaultModel, CornerErrors, Read
from rramsim.nn.faults.placement import Placement, Tiles
from rramsim.nn.faults.sides import Side
from rramsim.nn.faults.stuck import StuckCells
from rramsim.nn.faults.thresholds import chance, factor, scale, thresholds
from rramsim.nn.mapping import ALLOWED
from rramsim.nn.ops.synapses import Weights
from rramsim.quantities import Rate
from rramsim.validation import Section
from rramsim.weights import Weight, WeightKind

Array = NDArray[np.float64]

_CHUNK = 1 << 20  # weights at a time


class LevelSettings(Section):
    """Settings of errors by level.

    ``cycles``: whether the part of the spread that is of reads, as from one programming to the next, is new at each
    ``read``, or drawn once a ``chip`` that is programmed once. ``stuck_lrs``, ``stuck_hrs``: fraction of devices that
    are stuck at the low and at the high resistance, whatever is programmed.
    """

    cycles: Literal["read", "chip"] = "read"
    stuck_lrs: Rate = 0.0
    stuck_hrs: Rate = 0.0

    @model_validator(mode="after")
    def _fractions(self) -> LevelSettings:
        try:
            self.stuck()
        except InputError as error:
            raise ValueError(str(error)) from None
        return self

    def stuck(self) -> StuckCells:
        """What is stuck."""
        return StuckCells(lrs=self.stuck_lrs, hrs=self.stuck_hrs)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFaults(AbstractFaultModel):
    """Programs chips whose errors share what they come from.

    Parameters
    ----------
    rates
        Rates of misreads, and what causes them.
    placement
        Which amplifier reads which weight; one reads weights of one layer only.
    stuck
        Devices that are stuck.
    anew
        Whether the part of the level of reads is new at each read. If not, it is drawn once a chip: of spread from one
        programming to the next, where a chip is programmed once.
    """

    mode: ClassVar[str] = "levels"
    described: ClassVar[str] = "levels: errors that chip, column and cell share with what causes them"
    caused: ClassVar[bool] = True
    along_ladder: ClassVar[bool] = False
    Settings: ClassVar[type[Section]] = LevelSettings

    rates: LevelRates
    placement: Placement
    stuck: StuckCells = field(default_factory=StuckCells)
    anew: bool = True

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw what stays."""
        sources = sorted({source for side in self.rates.sides for source in side.along(Level.CHIP)})
        drawn = dict(zip(sources, generator.standard_normal(len(sources)).tolist(), strict=True))
        layers = [_ProgrammedLayer(self, layer, drawn, generator) for layer in weights]
        if self.anew:
            return lambda: [layer.read(generator) for layer in layers]
        once = [layer.read(generator) for layer in layers]
        return lambda: once

    def misread_rate(self, errors: CornerErrors, weights: Sequence[Weights]) -> float:
        """Probability of a misread, of pairs with a stuck device too."""
        return errors.rates.averaged(weights, lambda programmed: self.stuck.misread(programmed, errors.rates))

    @classmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """Rates of the table, and directions of the same simulations.

        Raises
        ------
        InputError
            It is not known what causes the misreads.
        """
        given, causes = cast("LevelSettings", settings), errors.causes
        if causes is None:
            raise InputError("errors by level need directions.csv and levels.csv of the sweep that made the BER table")
        return cls(
            rates=LevelRates.from_tables(errors.rates, causes.directions, causes.levels),
            placement=Tiles(rows=errors.rows),
            stuck=given.stuck(),
            anew=given.cycles == "read",
        )

    @classmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """None: a rate alone says nothing of its causes."""
        yield from ()


class _ProgrammedLayer:
    """A layer of a chip: the chance of each misread of each weight."""

    def __init__(
        self, faults: LevelFaults, weights: Weights, chip: dict[str, float], generator: np.random.Generator
    ) -> None:
        kind = faults.rates.kind
        self._programmed = weights.ravel()
        self._stuck, held, lost = faults.stuck.drawn(self._programmed, kind, generator)
        self._held = self._programmed.copy()
        self._held[self._stuck] = held
        total = np.zeros(self._held.size, dtype=np.float32)
        self._first = np.zeros_like(total)
        columns = _Columns(faults.rates, faults.placement.amplifiers(weights.shape), chip, generator)
        for programmed in kind.programmed:
            chances = _Chances(faults.rates, programmed, columns)
            where = np.flatnonzero(self._held == programmed.number)
            for start in range(0, where.size, _CHUNK):
                part = where[start : start + _CHUNK]
                self._first[part], total[part] = chances.draw(part, generator)
        total[self._stuck[lost]] = 0.0
        self._values = {programmed.number: _others(kind, programmed) for programmed in kind.programmed}
        self._draws = SparseDraws(total)

    def read(self, generator: np.random.Generator) -> Misreads:
        """Read each weight once."""
        positions, draw = self._draws.draw(generator)
        first = draw < self._first[positions]
        held, values = self._held[positions], np.empty(positions.size, dtype=np.int8)
        for number, (one, other) in self._values.items():
            here = held == number
            values[here] = np.where(first[here], one, other)
        if not self._stuck.size:
            return Misreads(positions, values)
        quiet = self._stuck[~np.isin(self._stuck, positions, assume_unique=True)]
        positions, values = np.concatenate([positions, quiet]), np.concatenate([values, self._held[quiet]])
        order = np.argsort(positions)
        wrong = order[values[order] != self._programmed[positions[order]]]
        return Misreads(positions[wrong], values[wrong])


class _Columns:
    """What chip and column contribute to each side, for each amplifier of a layer."""

    def __init__(
        self, rates: LevelRates, amplifiers: NDArray[np.int32], chip: dict[str, float], generator: np.random.Generator
    ) -> None:
        self.amplifiers = amplifiers
        sources = sorted({source for side in rates.sides for source in side.along(Level.COLUMN)})
        count = int(amplifiers.max(initial=-1)) + 1
        drawn = generator.standard_normal((count, len(sources)))
        self.shared: dict[Side, Array] = {}
        for side in rates.sides:
            column = side.along(Level.COLUMN)
            of_chip = sum(loading * chip[source] for source, loading in side.along(Level.CHIP).items())
            self.shared[side] = drawn @ np.array([column.get(source, 0.0) for source in sources]) + of_chip


class _Chances:
    """Chances of the misreads of one stored weight, given what stays."""

    def __init__(self, rates: LevelRates, programmed: Weight, columns: _Columns) -> None:
        self._sides = rates.of(programmed)
        self._columns = columns
        self._bounds = thresholds(self._sides)
        self._cell = factor(self._sides, Level.CELL)
        self._first, _ = _others(rates.kind, programmed)
        self._own = programmed.number

    def draw(self, where: NDArray[np.int64], generator: np.random.Generator) -> tuple[Array, Array]:
        """Draw the cells' parts: probabilities of reading the first of the other values, and any of them."""
        cells = generator.standard_normal((where.size, self._cell.shape[1])) @ self._cell.T
        amplifiers = self._columns.amplifiers[where]
        first, total, any_side = np.zeros((3, where.size))
        for number, (side, bounds) in enumerate(zip(self._sides, self._bounds, strict=True)):
            shared = self._columns.shared[side][amplifiers] + cells[:, number]
            deviation = side.variance(Level.READ) ** 0.5
            beyond = [chance(shared, beta, deviation) for beta in bounds]
            any_side += beyond[0]
            for (read, _), here, behind in zip(side.outcomes, beyond, [*beyond[1:], np.zeros(1)], strict=True):
                # The latch of an unresolved binary read falls either way.
                part = (here - behind) * (0.5 if read is Weight.UNRESOLVED else 1.0)
                total += part
                if read is Weight.UNRESOLVED or read.number == self._first:
                    first += part
        kept = scale(any_side)
        return first * kept, total * kept


def _others(kind: WeightKind, programmed: Weight) -> tuple[int, int]:
    """The values that a stored weight can be misread as; a binary one has one, told twice."""
    others = [number for number in ALLOWED[kind] if number != programmed.number]
    return others[0], others[-1]
