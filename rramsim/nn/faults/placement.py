"""Which sense amplifier reads which weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.mapping.tiles import cut


class Placement(Protocol):
    """Where the weights of a layer lie, as far as columns go."""

    def amplifiers(self, shape: tuple[int, ...]) -> NDArray[np.int32]:
        """Number of the amplifier that reads each weight of a layer, in C order, from 0.

        Parameters
        ----------
        shape
            (outputs, inputs, ...) of the weights.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """The matrix (inputs x outputs) of each layer cut into arrays of so many rows: an output is a column in each.

    How many columns an array has changes nothing: each has its own amplifier.

    Parameters
    ----------
    rows
        Word lines of an array, above 0.

    Raises
    ------
    InputError
        There are no rows.

    Examples
    --------
    >>> Tiles(rows=2).amplifiers((2, 3)).tolist()
    [0, 0, 2, 1, 1, 3]
    """

    rows: int

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise InputError(f"an array needs at least one row, got {self.rows!r}")

    def amplifiers(self, shape: tuple[int, ...]) -> NDArray[np.int32]:
        """Number of the amplifier that reads each weight of a layer, in C order, from 0.

        Parameters
        ----------
        shape
            (outputs, inputs, ...) of the weights.
        """
        outputs, inputs = shape[0], math.prod(shape[1:])
        tile, _ = cut(inputs, self.rows)  # as the mapping does
        first = tile.astype(np.int32) * np.int32(outputs)
        return (first + np.arange(outputs, dtype=np.int32)[:, np.newaxis]).ravel()
