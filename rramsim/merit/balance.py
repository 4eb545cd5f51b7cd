"""Where two rates are the same: the sense time of a ternary read, or the reference of a single device."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, ClassVar

import pandas as pd
from scipy.special import ndtr, ndtri

from rramsim.alphabets import Alphabet
from rramsim.errors import InputError, Problem
from rramsim.merit.figure import AbstractFigure, Circuit, MakeEvaluator, knob_problems, section_key
from rramsim.merit.knob import Knob
from rramsim.merit.rates import Margin, Rate, margin_between, programmed_key
from rramsim.merit.root import Crossing, Range
from rramsim.merit.seek import Looked, Search, rate_rows, seek
from rramsim.merit.settings import BalanceSection
from rramsim.tables.balance import BALANCE, BALANCE_RATES, VERDICTS
from rramsim.tables.table import Table


class Balance(AbstractFigure):
    """Value of a knob at which two rates are the same."""

    name: ClassVar[str] = "balance"
    tables: ClassVar[tuple[Table, ...]] = (BALANCE, BALANCE_RATES)

    @classmethod
    def problems(cls, section: BalanceSection, circuit: Circuit) -> Iterator[Problem]:
        """Rates that no cell has, and values that a bench does not take."""
        key, knob = section_key(cls.name), Knob(section.knob)
        if not any(_both(section, alphabet) for alphabet in circuit.alphabets.values()):
            told = "; ".join(f"{cell}: {', '.join(_known(alphabet))}" for cell, alphabet in circuit.alphabets.items())
            yield Problem(key=f"{key}.rates", value=list(section.rates), message=f"no cell has both; there are {told}")
            return
        found = list(knob_problems(knob, section.range, circuit, key=f"{key}.range"))
        yield from found
        try:
            low, high = (knob.number(circuit.benches[0], value) for value in section.range)
        except InputError:  # told above
            return
        if not found and not low < high:
            message = "the first end must be below the second"
            yield Problem(key=f"{key}.range", value=list(section.range), message=message)

    @classmethod
    def find(cls, section: BalanceSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """One row a cell that has both rates and corner, and the rates at each value that was looked at."""
        knob, alphabets = Knob(section.knob), circuit.alphabets
        wanted = {cell: both for cell, alphabet in alphabets.items() if (both := _both(section, alphabet))}

        def judge(cell: str, rates: dict[str, Rate], at: float) -> Margin | None:
            if cell not in wanted:
                return None
            first, second = wanted[cell]
            return margin_between(rates[first], rates[second], at)

        searches = []
        for bench in circuit.benches:
            if not any(coding.name in wanted for coding in bench.codings):
                continue
            low, high = (knob.number(bench, value) for value in section.range)
            where = Range(low=low, high=high)
            points = tuple(where.spaced(section.points))
            searches += [
                Search(bench=bench, corner=corner, knob=knob, where=where, points=points)
                for corner in circuit.corners_without(knob)
            ]
        looked = seek(searches, judge, evaluator(circuit.estimation, False))
        rows = [
            _row(one, cell, wanted[cell], one.margins(cell, judge), one.crossings(cell, judge))
            for one in looked
            for cell in one.cells
            if cell in wanted
        ]
        return {BALANCE: BALANCE.frame(rows), BALANCE_RATES: BALANCE_RATES.frame(rate_rows(looked))}

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """The balance of each cell and corner."""
        for row in frame.to_dict("records"):
            place = f"{row['cell']}, {row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"
            if row["verdict"] != VERDICTS[0]:
                yield f"{place}: {row['verdict']} from {row['looked_from']:g} to {row['looked_to']:g}"
                continue
            at = f"{row['knob']} = {row['value']:.4g} ({row['ci_low']:.4g} … {row['ci_high']:.4g})"
            rate = f"{row['rate']:.2g} ({row['rate_ci_low']:.2g} … {row['rate_ci_high']:.2g})"
            yield f"{place}: rates of {row['first']} and {row['second']} are {rate} at {at}"


def _known(alphabet: Alphabet) -> list[str]:
    return [*(kind.symbol for kind in alphabet.classes), *alphabet.programmed]


def _both(section: BalanceSection, alphabet: Alphabet) -> tuple[str, str] | None:
    """What both rates are called among those of a cell: a kind of error before a programmed symbol of that name."""
    kinds = {kind.symbol for kind in alphabet.classes}
    names = [
        name if name in kinds else programmed_key(name)
        for name in section.rates
        if name in kinds or name in alphabet.programmed
    ]
    return (names[0], names[1]) if len(names) == 2 else None


def _row(
    looked: Looked, cell: str, both: tuple[str, str], margins: list[Margin], crossed: list[Crossing]
) -> dict[str, Any]:
    search = looked.search
    crossing = crossed[0] if crossed else None
    # The margin is that of the first rate below the second one.
    balanced, first, second, undecided = VERDICTS
    above, below = all(one.high < 0 for one in margins), all(one.low > 0 for one in margins)
    verdict = balanced if crossing else first if above else second if below else undecided
    found = {} if crossing is None else _balanced(looked, cell, both, crossing)
    blank = dict.fromkeys(("value", "ci_low", "ci_high", "rate", "rate_ci_low", "rate_ci_high"), math.nan)
    return {
        "cell": cell,
        **search.corner.labels,
        "knob": search.knob.name,
        "first": both[0],
        "second": both[1],
        "verdict": verdict,
        "looked_from": search.where.low,
        "looked_to": search.where.high,
        **blank,
        **found,
        "simulations": sum(part[cell].simulations for part in looked.found.values()),
    }


def _balanced(looked: Looked, cell: str, both: tuple[str, str], crossing: Crossing) -> dict[str, float]:
    """Value of the knob and rate there, between the two values beside it."""
    where = looked.search.where
    known = sorted(looked.found)
    low, high = next((one, other) for one, other in pairwise(known) if one <= crossing.at <= other)
    ends = where.coordinate(low), where.coordinate(high)
    share = (where.coordinate(crossing.at) - ends[0]) / (ends[1] - ends[0])

    def index(bound: str, name: str) -> float:
        rates = [getattr(looked.found[value][cell].rates[name], bound) for value in (low, high)]
        # Of what was not met, its upper bound.
        first, last = (float(ndtri(min(max(rate, 1e-300), 1 - 1e-16))) for rate in rates)
        return first + (last - first) * share

    # At the balance both rates are the same: the mean of what is known of them.
    rate, rate_low, rate_high = (
        float(ndtr((index(bound, both[0]) + index(bound, both[1])) / 2)) for bound in ("value", "low", "high")
    )
    return {
        "value": crossing.at, "ci_low": crossing.low, "ci_high": crossing.high,
        "rate": rate, "rate_ci_low": min(rate, rate_low), "rate_ci_high": max(rate, rate_high),
    }  # fmt: skip
