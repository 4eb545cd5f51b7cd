"""Weights of a layer as bit-planes, in the order in which products read them; misreads change single bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.engines.bitplanes import Words, pack, unpack, words_for
from rramsim.nn.engines.kernels import OUTPUTS
from rramsim.nn.engines.passes import misread
from rramsim.weights import WeightKind


class PackedWeights:
    """Weights of a layer.

    Small groups are joined: a word of channels then serves several of them, and weights between two groups are 0. So
    are the weights that fill a block up to 32 outputs.

    Parameters
    ----------
    weights
        int8 (outputs, inputs of a group, *kernel), the kernel of 0, 1 or 2 axes; left as they are.
    kind
        Binary or ternary.
    groups
        Of channels that do not see each other.

    Attributes
    ----------
    groups, channels
        Of the activations that these weights take, and channels in each: fewer groups where some were joined.
    outputs, kernel
        How many outputs there are, and (height, width) of the kernel.
    words
        Planes sign and, where weights may be 0, nonzero: uint64 (groups, blocks, words of a patch, planes, 32).
    base
        How many weights of an output are not 0, if they may be; otherwise 0. int32 (outputs + 32,).
    """

    def __init__(self, weights: NDArray[np.int8], kind: WeightKind, groups: int = 1) -> None:
        self.kind, self.shape = kind, weights.shape
        self.outputs = weights.shape[0]
        kernel = weights.shape[2:]
        self.kernel = (1,) * (2 - len(kernel)) + kernel
        self._joined = _joined(groups, weights.shape[1], self.outputs // groups)
        self.groups, self.channels = groups // self._joined, weights.shape[1] * self._joined
        placed = self._placed(weights.reshape(self.outputs, weights.shape[1], -1))
        planes = [placed > 0] + ([placed != 0] if kind is WeightKind.TERNARY or self._joined > 1 else [])
        self.words = np.stack([_blocks(pack(plane)) for plane in planes], axis=3)
        self.base = np.zeros(self.outputs + OUTPUTS, np.int32)
        if len(planes) > 1:
            self.base[: self.outputs] = (weights.reshape(self.outputs, -1) != 0).sum(axis=1)

    def _placed(self, weights: NDArray[np.int8]) -> NDArray[np.int8]:
        """(groups, outputs, taps, channels), joined groups side by side."""
        outputs, channels, taps = weights.shape
        joined, each = self._joined, outputs // self.groups // self._joined
        placed = np.zeros((self.groups, joined, each, taps, joined, channels), np.int8)
        split = weights.reshape(self.groups, joined, each, channels, taps).swapaxes(3, 4)
        for index in range(joined):
            placed[:, index, :, :, index] = split[:, index]
        return placed.reshape(self.groups, joined * each, taps, joined * channels)

    def misread(self, positions: NDArray[np.int64], values: NDArray[np.int8]) -> NDArray[np.int8]:
        """Read some weights otherwise; what was returned, put back in the same way, undoes it.

        Parameters
        ----------
        positions
            Flat indices into the weights, C order, each once.
        values
            What is read there.

        Returns
        -------
        numpy.ndarray
            What was there before, int8.

        Raises
        ------
        InputError
            A position that is none, or a value that the kind of weights does not have.
        """
        size = int(np.prod(self.shape))
        if positions.shape != values.shape or positions.ndim != 1:
            raise InputError(f"misreads have {positions.shape} positions, but {values.shape} values")
        if positions.size and not (positions.min() >= 0 and positions.max() < size):
            raise InputError(f"misreads must lie in 0..{size - 1}, got {positions.min()}..{positions.max()}")
        allowed = (-1, 0, 1) if self.kind is WeightKind.TERNARY else (-1, 1)
        if not np.isin(values, allowed).all():
            raise InputError(f"{self.kind} weights are read as {allowed}, got {sorted(set(values.tolist()))}")
        before = np.empty(values.size, np.int8)
        each = self.outputs // self.groups // self._joined
        taps = self.kernel[0] * self.kernel[1]
        misread(positions, values, before, self.words, self.base, (self.shape[1], taps, self._joined, each))
        return before

    def values(self) -> NDArray[np.int8]:
        """The weights as they are read now."""
        groups, blocks, steps, planes, _ = self.words.shape
        taps, joined, channels = self.kernel[0] * self.kernel[1], self._joined, self.shape[1]
        outputs = self.outputs // groups
        found = []
        for plane in range(planes):
            rows = self.words[:, :, :, plane].swapaxes(2, 3).reshape(groups, blocks * OUTPUTS, taps, steps // taps)
            found.append(unpack(rows[:, :outputs], joined * channels))
        placed = np.where(found[0], 1, -1).astype(np.int8) * (found[1] if planes > 1 else np.int8(1))
        split = placed.reshape(groups, joined, outputs // joined, taps, joined, channels)
        own = np.stack([split[:, index, :, :, index] for index in range(joined)], axis=1)
        return np.ascontiguousarray(own.swapaxes(3, 4).reshape(self.shape).astype(np.int8))


def _joined(groups: int, channels: int, outputs: int) -> int:
    """How many neighbouring groups are worked on together: as many as cost least words."""

    def cost(joined: int) -> int:
        return groups // joined * words_for(joined * channels) * -(-joined * outputs // OUTPUTS)

    return min((joined for joined in range(1, groups + 1) if groups % joined == 0), key=cost)


def _blocks(rows: Words) -> Words:
    """(groups, outputs, taps, words) in blocks of outputs: (groups, blocks, taps * words, 32)."""
    groups, outputs, taps, words = rows.shape
    blocks = -(-outputs // OUTPUTS)
    filled = np.zeros((groups, blocks * OUTPUTS, taps * words), np.uint64)
    filled[:, :outputs] = rows.reshape(groups, outputs, taps * words)
    return np.ascontiguousarray(filled.reshape(groups, blocks, OUTPUTS, taps * words).swapaxes(2, 3))
