"""Rates of misreads with what they come from: a table of rates and the directions of the same simulations."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rramsim.devices.spread import Level
from rramsim.errors import InputError, TableError
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.faults.sides import Side, independent_side, loadings_of
from rramsim.tables.directions import COSINE, cosine_columns
from rramsim.tables.levels import SHARE
from rramsim.weights import Weight, WeightKind

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

# Cosine from which two directions are one: the outcomes then lie behind each other. As where failure regions are told
# apart (rramsim.rare.design_point).
AGREE = 0.9

# Rates that may come without a direction: 1e7 weights read 1e3 times meet one once in 100 studies.
NEGLIGIBLE = 1e-12

# (stored weight, weight that is read).
Misread = tuple[Weight, Weight]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRates:
    """Rates of misreads of a cell at a corner, and by level what causes them.

    Parameters
    ----------
    kind
        The set of weights.
    sides
        All ways in which any of them is misread; those of one weight are told apart by their directions.

    Raises
    ------
    InputError
        A misread is there twice.
    """

    kind: WeightKind
    sides: tuple[Side, ...]

    def __post_init__(self) -> None:
        told = [(side.programmed, read) for side in self.sides for read, _ in side.outcomes]
        if len(set(told)) < len(told):
            raise InputError("a misread has two directions, or is told twice")

    def of(self, programmed: Weight) -> tuple[Side, ...]:
        """Sides of a stored weight.

        Parameters
        ----------
        programmed
            Which.
        """
        return tuple(side for side in self.sides if side.programmed is programmed)

    @property
    def rates(self) -> ReadErrorRates:
        """The rates alone."""
        rates = tuple((side.programmed, read, rate) for side in self.sides for read, rate in side.outcomes)
        return ReadErrorRates(kind=self.kind, rates=rates)

    @classmethod
    def from_tables(cls, rates: ReadErrorRates, directions: pd.DataFrame, levels: pd.DataFrame) -> LevelRates:
        """Join rates with their directions.

        A rate without a direction takes that of the outcome behind it, or before it; where there is none, it must be
        below :data:`NEGLIGIBLE`, and is drawn at each read.

        Parameters
        ----------
        rates
            Of one cell at one corner.
        directions, levels
            Rows of ``directions.csv`` and ``levels.csv`` of the same cell and corner.

        Raises
        ------
        TableError
            A rate has no direction, or a source that it depends on no levels.
        InputError
            A direction is not of length 1, or shares do not add up to 1.
        """
        cosines, shares = _cosines(directions), _shares(levels)
        sides: list[Side] = []
        for programmed in rates.kind.programmed:
            ways = {read: rate for p, read, rate in rates.rates if p is programmed}
            known = {read: cosines.get((programmed, read)) for read in ways}
            for group in _groups(programmed, rates.kind, known, ways):
                outcomes = tuple((read, ways[read]) for read in group)
                leading = _leading(group, known, ways)
                if leading is None:
                    sides += [_without_direction(programmed, read, rate) for read, rate in outcomes]
                    continue
                what = f"{programmed} read as {leading}"
                found = loadings_of(known[leading] or {}, shares.get(programmed, {}), what=what)
                sides.append(Side(programmed=programmed, outcomes=outcomes, loadings=found))
        return cls(kind=rates.kind, sides=tuple(sides))

    @classmethod
    def independent(cls, rates: ReadErrorRates) -> LevelRates:
        """The same rates, each weight drawn alone at each read.

        Parameters
        ----------
        rates
            The rates.
        """
        return cls(kind=rates.kind, sides=tuple(independent_side(p, read, rate) for p, read, rate in rates.rates))


def _groups(
    programmed: Weight, kind: WeightKind, known: Mapping[Weight, dict[str, float] | None], ways: Mapping[Weight, float]
) -> list[tuple[Weight, ...]]:
    """Misreads of a stored weight that share a direction, the nearest first."""
    near, far = kind.unresolved, programmed.opposite
    if programmed is Weight.ZERO or near not in ways or far not in ways:
        return [(read,) for read in ways]
    return [(near, far)] if abs(_cosine(known[near], known[far])) >= AGREE else [(near,), (far,)]


def _cosine(one: dict[str, float] | None, other: dict[str, float] | None) -> float:
    """Cosine between two directions; 1 where one is not known."""
    return sum(value * other.get(source, 0.0) for source, value in one.items()) if one and other else 1.0


def _leading(
    group: tuple[Weight, ...], known: Mapping[Weight, dict[str, float] | None], ways: Mapping[Weight, float]
) -> Weight | None:
    """The outcome whose direction a group has: of the most frequent one; None where none is known."""
    if _cosine(known[group[0]], known[group[-1]]) < 0:
        return group[-1]  # typical devices lie in the nearer outcome, at its far end: it was entered from behind
    return max((read for read in group if known[read]), key=lambda read: ways[read], default=None)


def _without_direction(programmed: Weight, read: Weight, rate: float) -> Side:
    if rate > NEGLIGIBLE:
        raise TableError(
            f"directions.csv has no direction of {programmed} read as {read}, whose rate is {rate:g}: errors by level "
            'need one; sweep with ber.estimator = "auto" and a bench that has a signal'
        )
    return independent_side(programmed, read, rate)


def _cosines(directions: pd.DataFrame) -> dict[Misread, dict[str, float]]:
    """Cosines of the nearest region of each misread."""
    found = {}
    for _, row in directions.iterrows():
        misread = (Weight(row["programmed"]), Weight(row["read"]))
        if row["region"] > 1:
            logger.warning("%s read as %s has several failure regions: its rate is put into the nearest", *misread)
            continue
        values = {name.removeprefix(COSINE): float(row[name]) for name in cosine_columns(directions)}
        found[misread] = {source: value for source, value in values.items() if not math.isnan(value)}
    return found


def _shares(levels: pd.DataFrame) -> dict[Weight, dict[str, dict[Level, float]]]:
    """Shares of the levels of each source, by stored weight; none of a source whose levels cannot be told."""
    found: dict[Weight, dict[str, dict[Level, float]]] = {}
    for _, row in levels.iterrows():
        parts = {level: float(row[SHARE + level]) for level in Level}
        if not any(np.isnan(list(parts.values()))):
            found.setdefault(Weight(row["programmed"]), {})[row["source"]] = parts
    return found
