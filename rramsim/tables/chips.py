"""``chips.csv``: what each chip of an accuracy made of the images.

Chips of the same number are drawn from the same seed in all rows: what two conditions differ by is told by pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.accuracy import CASE, CASE_COLUMNS
from rramsim.tables.columns import Column, Count
from rramsim.tables.table import Table


def _check_counts(row: Mapping[str, Any]) -> None:
    if not row["correct"] <= row["images"]:
        raise ValueError(f"column correct: {row['correct']} of {row['images']} images")


CHIPS = Table(
    kind="table of chips",
    file="chips.csv",
    command="rramsim inject STUDY",
    columns=(*CASE_COLUMNS, *(Column(name=name, kind=Count()) for name in ("chip", "correct", "images"))),
    key=(*CASE, "chip"),
    checks=(_check_counts,),
)
