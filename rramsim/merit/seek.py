"""Searches along a knob, all of them side by side: in each round every search asks for what it needs next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.merit.evaluator import Asked, Evaluator, Found
from rramsim.merit.knob import Knob
from rramsim.merit.rates import Margin, Rate
from rramsim.merit.root import Crossing, Range, crossings, next_points

_ROUNDS = 16

# Margin of a cell by its rates, at a value of the knob; None for a cell that the search is not about.
Judge = Callable[[str, dict[str, Rate], float], Margin | None]


@dataclass(frozen=True, kw_only=True)
class Search:
    """One search, of one bench at one corner.

    Parameters
    ----------
    bench, corner
        What is simulated, and where; the knob's own value in them does not matter.
    knob
        What is turned.
    where
        Within which range.
    points
        Values of the knob to begin with, in their order.
    """

    bench: AbstractBench
    corner: Corner
    knob: Knob
    where: Range
    points: tuple[float, ...]

    def asked(self, value: float, near: Asked | None) -> Asked:
        """What is simulated at a value of the knob.

        Parameters
        ----------
        value
            The value.
        near
            What was asked before that is nearest.
        """
        bench, corner = self.knob.set(self.bench, self.corner, value)
        turned = () if self.knob.of_corner else ((self.knob.name, value),)
        return Asked(bench=bench, corner=corner, turned=turned, near=near)


@dataclass(kw_only=True)
class Looked:
    """What a search has found by now.

    Parameters
    ----------
    search
        The search.
    asked
        What was asked for, by value of the knob.
    found
        What was found, by value of the knob and by cell.
    """

    search: Search
    asked: dict[float, Asked] = field(default_factory=dict)
    found: dict[float, dict[str, Found]] = field(default_factory=dict)

    @property
    def cells(self) -> list[str]:
        """The cells that it is about."""
        return list(dict.fromkeys(cell for part in self.found.values() for cell in part))

    def margins(self, cell: str, judge: Judge) -> list[Margin]:
        """Margins of a cell, in the order of the values of the knob.

        Parameters
        ----------
        cell
            Name of the cell.
        judge
            Makes them.
        """
        made = (judge(cell, dict(part[cell].rates), at) for at, part in sorted(self.found.items()) if cell in part)
        return [margin for margin in made if margin is not None]

    def crossings(self, cell: str, judge: Judge) -> list[Crossing]:
        """Where the margin of a cell crosses zero.

        Parameters
        ----------
        cell, judge
            As for :meth:`margins`.
        """
        return crossings(self.margins(cell, judge), self.search.where)


def seek(searches: Iterable[Search], judge: Judge, evaluator: Evaluator) -> list[Looked]:
    """Find where margins cross zero.

    Parameters
    ----------
    searches
        What to search.
    judge
        Makes margins of rates.
    evaluator
        Finds the rates.

    Raises
    ------
    SimulationError
        A simulation failed.
    """
    looked = [Looked(search=search) for search in searches]
    wanted = [(one, _new(one, one.search.points)) for one in looked]
    for _ in range(_ROUNDS):
        asked = [(one, value, one.search.asked(value, _nearest(one, value))) for one, more in wanted for value in more]
        if not asked:
            break
        rates = evaluator.rates([item for _, _, item in asked])
        for number, (one, value, item) in enumerate(asked):
            one.asked[value] = item
            one.found[value] = {found.cell: found for found in rates[number]}
        wanted = [(one, _new(one, _next(one, judge))) for one in looked]
    return looked


def _next(looked: Looked, judge: Judge) -> list[float]:
    made = (looked.margins(cell, judge) for cell in looked.cells)
    return [at for margins in made if len(margins) > 1 for at in next_points(margins, looked.search.where)]


def _new(looked: Looked, values: Sequence[float]) -> list[float]:
    return [value for value in dict.fromkeys(values) if value not in looked.found]


def _nearest(looked: Looked, value: float) -> Asked | None:
    where = looked.search.where
    near = min(looked.asked, key=lambda at: abs(where.coordinate(at) - where.coordinate(value)), default=None)
    return None if near is None else looked.asked[near]


def rate_rows(looked: Iterable[Looked]) -> list[dict[str, Any]]:
    """Every rate that was found, as rows of a table of :func:`rramsim.tables.rates.rates_table`.

    Parameters
    ----------
    looked
        Finished searches.
    """
    return [
        {
            "cell": cell,
            **found.asked.corner.labels,
            "knob": one.search.knob.name,
            "value": value,
            "errors": errors,
            "rate": rate.value,
            "ci_low": rate.low,
            "ci_high": rate.high,
        }
        for one in looked
        for value, part in sorted(one.found.items())
        for cell, found in part.items()
        for errors, rate in found.rates.items()
    ]
