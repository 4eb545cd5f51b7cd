"""Where each weight lies: the matrix of a layer cut into arrays of one size.

A sum takes a column, its weights lie on the word lines: of the matrix (inputs × outputs) each array holds a block, and
no two layers share one. Word lines choose a row and amplifiers read its columns, each with an input of its own: so
groups of a convolution lie side by side, on the rows that one group needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.mapping.layers import WeightLayer
from rramsim.nn.mapping.pairs import require_weights, to_pairs, to_weights
from rramsim.nn.mapping.tiles import cut, tiles
from rramsim.nn.ops.op import require

if TYPE_CHECKING:
    from rramsim.nn.ops.synapses import Weights
    from rramsim.nn.settings import ArraySection

Numbers = NDArray[np.int64]

_MOST = 10**15  # pairs: counts of tables have 64 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A layer in arrays.

    Parameters
    ----------
    layer
        The layer; real weights take no array.
    array
        Size of the arrays.
    first
        Number of the first of them.
    """

    layer: WeightLayer
    array: ArraySection
    first: int

    @property
    def tiles(self) -> tuple[int, int]:
        """How many arrays its rows, and its columns, are cut into."""
        if self.layer.kind is None:
            return 0, 0
        return tiles(self.layer.inputs, self.array.weight_rows), tiles(self.layer.outputs, self.array.columns)

    @property
    def arrays(self) -> int:
        """How many arrays it takes: as many as tiles."""
        rows, columns = self.tiles
        return rows * columns

    @property
    def pairs(self) -> int:
        """All pairs of its arrays, spare and unused ones included."""
        return self.arrays * self.array.rows * self.array.columns

    @property
    def addresses(self) -> tuple[Numbers, Numbers, Numbers]:
        """Array, row and column of each weight, which broadcast to (outputs, inputs).

        Tiles are numbered along the outputs first; spare rows are the last ones of each array.
        """
        row_tile, row = cut(self.layer.inputs, self.array.weight_rows)
        column_tile, column = cut(self.layer.outputs, self.array.columns)
        _, columns = self.tiles
        return self.first + row_tile * columns + column_tile[:, np.newaxis], row, column[:, np.newaxis]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """A network in arrays.

    Parameters
    ----------
    array
        Size of the arrays.
    layers
        Its layers in the order in which they run.
    """

    array: ArraySection
    layers: tuple[Placed, ...]

    @property
    def stored(self) -> tuple[Placed, ...]:
        """Layers that arrays hold."""
        return tuple(placed for placed in self.layers if placed.layer.kind is not None)

    @property
    def arrays(self) -> int:
        """How many arrays it takes."""
        return sum(placed.arrays for placed in self.layers)


def map_network(layers: Sequence[WeightLayer], array: ArraySection) -> Mapping:
    """Put layers into arrays, each into arrays of its own.

    Parameters
    ----------
    layers
        In the order in which they run.
    array
        Size of the arrays.

    Raises
    ------
    NetworkError
        It takes more devices than can be counted.
    """
    found: list[Placed] = []
    first = 0
    for layer in layers:
        placed = Placed(layer=layer, array=array, first=first)
        require(placed.pairs <= _MOST, f"weights of shape {layer.shape} take {placed.pairs} pairs, at most {_MOST}")
        first += placed.arrays
        found.append(placed)
    return Mapping(array=array, layers=tuple(found))


def program(weights: Sequence[Weights], mapping: Mapping) -> NDArray[np.bool_]:
    """States of the devices of all arrays.

    Parameters
    ----------
    weights
        Of each stored layer.
    mapping
        Where they lie.

    Returns
    -------
    numpy.ndarray
        (arrays, rows, columns, 2): True for the low-resistance state, on (bl, blb). Pairs without a weight are
        (HRS, HRS).

    Raises
    ------
    NetworkError
        Weights are not of the shapes or kinds of the layers.
    """
    size = mapping.array
    pairs = np.zeros((mapping.arrays, size.rows, size.columns, 2), dtype=np.bool_)
    for number, (layer, placed) in enumerate(zip(weights, mapping.stored, strict=True)):
        where, about = f"layer {number}", placed.layer
        require(layer.shape == about.shape, f"{where}: weights have shape {layer.shape}, need {about.shape}")
        if about.kind is not None:
            require_weights(layer, about.kind, where=where)
        pairs[placed.addresses] = to_pairs(layer.reshape(about.outputs, about.inputs))
    return pairs


def restore(pairs: NDArray[np.bool_], mapping: Mapping) -> list[Weights]:
    """Weights of all stored layers: the reverse of :func:`program`.

    Parameters
    ----------
    pairs
        (arrays, rows, columns, 2), True for LRS.
    mapping
        Where they lie.

    Raises
    ------
    NetworkError
        The arrays are of another number or size, or a pair stores none of the weights of its layer.
    """
    size = mapping.array
    wanted = (mapping.arrays, size.rows, size.columns, 2)
    require(pairs.shape == wanted, f"arrays have shape {pairs.shape}, need {wanted}")
    found = []
    for number, placed in enumerate(mapping.stored):
        layer = to_weights(pairs[placed.addresses]).reshape(placed.layer.shape)
        if placed.layer.kind is not None:
            require_weights(layer, placed.layer.kind, where=f"layer {number}")
        found.append(layer)
    return found
