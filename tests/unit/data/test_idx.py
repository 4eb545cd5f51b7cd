"""Images in idx files."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from rramsim.data.idx import IdxImages, read_idx
from rramsim.errors import DataError


def idx(array):
    array = np.asarray(array, dtype=np.uint8)
    return struct.pack(f">{1 + array.ndim}I", 0x0800 | array.ndim, *array.shape) + array.tobytes()


def drawn(count, seed, classes=3):
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    return generator.integers(0, 256, (count, 2, 5)), labels


def contents(**changes):
    (images, labels), (test_images, test_labels) = drawn(36, 0), drawn(9, 1)
    found = {
        "train-images-idx3-ubyte": images, "train-labels-idx1-ubyte": labels,
        "t10k-images-idx3-ubyte": test_images, "t10k-labels-idx1-ubyte": test_labels,
    }  # fmt: skip
    return {name: idx(array) for name, array in found.items()} | changes


@pytest.fixture
def source(listed):
    def make(held):
        return IdxImages(
            name="small", class_names=("a", "b", "c"), shape=(1, 2, 5), origin="https://example.org", files=listed(held)
        )

    return make


@pytest.mark.parametrize("form", ["", ".gz", ".xz"])
def test_images_labels_and_split(source, write, tmp_path, form):
    write(tmp_path, contents(), form)
    dataset = source(contents()).load(tmp_path)
    images, _ = drawn(36, 0)
    test_images, test_labels = drawn(9, 1)
    assert dataset.shape == (1, 2, 5)
    assert [len(part) for part in (dataset.train, dataset.validation, dataset.test)] == [33, 3, 9]
    assert sorted(dataset.validation.labels) == [0, 1, 2]
    np.testing.assert_array_equal(dataset.test.labels, test_labels)
    # The training part alone sets the scale: which images it holds is found by looking.
    levels = {tuple(image.ravel()): image for image in images}
    rounded = [np.round(64 * part.images) / 64 for part in (dataset.train, dataset.validation, dataset.test)]
    held = np.concatenate([dataset.train.images, dataset.validation.images]).reshape(36, -1)
    assert len(levels) == len(np.unique(held, axis=0)) == 36
    for part, whole in zip((dataset.train, dataset.validation, dataset.test), rounded, strict=True):
        np.testing.assert_array_equal(part.images, whole)
    assert dataset.train.images.mean(dtype=np.float64) == pytest.approx(0, abs=2**-7)
    assert dataset.train.images.std(dtype=np.float64) == pytest.approx(1, abs=2**-7)
    slope = np.polyfit(test_images.ravel(), dataset.test.images.ravel().astype(float), 1)
    fitted = np.polyval(slope, test_images.ravel())
    assert np.abs(fitted - dataset.test.images.ravel()).max() < 2**-6


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte", idx(np.zeros((36, 3, 5))), r"has the shape \(2, 5\), not \(3, 5\)"),
        ("train-images-idx3-ubyte", idx(np.zeros(36)), "begins with 2049; the magic number .* is 2051"),
        ("train-images-idx3-ubyte", idx(np.zeros((35, 2, 5))), "has 35 images, .* has 36 labels"),
        ("t10k-labels-idx1-ubyte", idx([0, 1, 2, 0, 1, 2, 0, 1, 3]), "labels are 0 to 2, one is 3"),
        ("t10k-labels-idx1-ubyte", b"\0\0\x08", "has 8 bytes or more, it has 3"),
        ("train-images-idx3-ubyte", idx(np.full((36, 2, 5), 7)), "channel 0 .* one level only"),
    ],
)
def test_files_that_do_not_fit_are_refused(source, write, tmp_path, name, content, message):
    held = contents(**{name: content})
    write(tmp_path, held)
    with pytest.raises(DataError, match=message):
        source(held).load(tmp_path)


def test_images_of_another_shape_than_declared_are_refused(source, write, tmp_path):
    write(tmp_path, contents())
    with pytest.raises(DataError, match=r"has the shape \(28, 28\)"):
        replace(source(contents()), shape=(1, 28, 28)).load(tmp_path)


@pytest.mark.parametrize("size", [2**32 - 1, 7])
def test_dimensions_that_take_other_bytes_are_refused(size):
    content = struct.pack(">4I", 2051, size, size, size) + bytes(10)
    with pytest.raises(DataError, match=f"take {16 + size**3} bytes, it has 26"):
        read_idx(content, dimensions=3, told="f")


def test_arrays_are_read_as_written():
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5))
    np.testing.assert_array_equal(read_idx(idx(array), dimensions=3, told="f"), array)
