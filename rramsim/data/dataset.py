"""What every data set becomes: images and labels in three parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int64]

_CHUNK = 1024  # images that are made at a time for the hash


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Pixels:
    """Images of bytes, and the value that each level of a channel stands for: a quarter of the memory of the values.

    Parameters
    ----------
    values
        Shape (n, channels, height, width).
    levels
        Shape (channels, 256).
    """

    values: NDArray[np.uint8]
    levels: Floats

    def images(self, part: slice = slice(None)) -> Floats:
        """The images as values.

        Parameters
        ----------
        part
            Which of them.
        """
        values = self.values[part]
        images = np.empty(values.shape, dtype=np.float32)
        for channel, levels in enumerate(self.levels):
            images[:, channel] = levels[values[:, channel]]
        return images


@final
class Split:
    r"""Images and labels of one part of a data set.

    Parameters
    ----------
    images
        Float32 (n, channels, \*spatial) or (n, features), or the pixels that they are made of when first used.
    labels
        Int64 (n,), from 0 on.
    """

    def __init__(self, *, images: Floats | Pixels, labels: Labels) -> None:
        self._images = images
        self.labels = labels

    @property
    def images(self) -> Floats:
        """All images, float32; they stay in memory from now on."""
        if isinstance(self._images, Pixels):
            self._images = self._images.images()
        return self._images

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        values = self._images.values if isinstance(self._images, Pixels) else self._images
        return values.shape[1:]

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"<Split: {len(self):,} images {self.shape}>"

    def chunks(self) -> Iterator[Floats]:
        """All images, some at a time; those that were not used yet are made and forgotten."""
        for start in range(0, len(self), _CHUNK):
            part = slice(start, start + _CHUNK)
            yield self._images.images(part) if isinstance(self._images, Pixels) else self._images[part]


@final
@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set in three parts: to train on, to choose by, to report on.

    Parameters
    ----------
    name
        As studies name it.
    classes
        How many there are; labels are below it.
    train, validation, test
        The parts.
    class_names
        What each label stands for, where it has a name.
    """

    name: str
    classes: int
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.train.shape

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all images and labels."""
        digest = hashlib.sha256()
        for split in (self.train, self.validation, self.test):
            digest.update(str((len(split), *split.shape)).encode("ascii"))
            for images in split.chunks():
                digest.update(images.tobytes())
            digest.update(str(split.labels.shape).encode("ascii") + split.labels.tobytes())
        return digest.hexdigest()
