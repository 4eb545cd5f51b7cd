"""Batch normalisation and activation as thresholds on the sum.

fl(fl(s · scale) + shift) never falls, or never rises, with s: rounding keeps the order. So the activation changes at
most at two sums, which are searched for with that very expression; no other one gives the same activation at a tie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.engines.bitplanes import Words, pack

TERNARY_THRESHOLD = np.float32(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where the activation of a channel changes.

    Where it rises with the sum s it is +1 from s >= high, and -1 unless s >= low; a binary one has low = high. Where
    it falls, it is the other way round.

    Parameters
    ----------
    low, high
        int32 or float32, (channels,).
    falling
        Channels of negative scale, bool (channels,).
    ternary
        Whether it can be 0.
    """

    low: NDArray[Any]
    high: NDArray[Any]
    falling: NDArray[np.bool_]
    ternary: bool

    def flip(self, groups: int) -> Words:
        """Falling channels as words, (groups, words).

        Parameters
        ----------
        groups
            Of channels.
        """
        return pack(self.falling.reshape(groups, -1))


def integer_thresholds(
    scale: NDArray[np.float32], shift: NDArray[np.float32], *, ternary: bool, limit: int
) -> Thresholds:
    """Thresholds of integer sums.

    Parameters
    ----------
    scale, shift
        Of each channel, finite.
    ternary
        The activation: ternary or binary.
    limit
        No sum lies outside -limit..limit; at most 2**24, so that sums are exact as float32.
    """
    return _thresholds(scale, shift, ternary, -limit, limit + 1, lambda keys: keys.astype(np.float32), np.int32)


def real_thresholds(scale: NDArray[np.float32], shift: NDArray[np.float32], *, ternary: bool) -> Thresholds:
    """Thresholds of finite float32 sums.

    Parameters
    ----------
    scale, shift
        Of each channel, finite.
    ternary
        The activation: ternary or binary.
    """
    largest = int(np.finfo(np.float32).max.view(np.int32))
    return _thresholds(scale, shift, ternary, -largest, largest + 1, _float, np.float32)


def _float(keys: NDArray[np.int64]) -> NDArray[np.float32]:
    """The float32 of a number that counts them in order, 0 for zero: the one after the largest is infinite."""
    return np.where(keys < 0, -1, 1).astype(np.float32) * np.abs(keys).astype(np.int32).view(np.float32)


def _thresholds(
    scale: NDArray[np.float32],
    shift: NDArray[np.float32],
    ternary: bool,
    lowest: int,
    beyond: int,
    value: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    dtype: type[np.int32 | np.float32],
) -> Thresholds:
    falling = scale < 0

    def affine(keys: NDArray[np.int64]) -> NDArray[np.float32]:
        with np.errstate(over="ignore"):
            return value(keys) * scale + shift

    def first(holds: Callable[[NDArray[np.float32]], NDArray[np.bool_]]) -> NDArray[Any]:
        """The lowest sum of each channel from which on it holds; one beyond all sums where it never does."""
        low, high = np.full(scale.size, lowest, np.int64), np.full(scale.size, beyond, np.int64)
        while (low < high).any():
            open_ = low < high
            middle = np.where(open_, (low + high) // 2, lowest)
            found = holds(affine(middle))
            low, high = np.where(open_ & ~found, middle + 1, low), np.where(open_ & found, middle, high)
        return (value(low) if dtype is np.float32 else low).astype(dtype)

    if not ternary:
        high = first(lambda y: np.where(falling, y < 0, y >= 0))
        return Thresholds(low=high, high=high, falling=falling, ternary=False)
    cut = TERNARY_THRESHOLD
    high = first(lambda y: np.where(falling, y < -cut, y > cut))
    low = first(lambda y: np.where(falling, y <= cut, y >= -cut))
    return Thresholds(low=low, high=high, falling=falling, ternary=True)
