"""Batch normalisation that has learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.values import Value, scaled
from rramsim.nn.layers import fold_normalisation
from rramsim.nn.ops.op import require
from rramsim.torch_backend import torch


def normalise(assembly: Assembly, value: Value, learnt: Sequence[NDArray[Any]], epsilon: float) -> Value:
    """Batch normalisation with what was learnt, γ (x - mean) / √(variance + ε) + β, rounded as torch does.

    Parameters
    ----------
    assembly
        Knows the shape of the value.
    value
        The value.
    learnt
        γ, β, mean and variance, (channels,) each.
    epsilon
        ε.

    Raises
    ------
    NetworkError
        They do not fit, or are not finite.
    """
    wanted = (assembly.shape(value)[0],)
    for numbers in learnt:
        require(numbers.shape == wanted, f"its numbers have shape {numbers.shape}, its input {assembly.shape(value)}")
        require(np.isfinite(numbers).all(), "what it learnt holds NaN or infinity")
    single = [torch.from_numpy(numbers.astype(np.float32)) for numbers in learnt]
    require((single[3] + epsilon > 0).all(), "a variance is not above 0")
    folded = fold_normalisation(single[0], single[1], single[2], single[3], epsilon)
    return scaled(value, folded.scale.astype(np.float64), folded.shift.astype(np.float64))
