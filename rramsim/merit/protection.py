"""What an error-correcting code makes of the rates of a sweep: wrong data bits behind the decoder, exactly.

Of the two symbols that a cell stores the first is taken for a 1, the second for a 0. Whatever is read in the place of
the stored one is a wrong bit, also what did not resolve: on the safe side, since half of it would be right by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pandas as pd

from rramsim.alphabets import Alphabet
from rramsim.errors import InputError, Problem
from rramsim.merit.codes import find_code
from rramsim.merit.evaluator import Asked, Found
from rramsim.merit.figure import AbstractFigure, Circuit, MakeEvaluator, section_key
from rramsim.merit.rates import Rate, programmed_key
from rramsim.merit.settings import CodesSection
from rramsim.tables.codes import CODES, NO_CODE
from rramsim.tables.table import Table


class Protection(AbstractFigure):
    """Rates behind error-correcting codes."""

    name: ClassVar[str] = "codes"
    tables: ClassVar[tuple[Table, ...]] = (CODES,)

    @classmethod
    def problems(cls, section: CodesSection, circuit: Circuit) -> Iterator[Problem]:
        """Codes that there are not, and studies without a cell that stores a bit."""
        key = section_key(cls.name)
        for name in section.names:
            try:
                find_code(name)
            except InputError as error:
                yield Problem(key=f"{key}.names", value=name, message=str(error))
        if not any(_stores_a_bit(alphabet) for alphabet in circuit.alphabets.values()):
            cells = ", ".join(circuit.alphabets)
            yield Problem(key=key, value=list(section.names), message=f"no cell stores two symbols, a bit: {cells}")

    @classmethod
    def find(cls, section: CodesSection, circuit: Circuit, evaluator: MakeEvaluator) -> dict[Table, pd.DataFrame]:
        """Rows of each cell that stores a bit, at each corner: without a code, then with each of them."""
        asked = [
            Asked(bench=bench, corner=corner)
            for bench in circuit.benches
            for corner in circuit.corners
            if any(_stores_a_bit(coding.alphabet) for coding in bench.codings)
        ]
        found = evaluator(circuit.estimation, False).rates(asked)
        alphabets = circuit.alphabets
        rows = [
            row
            for part in found.values()
            for one in part
            if _stores_a_bit(alphabets[one.cell])
            for row in _rows(section, one, alphabets[one.cell])
        ]
        return {CODES: CODES.frame(rows)}

    @classmethod
    def told(cls, frame: pd.DataFrame) -> Iterator[str]:
        """Each rate."""
        for row in frame.to_dict("records"):
            place = f"{row['cell']}, {row['process']}, {row['vdd_v']:g} V, {row['temperature_c']:g} °C"
            yield f"{place}, {row['code']}: {row['rate']:.2g} ({row['ci_low']:.2g} … {row['ci_high']:.2g})"


def _stores_a_bit(alphabet: Alphabet) -> bool:
    return len(alphabet.programmed) == 2


def _rows(section: CodesSection, found: Found, alphabet: Alphabet) -> Iterator[dict[str, Any]]:
    one, zero = (found.rates[programmed_key(symbol)] for symbol in alphabet.programmed)
    place = {"cell": found.cell, **found.asked.corner.labels}
    alone = {bound: (getattr(one, bound) + getattr(zero, bound)) / 2 for bound in ("value", "low", "high")}
    yield {**place, "code": NO_CODE, "data_bits": 1, "word_bits": 1, **_told(Rate(**alone))}
    for name in section.names:
        code = find_code(name)
        behind = {bound: code.residual(getattr(one, bound), getattr(zero, bound)) for bound in ("value", "low", "high")}
        # More wrong bits leave more behind a decoder, but near one half.
        rate = Rate(value=behind["value"], low=min(behind.values()), high=max(behind.values()))
        yield {**place, "code": name, "data_bits": code.data, "word_bits": code.length, **_told(rate)}


def _told(rate: Rate) -> dict[str, float]:
    return {"rate": rate.value, "ci_low": rate.low, "ci_high": rate.high}
