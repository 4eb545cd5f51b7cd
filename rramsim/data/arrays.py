"""A data set of a user's own: arrays in one .npz file, as numpy.savez writes it.

``train_images`` (n, …), ``train_labels`` (n,), ``test_images``, ``test_labels``, and ``validation_images`` and
``validation_labels``: without them a fifth of each class of the training images is set aside for validation. Images are
bytes or other real numbers; labels are integers from 0 on, and each class is in ``train_labels``.
"""

from __future__ import annotations

import logging
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.data.dataset import Dataset, Labels, Split
from rramsim.data.preprocessing import GRID, share_out, standard_splits
from rramsim.errors import DataError, MissingResourceError, close_matches

logger = logging.getLogger(__name__)

ENDING = ".npz"

_PARTS = ("train", "validation", "test")
_NAMES = tuple(f"{part}_{what}" for part in _PARTS for what in ("images", "labels"))
_OPTIONAL = tuple(name for name in _NAMES if name.startswith("validation"))
_SHARES = (0.8, 0.2)
_OTHER_SCALE = 10.0  # standard deviations of the training images by which another part may differ from them
_MOST_DIMENSIONS = 4  # images, channels, height, width


def load_arrays(name: str, path: Path) -> Dataset:
    """Load a data set from a file of arrays; no object in it is ever unpickled.

    Parameters
    ----------
    name
        What the data set is called.
    path
        The file.

    Raises
    ------
    MissingResourceError
        No such file.
    DataError
        It is none, lacks an array or has one more, or an array cannot be what its name says.
    """
    arrays = _read(path)
    parts = {part: _part(arrays, part, path) for part in _PARTS if f"{part}_images" in arrays}
    shape = parts["train"][0].shape[1:]
    for part, (images, _) in parts.items():
        if images.shape[1:] != shape:
            raise DataError(f"{path}: train_images are of shape {shape}, {part}_images of {images.shape[1:]}")
    classes = _classes(parts["train"][1], path)
    for part, (_, labels) in parts.items():
        if labels.max() >= classes:
            raise DataError(f"{path}: {part}_labels holds {labels.max()}, train_labels only 0 to {classes - 1}")
    if "validation" not in parts:
        images, labels = parts["train"]
        train, validation = share_out(labels, _SHARES)
        if not len(validation):
            raise DataError(f"{path}: too few train_images for a part of them to be set aside; add validation_images")
        parts |= {"train": (images[train], labels[train]), "validation": (images[validation], labels[validation])}
    try:
        splits = standard_splits([parts[part][0] for part in _PARTS], [parts[part][1] for part in _PARTS])
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    _check_scales(splits, path)
    _check_kept(parts["train"][0], splits[0], path)
    return Dataset(name=name, classes=classes, train=splits[0], validation=splits[1], test=splits[2])


def _check_scales(splits: tuple[Split, Split, Split], path: Path) -> None:
    """Parts that are not scaled alike would be told apart by their scale alone."""
    for part, split in zip(_PARTS, splits, strict=True):
        mean, spread = float(split.images.mean()), float(split.images.std())
        if not (1 / _OTHER_SCALE < spread < _OTHER_SCALE and abs(mean) < _OTHER_SCALE):
            raise DataError(
                f"{path}: on the scale of train_images, {part}_images have mean {mean:.3g} and standard deviation "
                f"{spread:.3g}, in place of about 0 and 1; scale all parts alike"
            )


def _check_kept(images: NDArray[Any], split: Split, path: Path) -> None:
    """Values that vary by less than the grid, beside others of one scale with them, would be lost."""
    varied = images.min(axis=0) < images.max(axis=0)
    lost = varied & (split.images.max(axis=0) - split.images.min(axis=0) <= GRID)
    if not lost.any():
        return
    found = (
        f"{path}: {int(lost.sum())} of {int(varied.sum())} values of an image vary by no more than {GRID:g} of the "
        "standard deviation of all of them, and are lost; scale features alike"
    )
    if 2 * lost.sum() > varied.sum():
        raise DataError(found)
    logger.warning("%s", found)


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            _check_names(file.files, path)
            return {name: file[name] for name in file}
    except FileNotFoundError:
        raise MissingResourceError(f"no file {path}") from None
    except DataError:
        raise
    except (OSError, TypeError, ValueError, EOFError, KeyError, MemoryError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: cannot be read as a {ENDING} file: {error}") from None


def _check_names(found: Collection[str], path: Path) -> None:
    for name in found:
        if list(found).count(name) > 1:
            raise DataError(f"{path}: holds two arrays {name!r}")
    for name in sorted(set(found) - set(_NAMES)):
        raise DataError(f"{path}: unknown array {name!r}; {close_matches(name, _NAMES)}")
    wanted = _NAMES if set(found) & set(_OPTIONAL) else tuple(name for name in _NAMES if name not in _OPTIONAL)
    for name in wanted:
        if name not in found:
            raise DataError(f"{path}: has no array {name!r}; needed are {', '.join(wanted)}")


def _part(arrays: Mapping[str, NDArray[Any]], part: str, path: Path) -> tuple[NDArray[Any], Labels]:
    images, labels = arrays[f"{part}_images"], arrays[f"{part}_labels"]
    told = f"{path}: {part}_images"
    if images.dtype.kind not in "uif":
        raise DataError(f"{told}: real numbers are expected, they are {images.dtype}")
    if not 2 <= images.ndim <= _MOST_DIMENSIONS or 0 in images.shape:
        raise DataError(
            f"{told}: a shape of (images, features), (images, channels, width) or (images, channels, height, width) is "
            f"expected, without a 0 in it; it is {images.shape}"
        )
    bad = np.argwhere(~np.isfinite(images))
    if len(bad):
        where = tuple(int(index) for index in bad[0])
        raise DataError(f"{told}: {images[where]} at {where}; all values must be finite")
    told = f"{path}: {part}_labels"
    if labels.dtype.kind not in "ui" or labels.shape != (len(images),):
        raise DataError(
            f"{told}: {len(images)} integers are expected, one an image; it is {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0:
        raise DataError(f"{told}: labels are 0 or more, one is {labels.min()}")
    if labels.max() >= len(arrays["train_labels"]):  # each class is there; one far beyond would not fit its type either
        raise DataError(f"{told}: a label is {labels.max()}, there are {len(arrays['train_labels'])} train_labels")
    return images, labels.astype(np.int64)


def _classes(labels: Labels, path: Path) -> int:
    """Number of classes, each of which must be there: the labels may be meant otherwise else."""
    found = np.unique(labels)
    missing = np.flatnonzero(found != np.arange(len(found)))
    if len(missing):
        raise DataError(f"{path}: train_labels reach up to {found[-1]}, but none is {missing[0]}; each must be there")
    if len(found) < 2:
        raise DataError(f"{path}: train_labels are all 0; two classes or more are expected")
    return len(found)
