"""Sizes of transistors that meet the targets best under a cap of their area, by an optimiser of a library.

The margin of the cell and corner that meets its targets least is made as large as can be. Every design draws the same
numbers, so that two of them differ by their sizes and not by chance; the best one is then estimated again with numbers
of its own, beside the circuit as the study has it, since what was chosen for being best looks better than it is.

References
----------
M. J. D. Powell, A direct search optimization method that models the objective and constraint functions by linear
interpolation, in: Advances in Optimization and Numerical Analysis, Kluwer (1994), doi 10.1007/978-94-015-8330-5_4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.errors import Problem
from rramsim.merit.evaluator import Asked, Evaluator, Found
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
from rramsim.merit.settings import SizeSection
from rramsim.tables.size import DESIGNS, SIZE, SIZE_STEPS, VALUE
from rramsim.tables.table import Table

_COARSE = 0.2  # relative precision of what the optimiser asks for
_FIRST_STEP, _LAST_STEP = 0.25, 0.02  # of the range of a variable
_UM2 = 1e12  # square micrometres in a square metre


class Size(AbstractFigure):
    """Sizing under an area cap."""

    name: ClassVar[str] = "size"
    tables: ClassVar[tuple[Table, ...]] = (SIZE, SIZE_STEPS)

    @classmethod
    def problems(cls, section: SizeSection, circuit: Circuit) -> Iterator[Problem]:
        """Targets, settings and values that do not fit the circuit, and a cap below the smallest design."""
        key = section_key(cls.name)
        yield from target_problems(section.target, circuit, key=key)
        wrong = []
        for index, variable in enumerate(section.variable):
            for setting in variable.settings:
                place = f"{key}.variable[{index}].range"
                wrong += list(knob_problems(Knob(setting), variable.range, circuit, key=place))
        yield from wrong
        if wrong:
            return
        variables = [_Variable.of(one, circuit.benches[0]) for one in section.variable]
        for index, one in enumerate(variables):
            if not 0 < one.low < one.high:
                message = "needs two ends above 0, the first below the second"
                yield Problem(key=f"{key}.variable[{index}].range", value=[one.low, one.high], message=message)
                return
        smallest = _area(_designed(circuit, variables, [one.low for one in variables]))
        if smallest == 0:
            yield Problem(key=key, value=section.area_um2, message="no bench tells the sizes of its transistors")
        elif smallest > section.area_um2:
            message = f"the smallest design has {smallest:.4g} µm²"
            yield Problem(key=f"{key}.area_um2", value=section.area_um2, message=message)

    @classmethod
    def find(cls, section: SizeSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """The circuit as it is and as it was sized, and every design that was tried."""
        fine = circuit.estimation  # down to its floor: of two designs that are far below the targets, one is better
        # A rate that pauses and goes on draws numbers of its own.
        precision = replace(fine.precision, relative=max(_COARSE, fine.precision.relative), pause=None)
        variables = [_Variable.of(one, circuit.benches[0]) for one in section.variable]
        trials = _Trials(section, circuit, variables, evaluator(replace(fine, precision=precision), True))
        _optimise(trials, section)
        best = trials.best
        judge = evaluator(fine, False)
        designs = {DESIGNS[0]: _designed(circuit, [], []), DESIGNS[1]: _designed(circuit, variables, best.values)}
        rows = []
        for design, asked in designs.items():
            worst, cost = _worst(section, circuit, judge, asked)
            values = best.values if design == DESIGNS[1] else [math.nan] * len(variables)
            rows.append(
                {
                    "design": design, "area_um2": _area(asked), "cap_um2": section.area_um2, **_told(worst),
                    "target": told_targets(targets_of(section.target, circuit.alphabets[worst.cell])),
                    "simulations": cost, **_values(variables, values),
                }
            )  # fmt: skip
        family = [f"{VALUE}{one.name}" for one in variables]
        steps = [step.row(number, section, variables) for number, step in enumerate(trials.steps, start=1)]
        return {SIZE: SIZE.frame(rows, family), SIZE_STEPS: SIZE_STEPS.frame(steps, family)}

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """Both designs."""
        for row in frame.to_dict("records"):
            values = ", ".join(
                f"{str(name).removeprefix(VALUE)} = {value:.4g}"
                for name, value in row.items()
                if str(name).startswith(VALUE) and value == value
            )
            bound = "at least " if row["margin"] == row["ci_low"] else ""  # no rate above the floor
            margin = (
                f"margin {bound}{row['margin']:.3f} ({row['ci_low']:.3f} … {row['ci_high']:.3f}) in reliability indices"
            )
            yield f"{row['design']}: {margin}, set by type {row['limit']}, {row['area_um2']:.4g} µm² {values}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variable:
    """Settings that have one value."""

    name: str
    knobs: tuple[Knob, ...]
    low: float
    high: float

    @classmethod
    def of(cls, section: Any, bench: AbstractBench) -> _Variable:
        knobs = tuple(Knob(setting) for setting in section.settings)
        low, high = (knobs[0].number(bench, value) for value in section.range)
        return cls(name=section.name, knobs=knobs, low=low, high=high)

    def value(self, unit: float) -> float:
        """Value at a coordinate from 0 to 1, to four digits: a size finer than that cannot be drawn."""
        return float(f"{self.low * (self.high / self.low) ** min(1.0, max(0.0, unit)):.4g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worst:
    """The cell and corner that meets its targets least."""

    cell: str
    corner: Corner
    margin: Margin


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A design that was tried."""

    values: list[float]
    area: float
    worst: _Worst
    margins: tuple[float, ...]

    def row(self, number: int, section: SizeSection, variables: Sequence[_Variable]) -> dict[str, Any]:
        own = {"step": number, "area_um2": self.area, "within_cap": self.area <= section.area_um2}
        return {**own, **_told(self.worst), **_values(variables, self.values)}


@dataclass
class _Trials:
    """What the optimiser tries; nothing twice."""

    section: SizeSection
    circuit: Circuit
    variables: Sequence[_Variable]
    evaluator: Evaluator
    steps: list[_Step] = field(default_factory=list)
    known: dict[tuple[float, ...], _Step] = field(default_factory=dict)
    first: list[Asked] | None = None

    def values(self, units: NDArray[np.float64]) -> list[float]:
        """Values of the variables at coordinates from 0 to 1."""
        return [one.value(float(unit)) for one, unit in zip(self.variables, units, strict=True)]

    def area(self, units: NDArray[np.float64]) -> float:
        """Area of a design [µm²]."""
        return _area(_designed(self.circuit, self.variables, self.values(units)))

    def at(self, units: NDArray[np.float64]) -> _Step:
        """A design, simulated unless it is known."""
        values = self.values(units)
        key = tuple(values)
        if key not in self.known:
            asked = _designed(self.circuit, self.variables, values, self.first)
            self.first = self.first or asked
            found = _margins(self.section, self.circuit, self.evaluator, asked)[0]
            margins = tuple(margin.value for _, margin in found)
            step = _Step(values=values, area=_area(asked), worst=_least(found), margins=margins)
            self.known[key] = step
            self.steps.append(step)
        return self.known[key]

    @property
    def best(self) -> _Step:
        """The best design within the cap; the smallest one where none is."""
        within = [step for step in self.steps if step.area <= self.section.area_um2]
        return max(
            within, key=lambda step: step.worst.margin.value, default=min(self.steps, key=lambda step: step.area)
        )


def _optimise(trials: _Trials, section: SizeSection) -> None:
    """Raise the least margin: the last coordinate is below every margin, and is raised."""
    from scipy.optimize import minimize

    count, cap = len(trials.variables), section.area_um2
    start = next((units for units in _starts(count) if trials.area(units) <= cap), np.zeros(count))

    def lowered(x: NDArray[np.float64]) -> float:
        return -float(x[count])

    def constraints(x: NDArray[np.float64]) -> NDArray[np.float64]:
        step = trials.at(x[:count])
        inside = (1 - step.area / cap, *x[:count], *(1 - x[:count]))
        return np.array([*(margin - x[count] for margin in step.margins), *inside])

    constraint: Any = {"type": "ineq", "fun": constraints}
    minimize(
        lowered, np.array([*start, trials.at(start).worst.margin.value]), method="COBYLA",
        constraints=[constraint], tol=_LAST_STEP,
        options={"rhobeg": _FIRST_STEP, "maxiter": section.evaluations},
    )  # fmt: skip


def _starts(count: int) -> Iterator[NDArray[np.float64]]:
    """From the middle, or from as far below it as a cap asks for."""
    return (np.full(count, share) for share in (0.5, 0.4, 0.3, 0.2, 0.1, 0.0))


def _designed(
    circuit: Circuit, variables: Sequence[_Variable], values: Sequence[float], near: list[Asked] | None = None
) -> list[Asked]:
    """Every bench at every corner, with sizes set."""
    found: list[Asked] = []
    for bench in circuit.benches:
        sized, turned = bench, []
        for variable, value in zip(variables, values, strict=True):
            for knob in variable.knobs:
                sized, _ = knob.set(sized, circuit.corners[0], value)
                turned.append((knob.name, value))
        for corner in circuit.corners:
            guide = near[len(found)] if near else None
            found.append(Asked(bench=sized, corner=corner, turned=tuple(turned), near=guide))
    return found


def _area(asked: Sequence[Asked]) -> float:
    """Gate area of the transistors of every bench [µm²]."""
    benches = {id(one.bench): one for one in asked}
    told = [one.bench.about(one.corner).get("transistors", ()) for one in benches.values()]
    return float(sum(item["width_m"] * item["length_m"] for part in told for item in part) * _UM2)


def _margins(
    section: SizeSection, circuit: Circuit, evaluator: Evaluator, asked: list[Asked]
) -> tuple[list[tuple[Found, Margin]], int]:
    """Margin of every cell at every corner, and what they cost."""
    found = [one for part in evaluator.rates(asked).values() for one in part]
    targets = {cell: targets_of(section.target, alphabet) for cell, alphabet in circuit.alphabets.items()}
    made = [(one, margin_below(one.rates, targets[one.cell], 0.0)) for one in found]
    return made, sum(one.simulations for one in found)


def _worst(section: SizeSection, circuit: Circuit, evaluator: Evaluator, asked: list[Asked]) -> tuple[_Worst, int]:
    found, cost = _margins(section, circuit, evaluator, asked)
    return _least(found), cost


def _least(found: Sequence[tuple[Found, Margin]]) -> _Worst:
    one, margin = min(found, key=lambda item: item[1].value)
    return _Worst(cell=one.cell, corner=one.asked.corner, margin=margin)


def _told(worst: _Worst) -> dict[str, Any]:
    margin = worst.margin
    known = {"margin": margin.value, "ci_low": margin.low, "ci_high": margin.high, "limit": margin.limit}
    return {**known, "cell": worst.cell, **worst.corner.labels}


def _values(variables: Sequence[_Variable], values: Sequence[float]) -> dict[str, float]:
    return {f"{VALUE}{one.name}": value for one, value in zip(variables, values, strict=True)}
