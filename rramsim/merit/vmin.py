"""The lowest supply at which a cell meets its targets, found by root finding on the estimator and not on a grid.

Where one kind of error falls with the supply and another rises, as the two that a ternary read can make, the window may
close at a highest supply too, or never open.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pandas as pd

from rramsim.corners import Corner, corner_of
from rramsim.errors import Problem
from rramsim.merit.evaluator import Found
from rramsim.merit.figure import (
    AbstractFigure,
    Circuit,
    MakeEvaluator,
    knob_problems,
    section_key,
    target_problems,
    targets_of,
    told_targets,
)
from rramsim.merit.knob import SUPPLY, Knob
from rramsim.merit.rates import Margin, Rate, margin_below
from rramsim.merit.root import Crossing, Range
from rramsim.merit.seek import Looked, Search, rate_rows, seek
from rramsim.merit.settings import VminSection
from rramsim.tables.table import Table
from rramsim.tables.vmin import VERDICTS, VMIN, VMIN_RATES

_SUPPLY = Knob(SUPPLY)


class Vmin(AbstractFigure):
    """Minimum supply."""

    name: ClassVar[str] = "vmin"
    tables: ClassVar[tuple[Table, ...]] = (VMIN, VMIN_RATES)

    @classmethod
    def problems(cls, section: VminSection, circuit: Circuit) -> Iterator[Problem]:
        """Targets of errors that no cell makes, and supplies that the technology does not take."""
        key = section_key(cls.name)
        yield from target_problems(section.target, circuit, key=key)
        yield from knob_problems(_SUPPLY, section.range_v, circuit, key=f"{key}.range_v")

    @classmethod
    def find(cls, section: VminSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """One row a cell, process and temperature, and the rates at each supply that was looked at."""
        targets = {cell: targets_of(section.target, alphabet) for cell, alphabet in circuit.alphabets.items()}
        where = Range(low=section.range_v[0], high=section.range_v[1], tolerance=section.tolerance_v)

        def judge(cell: str, rates: dict[str, Rate], at: float) -> Margin:
            return margin_below(rates, targets[cell], at)

        searches = [
            Search(bench=bench, corner=corner, knob=_SUPPLY, where=where, points=tuple(where.spaced(section.points)))
            for bench in circuit.benches
            for corner in circuit.corners_without(_SUPPLY)
        ]
        looked = seek(searches, judge, evaluator(circuit.estimated(section.target), False))
        rows = [
            _row(one, cell, one.margins(cell, judge), one.crossings(cell, judge), told_targets(targets[cell]))
            for one in looked
            for cell in one.cells
        ]
        return {VMIN: VMIN.frame(rows), VMIN_RATES: VMIN_RATES.frame(rate_rows(looked))}

    @classmethod
    def found_at(cls, frame: pd.DataFrame) -> Iterator[Corner]:
        """The lowest supply of each cell, where one was found."""
        for row in frame.to_dict("records"):
            if row["vmin_v"] == row["vmin_v"]:  # not for a blank one
                yield corner_of({str(key): value for key, value in row.items()} | {SUPPLY: row["vmin_v"]})

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """The window of each cell."""
        for row in frame.to_dict("records"):
            place = f"{row['cell']}, {row['process']}, {row['temperature_c']:g} °C"
            if row["verdict"] == VERDICTS[2]:
                asked = f"from {row['looked_from_v']:g} to {row['looked_to_v']:g} V"
                yield f"{place}: undecided {asked}: rates of type {row['best_limit']} are not known well enough"
                continue
            if row["verdict"] != VERDICTS[0]:
                nearest = f"nearest at {row['best_v']:g} V, where type {row['best_limit']} errors are too many"
                yield f"{place}: met nowhere from {row['looked_from_v']:g} to {row['looked_to_v']:g} V; {nearest}"
                continue
            low, high = (
                _told(row, "vmin", "below", row["looked_from_v"]),
                _told(row, "vmax", "above", row["looked_to_v"]),
            )
            yield f"{place}: minimum supply {low}; highest {high}"


def _told(row: Mapping[Any, Any], end: str, beyond: str, last: float) -> str:
    if row[f"{end}_beyond"]:
        return f"{beyond} {last:g} V"
    limit = f", set by errors of type {row[f'{end}_limit']}" if row[f"{end}_limit"] else ""
    interval = f"{row[f'{end}_ci_low_v']:.4g} … {row[f'{end}_ci_high_v']:.4g}"
    return f"{row[f'{end}_v']:.4g} V ({interval}{limit})"


def _row(looked: Looked, cell: str, margins: list[Margin], crossed: list[Crossing], targets: str) -> dict[str, Any]:
    """The lowest window within which the targets are met."""
    search = looked.search
    opening = next((one for one in crossed if one.rising), None)
    met_first = margins[0].value >= 0
    if met_first:
        opening = None
    closing = next((one for one in crossed if not one.rising and (opening is None or one.at > opening.at)), None)
    met = met_first or opening is not None
    windows = sum(one.rising for one in crossed) + met_first
    t_sense, best = search.bench.t_sense, max(margins, key=lambda margin: margin.value)
    return {
        "cell": cell,
        "process": search.corner.process,
        "temperature_c": search.corner.temperature_c,
        "t_sense_s": math.nan if t_sense is None else t_sense,
        "target": targets,
        # A rate that so few simulations only bound may be as low as it likes.
        "verdict": VERDICTS[0] if met else VERDICTS[2 if any(one.high >= 0 for one in margins) else 1],
        "looked_from_v": search.where.low,
        "looked_to_v": search.where.high,
        **_end("vmin", opening, beyond=met and opening is None),
        **_end("vmax", closing, beyond=met and closing is None),
        "best_v": best.at,
        "best_limit": best.limit,
        "windows": windows,
        "simulations": sum(_of(part, cell) for part in looked.found.values()),
    }


def _of(part: dict[str, Found], cell: str) -> int:
    return part[cell].simulations if cell in part else 0


def _end(name: str, crossing: Crossing | None, *, beyond: bool) -> dict[str, Any]:
    at, low, high = (math.nan,) * 3 if crossing is None else (crossing.at, crossing.low, crossing.high)
    return {
        f"{name}_v": at,
        f"{name}_ci_low_v": low,
        f"{name}_ci_high_v": high,
        f"{name}_beyond": beyond,
        f"{name}_limit": "" if crossing is None else crossing.limit,
    }
