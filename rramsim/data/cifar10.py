"""CIFAR-10: 60,000 colour images of 32 × 32 pixels, in the python or in the binary layout.

5,000 of the 50,000 training images, with equal class shares, are for validation.

References
----------
A. Krizhevsky, Learning multiple layers of features from tiny images, technical report, University of Toronto 2009.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.data.cifar_pickle import read_batch
from rramsim.data.dataset import Dataset, Labels
from rramsim.data.files import DataFile, DataFolder, published
from rramsim.data.preprocessing import pixel_splits, share_out
from rramsim.data.source import AbstractFileSource
from rramsim.errors import DataError

_BINARY = ".bin"


@dataclass(frozen=True, kw_only=True)
class ColourBatches(AbstractFileSource):
    """Colour images in batches, the last of them for testing."""

    validation_share: float = 0.1

    def read(self, found: DataFolder) -> Dataset:
        """Read the batches of one layout: the python layout where any of its files is there.

        Raises
        ------
        DataError
            A batch holds no images or labels of this data set.
        """
        python = tuple(file for file in self.files if not file.name.endswith(_BINARY))
        binary = tuple(file for file in self.files if file.name.endswith(_BINARY))
        batches = python if any(map(found.holds, python)) else binary
        images, labels = self._joined(found, batches[:-1])
        test_images, test_labels = self._joined(found, batches[-1:])
        train, validation = share_out(labels, (1 - self.validation_share, self.validation_share))
        splits = pixel_splits(
            [images[train], images[validation], test_images], [labels[train], labels[validation], test_labels]
        )
        return self.dataset(*splits)

    def _joined(self, found: DataFolder, batches: Sequence[DataFile]) -> tuple[NDArray[np.uint8], Labels]:
        read = [self._batch(found.read(batch), batch.name, f"{found.path}: {batch.name}") for batch in batches]
        return np.concatenate([images for images, _ in read]), np.concatenate([labels for _, labels in read])

    def _batch(self, content: bytes, name: str, told: str) -> tuple[NDArray[np.uint8], Labels]:
        size = int(np.prod(self.shape))
        if name.endswith(_BINARY):
            if len(content) % (1 + size):
                raise DataError(f"{told}: an image and its label take {1 + size} bytes, it has {len(content)}")
            rows = np.frombuffer(content, dtype=np.uint8).reshape(-1, 1 + size)
            values, labels = rows[:, 1:], rows[:, 0].tolist()
        else:
            values, labels = read_batch(content, told=told)
            wanted = len(labels), size
            if values.shape != wanted:
                raise DataError(f"{told}: {len(labels)} labels go with an array of {wanted}, it is {values.shape}")
        if not labels:
            raise DataError(f"{told}: holds no images")
        low, high = min(labels), max(labels)
        if low < 0 or high >= self.classes:
            raise DataError(f"{told}: labels are 0 to {self.classes - 1}, they reach from {low} to {high}")
        return values.reshape(-1, *self.shape), np.array(labels, dtype=np.int64)


CIFAR10 = ColourBatches(
    name="cifar10",
    class_names=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    shape=(3, 32, 32),
    origin="https://www.cs.toronto.edu/~kriz/cifar.html",
    files=published("cifar10"),
    bundles=("cifar-10-python.tar*", "cifar-10-binary.tar*", "cifar-10-batches-*"),
)
