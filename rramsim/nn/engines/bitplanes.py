"""Binary and ternary arrays as planes of bits, 64 channels a word.

A plane ``sign`` has a bit where a value is +1. Where values may be 0, a second plane ``nonzero`` has a bit where one is
not; bits of ``sign`` are 0 there. Channels are the last axis, those of a group begin a new word, and bits of the last
word that belong to no channel are 0 in both planes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

WORD = 64  # bits


def words_for(channels: int) -> int:
    """Words that hold a bit for each of so many channels.

    Parameters
    ----------
    channels
        At least 1.
    """
    return -(-channels // WORD)


def pack(bits: NDArray[np.bool_]) -> Words:
    """Pack the last axis, the first bit lowest.

    Parameters
    ----------
    bits
        (..., channels).

    Returns
    -------
    numpy.ndarray
        (..., words).
    """
    *shape, channels = bits.shape
    packed = np.zeros((*shape, 8 * words_for(channels)), np.uint8)
    packed[..., : -(-channels // 8)] = np.packbits(bits, axis=-1, bitorder="little")
    return packed.view("<u8").astype(np.uint64, copy=False)


def unpack(words: Words, channels: int) -> NDArray[np.bool_]:
    """Unpack the last axis.

    Parameters
    ----------
    words
        (..., words).
    channels
        How many of its bits are wanted.

    Returns
    -------
    numpy.ndarray
        (..., channels).
    """
    packed = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(packed, axis=-1, count=channels, bitorder="little").astype(np.bool_)


@dataclass(frozen=True, slots=True, kw_only=True)
class BitPlanes:
    """Activations.

    Parameters
    ----------
    sign
        Where a value is +1, (batch, height, width, groups, words). A signal has height 1, features have width 1 too.
    nonzero
        Where a value is not 0, same shape; None where none is.
    channels
        In a group.
    """

    sign: Words
    nonzero: Words | None
    channels: int

    @classmethod
    def of(cls, values: NDArray[np.floating] | NDArray[np.int8], *, ternary: bool, groups: int = 1) -> BitPlanes:
        """Pack an array.

        Parameters
        ----------
        values
            -1, +1 and, if ternary, 0; (batch, channels), (batch, channels, width) or (batch, channels, height, width).
        ternary
            Whether there may be zeros.
        groups
            Of channels, as the weights have them that are to see these values.
        """
        batch, channels, *space = values.shape
        placed = values.reshape(batch, channels, *(1,) * (2 - len(space)), *space)
        grouped = np.moveaxis(placed, 1, 3).reshape(*np.moveaxis(placed, 1, 3).shape[:3], groups, channels // groups)
        nonzero = pack(grouped != 0) if ternary else None
        return cls(sign=pack(grouped > 0), nonzero=nonzero, channels=channels // groups)

    @classmethod
    def empty(cls, shape: tuple[int, ...], channels: int, *, ternary: bool, groups: int) -> BitPlanes:
        """Planes to be written.

        Parameters
        ----------
        shape
            (batch, height, width).
        channels
            In all groups.
        ternary
            Whether there may be zeros.
        groups
            Of channels.
        """
        whole = (*shape, groups, words_for(channels // groups))
        nonzero = np.empty(whole, np.uint64) if ternary else None
        return cls(sign=np.empty(whole, np.uint64), nonzero=nonzero, channels=channels // groups)

    @classmethod
    def joined(cls, parts: Sequence[BitPlanes]) -> BitPlanes:
        """Images one after the other.

        Parameters
        ----------
        parts
            Of the same shape but for the batch; at least one.
        """
        if len(parts) == 1:
            return parts[0]
        nonzero = [part.nonzero for part in parts if part.nonzero is not None]
        sign = np.concatenate([part.sign for part in parts])
        return cls(sign=sign, nonzero=np.concatenate(nonzero) if nonzero else None, channels=parts[0].channels)

    @property
    def groups(self) -> int:
        """Groups of channels."""
        return int(self.sign.shape[3])

    @property
    def planes(self) -> tuple[Words, Words]:
        """Both planes for compiled loops, which know an absent one by its lack of images."""
        return self.sign, self.sign[:0] if self.nonzero is None else self.nonzero

    def values(self) -> NDArray[np.float32]:
        """The values again, float32 of shape (batch, channels, height, width)."""
        values = np.where(unpack(self.sign, self.channels), np.float32(1), np.float32(-1))
        if self.nonzero is not None:
            values *= unpack(self.nonzero, self.channels)
        batch, height, width, groups, channels = values.shape
        return np.ascontiguousarray(np.moveaxis(values.reshape(batch, height, width, groups * channels), 3, 1))

    def regrouped(self, groups: int) -> BitPlanes:
        """The same values in other groups.

        Parameters
        ----------
        groups
            How many.
        """
        if groups == self.groups:
            return self
        channels = self.channels * self.groups // groups
        if self.channels % WORD == 0 and channels % WORD == 0:
            shape = (*self.sign.shape[:3], groups, channels // WORD)
            nonzero = None if self.nonzero is None else self.nonzero.reshape(shape)
            return BitPlanes(sign=self.sign.reshape(shape), nonzero=nonzero, channels=channels)
        return BitPlanes.of(self.values(), ternary=self.nonzero is not None, groups=groups)
