"""The offset budget: what the threshold of each transistor, and every other source of spread, moves a read by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

import pandas as pd

from rramsim.circuits.bench import AbstractBench
from rramsim.errors import Problem
from rramsim.merit.evaluator import Asked
from rramsim.merit.figure import AbstractFigure, Circuit, MakeEvaluator, section_key
from rramsim.merit.settings import OffsetSection
from rramsim.tables.offset import OFFSET
from rramsim.tables.table import Table

_TOLD = 3  # of a long list


class Offset(AbstractFigure):
    """Offset budget."""

    name: ClassVar[str] = "offset"
    tables: ClassVar[tuple[Table, ...]] = (OFFSET,)

    @classmethod
    def problems(cls, section: OffsetSection, circuit: Circuit) -> Iterator[Problem]:
        """Studies without a bench that has a smooth signal, or without the symbols that are asked for."""
        key = section_key(cls.name)
        known = [bench for bench in circuit.benches if _has_signal(bench)]
        if not known:
            names = ", ".join(bench.name for bench in circuit.benches)
            yield Problem(key=key, value=None, message=f"no bench has a smooth signal: {names}")
        symbols = {symbol for bench in known for symbol in bench.alphabet.programmed}
        for symbol in section.programmed:
            if symbol not in symbols:
                message = f"no bench programs it, but {', '.join(sorted(symbols))}"
                yield Problem(key=f"{key}.programmed", value=symbol, message=message)

    @classmethod
    def find(cls, section: OffsetSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """A row for each source of spread of each bench, corner and programmed symbol."""
        asked = [
            Asked(bench=bench, corner=corner)
            for bench in circuit.benches
            if _has_signal(bench)
            for corner in circuit.corners
        ]
        rows = []
        for one, programmed, changes in evaluator(circuit.estimation, False).sensitivities(asked):
            if section.programmed and programmed not in section.programmed:
                continue
            variance = math.fsum(change**2 for change in changes.values())
            place = {"cell": one.bench.name, **one.corner.labels, "programmed": programmed}
            rows += [
                {**place, "source": source, "change": change, "share": change**2 / variance if variance else 0.0}
                for source, change in changes.items()
            ]
        return {OFFSET: OFFSET.frame(rows)}

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """The sources that move each read most."""
        keys = ["cell", "process", "vdd_v", "temperature_c", "programmed"]
        for (cell, process, vdd, temperature, programmed), part in frame.groupby(keys, sort=False):
            total = math.sqrt((part["change"] ** 2).sum())
            most = part.nlargest(_TOLD, "share")
            told = ", ".join(f"{row.source} {row.share:.0%}" for row in most.itertuples())
            place = f"{cell}, {process}, {vdd:g} V, {temperature:g} °C, {programmed}"
            yield f"{place}: standard deviation {total:.3g}, most by {told}"


def _has_signal(bench: AbstractBench) -> bool:
    return type(bench).signal is not AbstractBench.signal or type(bench).response is not AbstractBench.response
