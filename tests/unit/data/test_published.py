"""The data sets as published, where a machine has their files: RRAMSIM_DATA names the folder."""

import os

import numpy as np
import pytest

from rramsim.data.catalog import load_dataset
from rramsim.data.preprocessing import GRID
from rramsim.errors import MissingResourceError

FOLDER = os.environ.get("RRAMSIM_DATA")

pytestmark = pytest.mark.skipif(not FOLDER, reason="RRAMSIM_DATA names no folder of data sets")

MNIST = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
# Images of each class: in training and validation together, and in the test part.
COUNTS = {
    "mnist": (MNIST, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]),
    "fashion_mnist": ([6000] * 10, [1000] * 10),
    "cifar10": ([5000] * 10, [1000] * 10),
    # Of 45866, 944, 3788, 415, 8 and 44259, 1837, 3221, 388, 7 annotated beats, those whose windows lie in the record.
    "mitdb": ([45824, 943, 3786, 414, 8], [44220, 1837, 3219, 388, 7]),
    "ludb": ([480, 480], [120, 120]),
}


@pytest.fixture(params=["mnist", "fashion_mnist", "cifar10", "mitdb", "ludb", "eegmmidb"])
def dataset(request):
    try:
        return load_dataset(request.param, FOLDER)
    except MissingResourceError as error:
        pytest.skip(str(error))


def test_counts_scale_and_grid(dataset):
    classes = [
        np.bincount(part.labels, minlength=dataset.classes)
        for part in (dataset.train, dataset.validation, dataset.test)
    ]
    if dataset.name in COUNTS:
        assert ((classes[0] + classes[1]).tolist(), classes[2].tolist()) == COUNTS[dataset.name]
    for part, counts in zip((dataset.train, dataset.validation, dataset.test), classes, strict=True):
        assert counts.min() > 0
        assert part.shape == dataset.shape
        for images in part.chunks():
            np.testing.assert_array_equal(images, np.round(images / GRID) * GRID)
    sums = [
        (images.sum(dtype=np.float64), np.square(images, dtype=np.float64).sum()) for images in dataset.train.chunks()
    ]
    mean, square = np.sum(sums, axis=0) / (len(dataset.train) * np.prod(dataset.shape))
    assert mean == pytest.approx(0, abs=GRID)
    assert square == pytest.approx(1, abs=0.01)
