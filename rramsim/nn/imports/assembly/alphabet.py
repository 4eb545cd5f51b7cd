"""Weights as cells store them, times a scale.

W = t · q with q of -1, 0 and +1, and one t > 0 for each output. Then W · x = t · (q · x): the scale leaves the array
and goes into the normalisation that follows. That is exact in real arithmetic; in floating point the sums q · x of
binary or ternary x are integers and exact, those of W need not be.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.values import Numbers
from rramsim.weights import WeightKind

_HOW = (
    "Rounding them here would make another network: train it with such weights ([[network]] weights of rramsim, "
    "BipolarQuant of Brevitas, rramsim.nn.quantizers in a module of torch), or keep it out of arrays: "
)
_TOLD = 4  # magnitudes that a message lists


def split_scale(weights: NDArray[Any], kind: WeightKind | None, layer: str) -> tuple[NDArray[np.int8], Numbers]:
    """Take a scale out of weights.

    Parameters
    ----------
    weights
        (outputs, inputs of a group, *kernel).
    kind
        The set of weights that cells store; None for either.
    layer
        Name of the layer.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        -1, 0 or +1, of the shape of the weights; scales, (1,) or (outputs,).

    Raises
    ------
    NetworkError
        They are not of the set times a scale for each output.
    """
    rows = np.abs(weights.reshape(len(weights), -1).astype(np.float64))
    if not np.isfinite(rows).all():
        raise NetworkError("its weights hold NaN or infinity")
    scales = rows.max(axis=1)
    wrong = ((rows != 0) & (rows != scales[:, None])).any(axis=1)
    if wrong.any():
        first = int(wrong.argmax())
        raise NetworkError(
            f"its weights cannot be stored: output {first} has {_told(rows[first])}; a cell stores -1 or +1 (binary), "
            f"or -1, 0 or +1 (ternary), times one scale for each output. {_HOW}real_layers = [{layer!r}]"
        )
    zeros = int((rows == 0).sum())
    if zeros and kind is WeightKind.BINARY:
        raise NetworkError(f'{zeros} of its weights are 0, which no binary cell stores: weights = "ternary" stores it')
    known = scales[scales > 0]
    if known.size == 0:
        raise NetworkError("all of its weights are 0")
    if known.size < scales.size and (known != known[0]).any():
        first = int((scales == 0).argmax())
        raise NetworkError(
            f"all weights of output {first} are 0, and other outputs have different scales: nothing tells what one of "
            "its weights is worth that is misread"
        )
    scales = np.where(scales > 0, scales, known[0])
    return np.sign(weights).astype(np.int8), scales[:1] if (scales == scales[0]).all() else scales


def _told(magnitudes: Numbers) -> str:
    found = np.unique(magnitudes)
    if found.size <= _TOLD:
        return f"magnitudes {', '.join(f'{value:.6g}' for value in found)}"
    return f"{found.size} different magnitudes, from {found[0]:.6g} to {found[-1]:.6g}"
