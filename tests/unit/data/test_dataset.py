"""Parts of data sets, their scale and their hash."""

import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rramsim.data.dataset import Dataset, Pixels, Split
from rramsim.data.preprocessing import GRID, on_grid, pixel_splits, share_out, standard_splits
from rramsim.errors import DataError


def digest(*parts):
    """SHA-256 of shapes and values of images and labels, part by part."""
    found = hashlib.sha256()
    for images, labels in parts:
        for values in (images, labels):
            found.update(str(values.shape).encode("ascii") + values.tobytes())
    return found.hexdigest()


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (2500, 3, 4, 5), dtype=np.uint8)


def test_pixels_become_values_when_they_are_used(pixels):
    levels = np.random.default_rng(1).normal(size=(3, 256)).astype(np.float32)
    wanted = np.stack([levels[channel][pixels[:, channel]] for channel in range(3)], axis=1)
    split = Split(images=Pixels(values=pixels, levels=levels), labels=np.zeros(2500, np.int64))
    assert (len(split), split.shape) == (2500, (3, 4, 5))
    np.testing.assert_array_equal(np.concatenate(list(split.chunks())), wanted)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(split)).images, wanted)
    np.testing.assert_array_equal(split.images, wanted)
    assert split.images is split.images


def test_the_hash_is_of_all_values_however_they_are_held(pixels):
    levels = on_grid(np.random.default_rng(1).normal(size=(3, 256)))
    labels = np.arange(2500) % 7
    held = [Split(images=Pixels(values=pixels, levels=levels), labels=labels) for _ in range(3)]
    values = held[0].images
    plain = [Split(images=values, labels=labels) for _ in range(3)]
    names = ("train", "validation", "test")
    one, other = (Dataset(name="d", classes=7, **dict(zip(names, parts, strict=True))) for parts in (held, plain))
    assert one.hash == other.hash == digest(*3 * [(values, labels)])
    changed = values.copy()
    changed[2499, 2, 3, 4] += GRID
    parts = [plain[0], plain[1], Split(images=changed, labels=labels)]
    assert Dataset(name="d", classes=7, **dict(zip(names, parts, strict=True))).hash != one.hash


@given(arrays.arrays(np.float64, st.integers(1, 20), elements=st.floats(-200_000, 200_000)))
def test_values_on_the_grid_are_the_nearest(values):
    rounded = on_grid(values)
    assert rounded.dtype == np.float32
    steps = rounded.astype(np.float64) / GRID
    np.testing.assert_array_equal(steps, np.round(steps))
    assert np.abs(rounded.astype(np.float64) - values).max() <= GRID / 2
    assert not np.signbit(rounded[rounded == 0]).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0**18, -(2.0**18)])
def test_values_that_single_precision_does_not_hold_are_refused(value):
    with pytest.raises(DataError, match="not finite, or above 262144"):
        on_grid([0.0, value])


def test_the_training_part_alone_sets_the_scale():
    generator = np.random.default_rng(0)
    images = [generator.normal(offset, 3, (2000, 2, 7)) for offset in (5, 50, -50)]
    images = [part * [[1], [10]] for part in images]
    labels = [np.zeros(2000, np.int64)] * 3
    train, validation, test = standard_splits(images, labels)
    for channel in range(2):
        values = images[0][:, channel]
        for found, part in zip((train, validation, test), images, strict=True):
            wanted = (part[:, channel] - values.mean()) / values.std()
            np.testing.assert_allclose(found.images[:, channel], wanted, atol=GRID / 2 + 1e-6)


def test_pixels_have_the_scale_that_values_have(pixels):
    labels = [np.zeros(len(part), np.int64) for part in (pixels[:1500], pixels[1500:2000], pixels[2000:])]
    parts = [pixels[:1500], pixels[1500:2000], pixels[2000:]]
    for one, other in zip(pixel_splits(parts, labels), standard_splits(parts, labels), strict=True):
        np.testing.assert_array_equal(one.images, other.images)


@pytest.mark.parametrize("bad", ["constant", "nan", "infinite"])
def test_a_channel_without_a_scale_is_refused(bad):
    images = np.random.default_rng(0).normal(size=(10, 2, 4))
    if bad == "constant":
        images[:, 1] = 3
    else:
        images[3, 1, 2] = np.nan if bad == "nan" else np.inf
    with pytest.raises(DataError, match="a channel of the training images"):
        standard_splits([images] * 3, [np.zeros(10, np.int64)] * 3)


def test_every_class_is_shared_out_alike():
    labels = np.repeat([0, 1, 5], [100, 50, 10])
    parts = share_out(labels, (0.6, 0.2, 0.2))
    assert sorted(np.concatenate(parts)) == list(range(160))
    assert [np.bincount(labels[part])[[0, 1, 5]].tolist() for part in parts] == [[60, 30, 6], [20, 10, 2], [20, 10, 2]]
    for part, again in zip(parts, share_out(labels, (0.6, 0.2, 0.2)), strict=True):
        np.testing.assert_array_equal(part, again)
