"""Images in idx files, as MNIST and the sets made after it come: big-endian sizes, then bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Dataset, Labels
from rramsim.data.files import DataFolder
from rramsim.data.preprocessing import pixel_splits, share_out
from rramsim.data.source import AbstractFileSource
from rramsim.errors import DataError

_UNSIGNED_BYTES = 0x08  # the third byte of the magic number; the fourth is the number of dimensions


def read_idx(content: bytes, *, dimensions: int, told: str) -> NDArray[np.uint8]:
    """Array of bytes in an idx file.

    Parameters
    ----------
    content
        The whole file.
    dimensions
        How many it must have.
    told
        What messages call it.

    Raises
    ------
    DataError
        It is no idx file of bytes, has other dimensions, or more or fewer bytes than these give.
    """
    head = 4 + 4 * dimensions
    if len(content) < head:
        raise DataError(
            f"{told}: an idx file of {dimensions} dimensions has {head} bytes or more, it has {len(content)}"
        )
    magic, *shape = struct.unpack(f">{1 + dimensions}I", content[:head])
    wanted = _UNSIGNED_BYTES << 8 | dimensions
    if magic != wanted:
        raise DataError(
            f"{told}: begins with {magic}; the magic number of {dimensions} dimensions of bytes is {wanted}"
        )
    expected = head + int(np.prod(shape, dtype=object))  # in integers of any size
    if len(content) != expected:
        raise DataError(f"{told}: its dimensions {shape} take {expected} bytes, it has {len(content)}")
    return np.frombuffer(content, dtype=np.uint8, offset=head).reshape(shape)


@dataclass(frozen=True, kw_only=True)
class IdxImages(AbstractFileSource):
    """Grey images with one label each in four idx files, as MNIST has them.

    A part of the training images, with equal class shares, is set aside for validation.

    Parameters
    ----------
    validation_share
        How much of the training images.
    """

    validation_share: float = 1 / 12

    parts: ClassVar[tuple[str, str]] = ("train", "t10k")

    def read(self, found: DataFolder) -> Dataset:
        """Read the four files.

        Raises
        ------
        DataError
            One holds no images or labels of this data set.
        """
        (images, labels), (test_images, test_labels) = (self._part(found, part) for part in self.parts)
        train, validation = share_out(labels, (1 - self.validation_share, self.validation_share))
        splits = pixel_splits(
            [images[train], images[validation], test_images], [labels[train], labels[validation], test_labels]
        )
        return self.dataset(*splits)

    def _part(self, found: DataFolder, part: str) -> tuple[NDArray[np.uint8], Labels]:
        names = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
        images, labels = (
            read_idx(found.read(found.file(name)), dimensions=dimensions, told=f"{found.path}: {name}")
            for name, dimensions in zip(names, (3, 1), strict=True)
        )
        told = f"{found.path}: {names[0]}"
        if images.shape[1:] != self.shape[1:]:
            raise DataError(f"{told}: an image of {self.name} has the shape {self.shape[1:]}, not {images.shape[1:]}")
        if len(images) != len(labels) or not len(images):
            raise DataError(f"{told}: has {len(images)} images, {names[1]} has {len(labels)} labels")
        if labels.max(initial=0) >= self.classes:
            raise DataError(f"{found.path}: {names[1]}: labels are 0 to {self.classes - 1}, one is {labels.max()}")
        return images[:, np.newaxis], labels.astype(np.int64)
