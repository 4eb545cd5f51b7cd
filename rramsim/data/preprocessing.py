"""The same last steps for every data set: one scale, a grid, fixed parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rramsim.data.dataset import Floats, Labels, Pixels, Split
from rramsim.errors import DataError

# Values are multiples of it: sums of them, times -1, 0 or +1, are exact in single precision in any order, as long as no
# part of the sum reaches 2**18.
GRID = 2.0**-6

_CHUNK = 1024  # images

# Of the split, not of a study: every study sees the same test images.
_SPLIT_SEED = 0


def on_grid(values: ArrayLike) -> Floats:
    """Values rounded to the grid, ties to even; there is no negative zero.

    Parameters
    ----------
    values
        Any shape.

    Raises
    ------
    DataError
        One is not finite, or beyond what single precision holds exactly.

    Examples
    --------
    >>> on_grid([0.02, -0.001, 1.0]).tolist()
    [0.015625, 0.0, 1.0]
    """
    steps = np.round(np.asarray(values, dtype=np.float64) / GRID)
    if not bool(np.all(np.abs(steps) < 2**24)):  # also where it is NaN
        raise DataError("a value is not finite, or above 262144 after standardisation")
    rounded: Floats = (steps * GRID + 0.0).astype(np.float32)
    return rounded


def standard_splits(images: Sequence[NDArray[np.floating]], labels: Sequence[Labels]) -> tuple[Split, Split, Split]:
    r"""Parts of a data set on one scale: the training part has mean 0 and standard deviation 1, in each channel.

    Parameters
    ----------
    images
        Of the training, validation and test part, shape (n, channels, \*spatial); or (n, features), as one channel.
    labels
        Of each part.

    Raises
    ------
    DataError
        A channel of the training part has one value only, or a value is not finite.
    """
    train = np.asarray(images[0], dtype=np.float64)
    axes = None if train.ndim == 2 else (0, *range(2, train.ndim))
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused below
        mean, spread = train.mean(axis=axes, keepdims=True), train.std(axis=axes, keepdims=True)
    if not bool(np.all(spread > 0)):
        raise DataError("a channel of the training images holds one value only, or one that is not finite")
    parts = [Split(images=_scaled(part, mean, spread), labels=of) for part, of in zip(images, labels, strict=True)]
    return parts[0], parts[1], parts[2]


def _scaled(images: NDArray[np.floating], mean: NDArray[np.float64], spread: NDArray[np.float64]) -> Floats:
    scaled = np.empty(images.shape, dtype=np.float32)
    for start in range(0, len(images), _CHUNK):  # in double precision, but not all of them at a time
        part = slice(start, start + _CHUNK)
        scaled[part] = on_grid((images[part] - mean) / spread)
    return scaled


def pixel_splits(pixels: Sequence[NDArray[np.uint8]], labels: Sequence[Labels]) -> tuple[Split, Split, Split]:
    """As :func:`standard_splits`, for images of bytes: mean and spread are exact, values are made when they are used.

    Parameters
    ----------
    pixels
        Of the training, validation and test part, shape (n, channels, height, width).
    labels
        Of each part.

    Raises
    ------
    DataError
        A channel of the training part has one level only.
    """
    levels = np.arange(256, dtype=np.float64)
    table = np.empty((pixels[0].shape[1], 256), dtype=np.float32)
    for channel in range(len(table)):
        counts = np.bincount(pixels[0][:, channel].ravel(), minlength=256)
        mean = np.average(levels, weights=counts)
        spread = np.sqrt(np.average((levels - mean) ** 2, weights=counts))
        if not spread > 0:
            raise DataError(f"channel {channel} of the training images holds one level only")
        table[channel] = on_grid((levels - mean) / spread)
    parts = [
        Split(images=Pixels(values=part, levels=table), labels=of) for part, of in zip(pixels, labels, strict=True)
    ]
    return parts[0], parts[1], parts[2]


def share_out(labels: Labels, shares: Sequence[float]) -> list[NDArray[np.int64]]:
    """Indices of each part of a data set, every class shared out alike; the same for the same labels.

    Parameters
    ----------
    labels
        Labels of all images.
    shares
        What each part gets; they add up to 1.
    """
    generator = np.random.default_rng(_SPLIT_SEED)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in shares]
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        ends = np.round(np.cumsum(shares) * members.size).astype(int)
        for part, chunk in zip(parts, np.split(members, ends[:-1]), strict=True):
            part.append(chunk)
    return [np.sort(np.concatenate(part)) for part in parts]
