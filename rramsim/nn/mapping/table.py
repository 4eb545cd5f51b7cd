"""Rows of the tables of the mapping: layers of networks in arrays, and the memory that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from rramsim.nn.mapping.arrays import Placed, map_network
from rramsim.nn.mapping.layers import WeightLayer
from rramsim.tables.accuracy import REAL
from rramsim.tables.mapping import COUNTS, MAPPING
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    from rramsim.nn.settings import ArraySection

# As a memory stores them: a ternary weight has two bits, of which log2(3) = 1.58 are told apart.
STORED_BITS = {WeightKind.BINARY: 1, WeightKind.TERNARY: 2}
REAL_BITS = (32, 8)
_DEVICES = 2  # of a pair


def mapping_table(networks: Mapping[str, Sequence[WeightLayer]], array: ArraySection) -> pd.DataFrame:
    """The table ``mapping.csv``.

    Parameters
    ----------
    networks
        Layers of weights of each network, by its name.
    array
        Size of the arrays.
    """
    rows = [
        {"network": name, "layer": number, **_row(placed)}
        for name, layers in networks.items()
        for number, placed in enumerate(map_network(layers, array).layers, start=1)
    ]
    # Whole numbers that may be blank, which pandas would make floats of.
    return MAPPING.frame(rows).astype({column.name: column.kind.dtype for column in MAPPING.columns})


def memory(mapping: pd.DataFrame) -> Iterator[tuple[str, str, int]]:
    """Bits that the weights of a network take, as it is and as it might be.

    Parameters
    ----------
    mapping
        Its rows of ``mapping.csv``.

    Yields
    ------
    tuple
        What stands where, how real numbers are stored, bits: ``chosen`` is the network as it is; ``real``, ``binary``
        and ``ternary`` have all weights of that kind; ``binary classifier`` binary ones in fully connected layers, real
        ones elsewhere.
    """
    weights, stored = mapping["weights"], mapping["kind"] != REAL
    classifier = mapping["type"] == "dense"
    for bits in REAL_BITS:
        real = mapping[f"real_{bits}_bits"]
        told = f"{bits} bits"
        yield "chosen", told, int(mapping["stored_bits"].where(stored, real).sum())
        yield "real", told, int(real.sum())
        yield "binary classifier", told, int(weights.where(classifier, real).sum())
    yield "binary", "", int(weights.sum()) * STORED_BITS[WeightKind.BINARY]
    yield "ternary", "", int(weights.sum()) * STORED_BITS[WeightKind.TERNARY]


def told(mapping: pd.DataFrame) -> Iterator[str]:
    """A line on each network, for people.

    Parameters
    ----------
    mapping
        The table ``mapping.csv``.
    """
    for network, layers in mapping.groupby("network", sort=False):
        bits = {(what, how): count for what, how, count in memory(layers)}
        stored = layers[layers["kind"] != REAL]
        memories = dict.fromkeys(f"{bits['chosen', f'{real} bits']:,}" for real in REAL_BITS)
        arrays, devices = int(stored["arrays"].sum()), int(stored["devices"].sum())
        first = layers.iloc[0]
        also = " (real numbers of 32 or 8)" if len(memories) > 1 else ""
        used = f" ({int(stored['devices_used'].sum()) / devices:.1%} of {devices:,} devices)" if devices else ""
        real = f"{bits['real', '32 bits']:,} or {bits['real', '8 bits']:,}"
        yield (
            f"{network}: {int(layers['weights'].sum()):,} weights, {int(stored['weights'].sum()):,} of them in "
            f"{arrays:,} arrays of {first['array_rows']} x {first['array_columns']} pairs{used}; "
            f"{' or '.join(memories)} bits{also}, all real {real}; "
            f"{int(stored['reads'].sum()):,} reads an inference"
        )


def _row(placed: Placed) -> dict[str, object]:
    layer, array = placed.layer, placed.array
    row_tiles, column_tiles = placed.tiles
    used = layer.weights if layer.kind is not None else 0
    counts = layer.counts or {}
    return {
        "type": layer.called,
        "shape": "x".join(map(str, layer.shape)),
        "kind": REAL if layer.kind is None else layer.kind.value,
        "weights": layer.weights,
        **{name: counts.get(value, 0) if counts else None for value, name in COUNTS.items()},
        "matrix_rows": layer.inputs,
        "matrix_columns": layer.outputs,
        "arrays": placed.arrays,
        "row_tiles": row_tiles,
        "column_tiles": column_tiles,
        "array_rows": array.rows,
        "array_columns": array.columns,
        "spare_rows": array.spare_rows,
        "utilisation": used / placed.pairs if used else None,
        "devices": _DEVICES * placed.pairs,
        "devices_used": _DEVICES * used,
        "stored_bits": 0 if layer.kind is None else used * STORED_BITS[layer.kind],
        **{f"real_{bits}_bits": layer.weights * bits for bits in REAL_BITS},
        "reads": used * layer.positions,
        "reads_held": used,
    }
