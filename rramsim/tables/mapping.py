"""``mapping.csv``: each layer of weights of each network, in arrays of device pairs.

``plus``, ``zero`` and ``minus`` are how many weights have each value: blank where the network is not trained, or its
weights are real. ``reads`` are those of an inference that reads a weight at each use, ``reads_held`` of one that reads
it once and holds it. Bits are those of the weights alone: ``stored_bits`` in arrays, 1 of a binary weight and 2 of a
ternary one; and of real numbers in their place, of 32 and of 8 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rramsim.tables.accuracy import REAL
from rramsim.tables.columns import Choice, Column, Count, Number, OptionalCount, Text
from rramsim.tables.table import Table, named
from rramsim.weights import Weight, WeightKind

# Of the weights of each value.
COUNTS = {Weight.PLUS: "plus", Weight.ZERO: "zero", Weight.MINUS: "minus"}

_MATRIX = ("matrix_rows", "matrix_columns")
_ARRAYS = ("arrays", "row_tiles", "column_tiles", "array_rows", "array_columns", "spare_rows")
_USED = ("devices", "devices_used", "stored_bits", "real_32_bits", "real_8_bits", "reads", "reads_held")


def _check_weights(row: Mapping[str, Any]) -> None:
    rows, columns = (row[name] for name in _MATRIX)
    if rows * columns != row["weights"]:
        raise ValueError(f"{named(row, ('weights', *_MATRIX))}: the matrix must have as many")
    counts = [row[name] for name in COUNTS.values()]
    known = [count for count in counts if count is not None]
    if known and (len(known) < len(counts) or sum(known) != row["weights"]):
        raise ValueError(f"{named(row, ('weights', *COUNTS.values()))}: the counts must add up to the weights")


def _check_arrays(row: Mapping[str, Any]) -> None:
    if row["row_tiles"] * row["column_tiles"] != row["arrays"]:
        raise ValueError(f"{named(row, ('arrays', 'row_tiles', 'column_tiles'))}: there is an array a tile")
    if not row["array_rows"] > row["spare_rows"]:
        raise ValueError(f"{named(row, ('array_rows', 'spare_rows'))}: some rows must store weights")
    if row["devices_used"] > row["devices"]:
        raise ValueError(f"{named(row, ('devices', 'devices_used'))}: no more can be used than there are")
    if row["utilisation"] < 0 or row["utilisation"] > 1:  # not where it is blank
        raise ValueError(f"column utilisation: {row['utilisation']!r} is not in 0..1")


MAPPING = Table(
    kind="table of the mapping",
    file="mapping.csv",
    command="rramsim map STUDY",
    columns=(
        Column(name="network", kind=Text()),
        Column(name="layer", kind=Count()),
        *(Column(name=name, kind=Text()) for name in ("type", "shape")),
        Column(name="kind", kind=Choice(allowed=(*WeightKind, REAL))),
        Column(name="weights", kind=Count()),
        *(Column(name=name, kind=OptionalCount()) for name in COUNTS.values()),
        *(Column(name=name, kind=Count()) for name in (*_MATRIX, *_ARRAYS)),
        Column(name="utilisation", kind=Number(blank=True)),
        *(Column(name=name, kind=Count()) for name in _USED),
    ),
    key=("network", "layer"),
    checks=(_check_weights, _check_arrays),
)
