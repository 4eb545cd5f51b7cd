"""``classes.csv``: how well each class is told, over all chips of an accuracy.

``sensitivity`` (recall) is the fraction of the class's images that are taken for it, ``precision`` that of the images
taken for it which are of it (blank where none is), ``f1`` their harmonic mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rramsim.tables.accuracy import CASE, CASE_COLUMNS
from rramsim.tables.columns import Column, Count, Number, Text
from rramsim.tables.table import Table

_SCORES = ("sensitivity", "precision", "f1")


def _check_scores(row: Mapping[str, Any]) -> None:
    for name in _SCORES:
        if not (math.isnan(row[name]) or 0 <= row[name] <= 1):
            raise ValueError(f"column {name}: {row[name]!r} is not in 0..1")


CLASSES = Table(
    kind="table of classes",
    file="classes.csv",
    command="rramsim inject STUDY",
    columns=(
        *CASE_COLUMNS,
        Column(name="class", kind=Count()),
        Column(name="class_name", kind=Text()),
        Column(name="images", kind=Count()),
        *(Column(name=name, kind=Number(blank=True)) for name in _SCORES),
    ),
    key=(*CASE, "class"),
    checks=(_check_scores,),
)
