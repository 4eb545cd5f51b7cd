"""Layers on bit-planes: exact integer sums, or the activations made of them without ever writing the sums."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError
from rramsim.nn.engines.bitplanes import WORD, BitPlanes, Words, pack
from rramsim.nn.engines.compiled import share
from rramsim.nn.engines.kernels import CHUNK, products
from rramsim.nn.engines.passes import pack_sums
from rramsim.nn.engines.passes import pool as pool_images
from rramsim.nn.engines.thresholds import Thresholds
from rramsim.nn.engines.weights import PackedWeights

_NO_SUMS: NDArray[np.int32] = np.empty((0, 0), np.int32)
_NO_LIMITS: NDArray[np.int32] = np.empty(0, np.int32)
_NO_WORDS: Words = np.empty((1, 0, 0), np.uint64)


def dense(activations: BitPlanes, weights: PackedWeights, *, threads: int = 1) -> NDArray[np.int32]:
    """Sums of a fully connected layer.

    Parameters
    ----------
    activations
        Of height and width 1.
    weights
        Of a kernel of 1.
    threads
        How many share the work.

    Returns
    -------
    numpy.ndarray
        (batch, outputs).
    """
    return conv2d(activations, weights, threads=threads)[:, :, 0, 0]


def conv1d(
    activations: BitPlanes, weights: PackedWeights, *, stride: int = 1, padding: int = 0, threads: int = 1
) -> NDArray[np.int32]:
    """Sums of a convolution over one axis.

    Parameters
    ----------
    activations
        Of height 1.
    weights
        Their groups are the activations'.
    stride, padding
        Along the axis; what is padded adds nothing.
    threads
        How many share the work.

    Returns
    -------
    numpy.ndarray
        (batch, outputs, width).
    """
    return conv2d(activations, weights, stride=(1, stride), padding=(0, padding), threads=threads)[:, :, 0]


def conv2d(
    activations: BitPlanes,
    weights: PackedWeights,
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    threads: int = 1,
) -> NDArray[np.int32]:
    """Sums of a convolution over two axes.

    Parameters
    ----------
    activations
        What the layer sees.
    weights
        Their groups are the activations'.
    stride, padding
        Down and right; what is padded adds nothing.
    threads
        How many share the work.

    Returns
    -------
    numpy.ndarray
        (batch, outputs, height, width), a view of an array with channels last.
    """
    geometry, (batch, height, width) = _geometry(activations, weights, stride, padding)
    rows = batch * height * width
    sums = np.empty((rows, weights.outputs), np.int32)
    limits = (_NO_LIMITS, _NO_LIMITS, _NO_WORDS[0], _NO_WORDS[1:], _NO_WORDS[1:])

    def work(first: int, last: int) -> None:
        products(first, last, geometry, *activations.planes, weights.words, weights.base, sums, *limits)

    share(threads, rows, CHUNK, work)
    return np.moveaxis(sums.reshape(batch, height, width, weights.outputs), 3, 1)


def activated(
    activations: BitPlanes,
    weights: PackedWeights,
    thresholds: Thresholds,
    *,
    stride: tuple[int, int] = (1, 1),
    padding: tuple[int, int] = (0, 0),
    groups: int = 1,
    threads: int = 1,
) -> BitPlanes:
    """Activations of a layer.

    Parameters
    ----------
    activations
        What the layer sees.
    weights
        Their groups are the activations'.
    thresholds
        Integer ones, one for each output.
    stride, padding
        Down and right; what is padded adds nothing.
    groups
        Those of the result.
    threads
        How many share the work.
    """
    geometry, shape = _geometry(activations, weights, stride, padding)
    _require_channels(thresholds, weights.outputs)
    made = BitPlanes.empty(shape, weights.outputs, ternary=thresholds.ternary, groups=groups)
    sign, nonzero = (plane.reshape(-1, *plane.shape[3:]) for plane in made.planes)
    limits = (thresholds.low, thresholds.high, thresholds.flip(groups), sign, nonzero)

    def work(first: int, last: int) -> None:
        products(first, last, geometry, *activations.planes, weights.words, weights.base, _NO_SUMS, *limits)

    share(threads, len(sign), CHUNK, work)
    return made


def packed(sums: NDArray[np.float32], thresholds: Thresholds, *, groups: int = 1, threads: int = 1) -> BitPlanes:
    """Activations from real sums.

    Parameters
    ----------
    sums
        float32 (batch, channels, *places), of no, one or two axes of places.
    thresholds
        Real ones, one for each channel.
    groups
        Those of the result.
    threads
        How many share the work.
    """
    batch, channels, *space = sums.shape
    _require_channels(thresholds, channels)
    # Features of all images are laid out as one image's places: long inner loops.
    flat = np.ascontiguousarray(sums.T[None] if not space else sums.reshape(batch, channels, -1))
    made = BitPlanes.empty(
        (batch, *(1,) * (2 - len(space)), *space), channels, ternary=thresholds.ternary, groups=groups
    )
    sign, nonzero = (
        plane.reshape(flat.shape[0] if plane.size else 0, flat.shape[2], *plane.shape[3:]) for plane in made.planes
    )
    flip = thresholds.flip(groups)

    def work(first: int, last: int) -> None:
        pack_sums(first, last, flat, thresholds.low, thresholds.high, flip, sign, nonzero)

    share(threads, flat.shape[0] * flip.size, 1, work)
    return made


def max_pool(
    activations: BitPlanes,
    size: tuple[int, int],
    stride: tuple[int, int],
    *,
    least: NDArray[np.bool_] | None = None,
    threads: int = 1,
) -> BitPlanes:
    """Greatest activation of each window.

    An activation that rises with the sum has the same order as its sums: pooling it, one bit for each value, is
    pooling them. One that falls has the opposite order.

    Parameters
    ----------
    activations
        What is pooled.
    size, stride
        Down and right.
    least
        Channels, bool (channels,), of which the least activation is wanted: those that fall with the sum, where the
        sums were to be pooled.
    threads
        How many share the work.
    """
    batch, height, width, groups, _ = activations.sign.shape
    found = ((height - size[0]) // stride[0] + 1, (width - size[1]) // stride[1] + 1)
    channels = groups * activations.channels
    made = BitPlanes.empty((batch, *found), channels, ternary=activations.nonzero is not None, groups=groups)
    flip = pack((np.zeros(channels, np.bool_) if least is None else least).reshape(groups, -1))

    def work(first: int, last: int) -> None:
        pool_images(first, last, (*size, *stride), flip, *activations.planes, *made.planes)

    share(threads, batch, 1, work)
    return made


def _geometry(
    activations: BitPlanes, weights: PackedWeights, stride: tuple[int, int], padding: tuple[int, int]
) -> tuple[tuple[int, ...], tuple[int, int, int]]:
    """Numbers that the compiled loops take, and (batch, height, width) of the result."""
    batch, height, width, *_ = activations.sign.shape
    wanted, given = (weights.groups, weights.channels), (activations.groups, activations.channels)
    if wanted != given:
        raise InputError(f"weights take {wanted[0]} groups of {wanted[1]} channels, activations have {given}")
    sizes = zip((height, width), weights.kernel, stride, padding, strict=True)
    found = tuple((size + 2 * pad - kernel) // step + 1 for size, kernel, step, pad in sizes)
    if min(found) < 1:
        raise InputError(f"a kernel of {weights.kernel} does not fit into {height} x {width} padded by {padding}")
    tail = -activations.channels % WORD
    return (*found, *weights.kernel, *stride, *padding, tail), (batch, found[0], found[1])


def _require_channels(thresholds: Thresholds, channels: int) -> None:
    if thresholds.low.size != channels:
        raise InputError(f"thresholds of {thresholds.low.size} channels do not fit sums of {channels}")
