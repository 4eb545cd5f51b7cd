"""A user's own arrays."""

import io
import warnings
import zipfile

import numpy as np
import pytest

from rramsim.data.arrays import load_arrays
from rramsim.data.catalog import load_dataset
from rramsim.errors import DataError, MissingResourceError


def held(**changes):
    generator = np.random.default_rng(0)
    parts = {"train": 40, "test": 12, "validation": 8}
    arrays = {f"{part}_images": generator.normal(3, 2, (count, 2, 6)) for part, count in parts.items()}
    arrays |= {f"{part}_labels": np.arange(count) % 4 for part, count in parts.items()}
    arrays |= changes
    return {name: array for name, array in arrays.items() if array is not None}


NO_VALIDATION = {"validation_images": None, "validation_labels": None}


@pytest.fixture
def save(tmp_path):
    def put(**changes):
        np.savez(tmp_path / "own.npz", **held(**changes))
        return tmp_path / "own.npz"

    return put


def test_three_parts_are_taken_as_they_are(save):
    dataset = load_arrays("own.npz", save())
    arrays = held()
    assert (dataset.name, dataset.classes, dataset.shape) == ("own.npz", 4, (2, 6))
    train = arrays["train_images"]
    mean, spread = train.mean(axis=(0, 2), keepdims=True), train.std(axis=(0, 2), keepdims=True)
    for part in ("train", "validation", "test"):
        split = getattr(dataset, part)
        np.testing.assert_array_equal(split.labels, arrays[f"{part}_labels"])
        wanted = (arrays[f"{part}_images"] - mean) / spread
        np.testing.assert_allclose(split.images, wanted, atol=2**-7 + 1e-6)
        assert (split.images.dtype, split.labels.dtype) == (np.float32, np.int64)


def test_a_fifth_of_each_class_is_for_validation_where_there_is_none(save):
    dataset = load_arrays("own.npz", save(**NO_VALIDATION))
    assert np.bincount(dataset.train.labels).tolist() == [8] * 4
    assert np.bincount(dataset.validation.labels).tolist() == [2] * 4
    assert len(dataset.test) == 12


@pytest.mark.parametrize("kind", ["u1", "i2", "f2", "f4", ">f8"])
@pytest.mark.parametrize("shape", [(5,), (2, 6), (1, 4, 3)])
def test_numbers_of_any_real_kind_and_images_of_one_to_three_dimensions(save, kind, shape):
    generator = np.random.default_rng(1)
    images = {f"{part}_images": generator.integers(0, 100, (20, *shape)).astype(kind) for part in ("train", "test")}
    labels = {f"{part}_labels": np.arange(20, dtype="u1") % 4 for part in ("train", "test")}
    dataset = load_arrays("own.npz", save(**NO_VALIDATION, **images, **labels))
    assert dataset.shape == shape


BAD = {
    "no training labels": ({"train_labels": None}, "has no array 'train_labels'; needed are train_images, train_lab"),
    "half a validation part": ({"validation_labels": None}, "has no array 'validation_labels'"),
    "unknown name": ({"test_image": np.zeros(3)}, "unknown array 'test_image'; did you mean 'test_images'"),
    "texts": ({"train_images": np.full((40, 2), "a")}, "train_images: real numbers are expected, they are <U1"),
    "complex": ({"train_images": np.zeros((40, 2), complex)}, "they are complex128"),
    "objects": ({"train_images": np.full((40, 2), None)}, "cannot be read .*allow_pickle"),
    "truths": ({"train_images": np.ones((40, 2), bool)}, "they are bool"),
    "one dimension": ({"train_images": np.zeros(40)}, r"without a 0 in it; it is \(40,\)"),
    "five dimensions": ({"train_images": np.zeros((40, 1, 1, 1, 1))}, r"it is \(40, 1, 1, 1, 1\)"),
    "no images": ({"test_images": np.zeros((0, 2, 6)), "test_labels": np.zeros(0, int)}, r"it is \(0, 2, 6\)"),
    "another shape": ({"test_images": np.zeros((12, 2, 5))}, r"of shape \(2, 6\), test_images of \(2, 5\)"),
    "another count": ({"test_labels": np.zeros(11, int)}, "test_labels: 12 integers are expected, .*shape \\(11,\\)"),
    "labels in columns": ({"test_labels": np.zeros((12, 4), int)}, "shape \\(12, 4\\)"),
    "labels that are no integers": ({"test_labels": np.zeros(12)}, "it is float64"),
    "negative label": ({"test_labels": np.arange(12) % 4 - 1}, "test_labels: labels are 0 or more, one is -1"),
    "label above": ({"test_labels": np.full(12, 4)}, "test_labels holds 4, train_labels only 0 to 3"),
    "class that is not there": ({"train_labels": np.arange(40) % 4 * 2}, "reach up to 6, but none is 1"),
    "labels from 1": ({"train_labels": np.arange(40) % 4 + 1}, "reach up to 4, but none is 0"),
    "one class": ({"train_labels": np.zeros(40, int)}, "are all 0"),
    "constant": ({"train_images": np.ones((40, 2, 6))}, "a channel of the training images"),
    "far away": ({"test_images": np.full((12, 2, 6), 1e9)}, "above 262144"),
    "bytes beside fractions": ({"test_images": np.random.default_rng(2).normal(3, 2, (12, 2, 6)) / 255},
                               "test_images have mean .* scale all parts alike"),
    "another offset": ({"validation_images": held()["validation_images"] + 90}, "validation_images have mean"),
    "one loud feature": (
        NO_VALIDATION | {f"{part}_images": np.hstack([np.random.default_rng(3).normal(0, (1e4, 1, 1), (count, 3))])
                         for part, count in (("train", 40), ("test", 12))},
        "2 of 3 values of an image vary by no more than 0.015625 of the standard deviation"),
    "a label of 64 bits": ({"test_labels": np.full(12, 2**64 - 1, np.uint64)}, "a label is 18446744073709551615"),
    "too few": (
        NO_VALIDATION | {"train_images": np.eye(2), "train_labels": np.arange(2), "test_images": np.eye(2),
                         "test_labels": np.arange(2)}, "too few train_images"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_arrays_that_cannot_be_a_data_set_are_refused(save, bad):
    changes, message = BAD[bad]
    path = save(**changes)
    with pytest.raises(DataError, match=f"{path}: .*{message}"):
        load_arrays("own.npz", path)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_value_that_is_not_finite_is_told_with_its_place(save, value, part):
    images = held()[f"{part}_images"]
    images[3, 1, 4] = value
    with pytest.raises(DataError, match=rf"{part}_images: {value} at \(3, 1, 4\)"):
        load_arrays("own.npz", save(**{f"{part}_images": images}))


def test_a_damaged_file_is_refused(save, tmp_path):
    path = save()
    whole = path.read_bytes()
    for end in (0, 3, 100, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:end])
        with pytest.raises(DataError, match=f"{path}: cannot be read as a .npz file"):
            load_arrays("own.npz", path)
    for offset in range(0, len(whole), 97):
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 0xFF]) + whole[offset + 1 :])
        try:
            dataset = load_arrays("own.npz", path)
        except DataError:
            continue
        assert dataset.classes == 4  # a byte that says nothing, as of a date
    np.save(tmp_path / "one.npy", np.zeros(3))
    (tmp_path / "one.npy").rename(path)
    with pytest.raises(DataError, match=r"cannot be read as a \.npz file"):
        load_arrays("own.npz", path)
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(DataError, match=r"folder\.npz: cannot be read"):
        load_arrays("own.npz", tmp_path / "folder.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingResourceError, match=f"no file {tmp_path}/own.npz"):
        load_dataset("own.npz", tmp_path)
    with pytest.raises(MissingResourceError, match=r"no file own\.npz beside the study.* set RRAMSIM_DATA"):
        load_dataset("own.npz")


def test_a_file_that_was_changed_is_read_again(save, tmp_path):
    save()
    first = load_dataset("own.npz", tmp_path)
    assert load_dataset("own.npz", tmp_path) is first
    assert load_dataset(str(tmp_path / "own.npz")).hash == first.hash
    save(test_labels=np.zeros(12, int))
    assert load_dataset("own.npz", tmp_path).hash != first.hash


def test_features_that_are_lost_beside_others_are_told(save, caplog):
    images = {
        f"{part}_images": np.random.default_rng(4).normal(0, (1.0, 1.0, 1e-3), (count, 3))
        for part, count in (("train", 40), ("test", 12))
    }
    path = save(**NO_VALIDATION, **images)
    load_arrays("own.npz", path)
    assert f"{path}: 1 of 3 values of an image vary by no more than" in caplog.text


@pytest.mark.parametrize("names", [("test_labels.npy", "test_labels.npy"), ("test_labels", "test_labels.npy")])
def test_an_array_that_is_there_twice_is_refused(tmp_path, names):
    path = tmp_path / "own.npz"
    arrays = held(test_labels=None)
    np.savez(path, **arrays)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as file:
        warnings.simplefilter("ignore", UserWarning)  # of the name that is there twice
        for number, name in enumerate(names):
            content = io.BytesIO()
            np.save(content, (np.arange(12) + number) % 4)
            file.writestr(name, content.getvalue())
    with pytest.raises(DataError, match=f"{path}: holds two arrays 'test_labels'"):
        load_arrays("own.npz", path)
