"""Shmoo: whether a cell meets its targets at each pair of values of two knobs, and where that is certain.

Every pair is looked at with a coarse precision first; those whose intervals do not decide are estimated again, as well
as the study asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from rramsim.errors import Problem
from rramsim.merit.evaluator import Asked, Found
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
from rramsim.merit.knob import Knob
from rramsim.merit.rates import Margin, margin_below
from rramsim.merit.settings import ShmooSection
from rramsim.tables.shmoo import SHMOO, VERDICTS
from rramsim.tables.table import Table

_COARSE = 0.5  # relative precision of the first look


@dataclass(frozen=True, kw_only=True)
class _Place:
    """A pair of values of the knobs."""

    x: float
    y: float
    asked: Asked


class Shmoo(AbstractFigure):
    """Pass and fail over two knobs."""

    name: ClassVar[str] = "shmoo"
    tables: ClassVar[tuple[Table, ...]] = (SHMOO,)

    @classmethod
    def problems(cls, section: ShmooSection, circuit: Circuit) -> Iterator[Problem]:
        """Targets of errors that no cell makes, and values that a bench or the technology does not take."""
        key = section_key(cls.name)
        yield from target_problems(section.target, circuit, key=key)
        yield from knob_problems(Knob(section.x), section.x_values, circuit, key=f"{key}.x_values")
        yield from knob_problems(Knob(section.y), section.y_values, circuit, key=f"{key}.y_values")

    @classmethod
    def find(cls, section: ShmooSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """One row a cell, corner and pair of values."""
        targets = {cell: targets_of(section.target, alphabet) for cell, alphabet in circuit.alphabets.items()}
        fine = circuit.estimated(section.target)
        coarse = replace(fine, precision=replace(fine.precision, relative=max(_COARSE, fine.precision.relative)))
        places = list(_places(section, circuit))
        found = evaluator(coarse, False).rates([place.asked for place in places])

        def margins(one: Found) -> Margin:
            return margin_below(one.rates, targets[one.cell], 0.0)

        doubtful = [
            number
            for number in range(len(places))
            if any(_verdict(margins(one)) == VERDICTS[2] for one in found[number])
        ]
        if coarse != fine and doubtful:
            again = evaluator(fine, False).rates([places[number].asked for number in doubtful])
            found |= {number: again[index] for index, number in enumerate(doubtful)}
        rows = [
            _row(section, place, one, margins(one), told_targets(targets[one.cell]))
            for number, place in enumerate(places)
            for one in found[number]
        ]
        return {SHMOO: SHMOO.frame(sorted(rows, key=lambda row: (row["cell"], row["process"], row["temperature_c"])))}

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """How many pairs pass, fail and are undecided, of each cell, process and temperature."""
        for names, part in frame.groupby(["cell", "process"], sort=False):
            counts = part["verdict"].value_counts()
            told = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in VERDICTS)
            yield f"{', '.join(map(str, names))}: {told}"


def _places(section: ShmooSection, circuit: Circuit) -> Iterator[_Place]:
    """Every pair of each bench at each corner; the first of a corner guides the others."""
    knobs = Knob(section.x), Knob(section.y)
    for bench in circuit.benches:
        for corner in circuit.corners_without(*knobs):
            near: Asked | None = None
            for y in section.y_values:
                for x in section.x_values:
                    made, where = knobs[1].set(*knobs[0].set(bench, corner, x), y)
                    values = tuple(knob.number(bench, value) for knob, value in zip(knobs, (x, y), strict=True))
                    turned = tuple(
                        (knob.name, value) for knob, value in zip(knobs, values, strict=True) if not knob.of_corner
                    )
                    asked = Asked(bench=made, corner=where, turned=turned, near=near)
                    near = near or asked
                    yield _Place(x=values[0], y=values[1], asked=asked)


def _verdict(margin: Margin) -> str:
    passed, failed, undecided = VERDICTS
    return passed if margin.low >= 0 else failed if margin.high < 0 else undecided


def _row(section: ShmooSection, place: _Place, found: Found, margin: Margin, targets: str) -> dict[str, Any]:
    return {
        "cell": found.cell,
        **place.asked.corner.labels,
        "x_knob": section.x,
        "x": place.x,
        "y_knob": section.y,
        "y": place.y,
        "target": targets,
        "verdict": _verdict(margin),
        "limit": margin.limit,
        "margin": margin.value,
        "ci_low": margin.low,
        "ci_high": margin.high,
        "simulations": found.simulations,
    }
