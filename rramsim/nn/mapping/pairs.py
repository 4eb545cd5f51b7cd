"""Weights as states of 2T2R pairs: +1 = (LRS, HRS), -1 = (HRS, LRS), 0 = (HRS, HRS); (LRS, LRS) stores nothing.

References
----------
+1 and -1: M. Bocquet et al., In-memory and error-immune differential RRAM implementation of binarized deep neural
networks, IEDM 2018.

0: A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based synapse,
IEEE AICAS 2020, arXiv 2005.01973.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.weights import WeightKind

ALLOWED = {kind: tuple(sorted(weight.number for weight in kind.programmed)) for kind in WeightKind}


def require_weights(weights: NDArray[np.int8], kind: WeightKind, *, where: str) -> None:
    """Raise if a weight cannot be stored.

    Parameters
    ----------
    weights
        Any shape.
    kind
        The set of weights of the cells.
    where
        What the weights are, for the message.

    Raises
    ------
    NetworkError
        A weight is not of the set.
    """
    wrong = ~np.isin(weights, ALLOWED[kind])
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        allowed = ", ".join(f"{value:+d}" if value else "0" for value in ALLOWED[kind])
        raise NetworkError(
            f"{where}: weight {weights[index]} at {list(index)} is not {kind}: allowed are {allowed} "
            f"({int(wrong.sum())} of {weights.size} weights are not)"
        )


def to_pairs(weights: NDArray[np.int8]) -> NDArray[np.bool_]:
    """States of the device pairs.

    Parameters
    ----------
    weights
        -1, 0 or +1, any shape.

    Returns
    -------
    numpy.ndarray
        Shape of ``weights`` with a last axis (bl, blb): True where the device is in the low-resistance state.

    Raises
    ------
    NetworkError
        A weight is not -1, 0 or +1.
    """
    require_weights(weights, WeightKind.TERNARY, where="weights")
    return np.stack([weights == 1, weights == -1], axis=-1)


def to_weights(pairs: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Weights of device pairs: the reverse of :func:`to_pairs`.

    Parameters
    ----------
    pairs
        (..., 2), True for LRS.

    Raises
    ------
    NetworkError
        The last axis is not a pair, or both devices of one are in the low-resistance state.
    """
    if pairs.ndim == 0 or pairs.shape[-1] != 2:
        raise NetworkError(f"pairs must have a last axis of 2 (bl, blb), got shape {pairs.shape}")
    both = pairs.all(axis=-1)
    if both.any():
        index = [int(i) for i in np.argwhere(both)[0]]
        raise NetworkError(f"the pair at {index} is (LRS, LRS), which stores no weight ({int(both.sum())} such pairs)")
    return pairs[..., 0].astype(np.int8) - pairs[..., 1].astype(np.int8)
