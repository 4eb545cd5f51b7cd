"""Errors by position: each row of the arrays has the rates that were simulated there, or between the nearest ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictInt, model_validator

from rramsim.errors import InputError
from rramsim.nn.faults.misreads import Misreads, draw_misreads
from rramsim.nn.faults.model import AbstractFaultModel, CornerErrors, Read
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.mapping.tiles import cut
from rramsim.nn.ops.synapses import Weights
from rramsim.validation import Name, Section
from rramsim.weights import WeightKind


class RowSettings(Section):
    """Which cell of the BER table was read in a row of the array."""

    row: Annotated[StrictInt, Field(ge=0)]
    cell: Name


class PositionSettings(Section):
    """Settings of errors by position: ``at``, the rows whose errors are known."""

    at: Annotated[tuple[RowSettings, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _once(self) -> PositionSettings:
        rows = [known.row for known in self.at]
        if len(set(rows)) < len(rows):
            raise ValueError("at names a row more than once")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionFaults(AbstractFaultModel):
    """Programmed chips whose weights are misread as their row in the array says, drawn once a chip.

    A layer's inputs lie on the rows of its arrays in their order, as the mapping puts them; row 0 is next to the
    amplifiers.

    Parameters
    ----------
    rates
        Of each row of an array that stores weights.
    """

    mode: ClassVar[str] = "position"
    described: ClassVar[str] = "position: errors by row of the array, drawn once a chip"
    along_ladder: ClassVar[bool] = False
    Settings: ClassVar[type[Section]] = PositionSettings

    rates: tuple[ReadErrorRates, ...]

    def chip(self, weights: Sequence[Weights], generator: np.random.Generator) -> Read:
        """Draw the errors of the chip."""
        seeds = generator.integers(2**63, size=(len(weights), len(self.rates))).tolist()
        misreads = [self._misreads(layer, of_rows) for layer, of_rows in zip(weights, seeds, strict=True)]
        return lambda: misreads

    def misread_rate(self, errors: CornerErrors, weights: Sequence[Weights]) -> float:
        """Probability that a weight of the network is misread, averaged over its own weights and their rows."""
        wrong, total = 0.0, 0
        for layer in weights:
            flat, rows = layer.ravel(), self._rows(layer)
            for row, rates in enumerate(self.rates):
                here = flat[rows == row]
                wrong += rates.composite([here]) * here.size if here.size else 0.0
            total += flat.size
        return wrong / total

    def _rows(self, weights: Weights) -> NDArray[np.int64]:
        """Row of each weight of a layer, in C order."""
        _, row = cut(math.prod(weights.shape[1:]), len(self.rates))
        return np.tile(row, weights.shape[0])

    def _misreads(self, weights: Weights, seeds: Sequence[int]) -> Misreads:
        flat, rows = weights.ravel(), self._rows(weights)
        positions, values = [np.empty(0, np.int64)], [np.empty(0, np.int8)]
        for row, (rates, seed) in enumerate(zip(self.rates, seeds, strict=True)):
            where = np.flatnonzero(rows == row)
            drawn = draw_misreads(flat[where], rates, seed)
            positions.append(where[drawn.positions])
            values.append(drawn.values)
        found, read = np.concatenate(positions), np.concatenate(values)
        order = np.argsort(found)
        return Misreads(positions=found[order], values=read[order])

    @classmethod
    def at_corner(cls, errors: CornerErrors, settings: Section) -> Self:
        """Rates of the rows that are known, and linearly between them; beyond them those of the nearest.

        Raises
        ------
        InputError
            A row is outside the array.
        """
        given = cast("PositionSettings", settings)
        for known in given.at:
            if known.row >= errors.rows:
                last = errors.rows - 1
                raise InputError(f"at: row {known.row} is outside the array, whose weights lie in rows 0 to {last}")
        of_rows = {known.row: errors.other(known.cell) for known in given.at}
        return cls(rates=tuple(_between(of_rows, row) for row in range(errors.rows)))

    @classmethod
    def at_rate(cls, kind: WeightKind, rate: float) -> Iterator[tuple[str, Self]]:
        """None: a rate alone says nothing of rows."""
        yield from ()


def _between(known: Mapping[int, ReadErrorRates], row: int) -> ReadErrorRates:
    """Rates of a row by those of known ones."""
    rows = sorted(known)
    first = known[rows[0]]
    rates = tuple(
        (programmed, read, float(np.interp(row, rows, [known[one].probability(programmed, read) for one in rows])))
        for programmed, read, _ in first.rates
    )
    return ReadErrorRates(kind=first.kind, rates=rates)
