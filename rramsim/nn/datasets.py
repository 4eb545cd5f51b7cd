"""Data sets with fixed splits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import InputError, MissingExtraError, close_matches

# Of the split, not of a study: every study sees the same test images.
_SPLIT_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Images (n, features), float32 and standardised by the training images, and labels (n,), int64."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """A data set in three parts: to train on, to choose by, to report on."""

    name: str
    classes: int
    train: Split
    validation: Split
    test: Split

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one image."""
        return self.train.images.shape[1:]

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all images and labels."""
        digest = hashlib.sha256()
        for split in (self.train, self.validation, self.test):
            for values in (split.images, split.labels):
                digest.update(str(values.shape).encode("ascii") + values.tobytes())
        return digest.hexdigest()


@cache
def load_dataset(name: str) -> Dataset:
    """Load a data set.

    ``digits``: scikit-learn's 1,797 handwritten digits of 8 × 8 pixels, split 60/20/20 with equal class shares.

    Parameters
    ----------
    name
        ``digits`` is the only one.

    Raises
    ------
    InputError
        Unknown name.
    MissingExtraError
        scikit-learn is not installed.

    References
    ----------
    E. Alpaydin, C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning Repository 1998, doi
    10.24432/C50P49.
    """
    if name != "digits":
        raise InputError(f"unknown data set {name!r}; {close_matches(name, ['digits'])}")
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise MissingExtraError("scikit-learn", "nn") from None
    images, labels = load_digits(return_X_y=True)
    parts = _split(labels, (0.6, 0.2, 0.2))
    mean, spread = images[parts[0]].mean(), images[parts[0]].std()
    splits = [
        Split(images=((images[part] - mean) / spread).astype(np.float32), labels=labels[part].astype(np.int64))
        for part in parts
    ]
    return Dataset(name=name, classes=10, train=splits[0], validation=splits[1], test=splits[2])


def _split(labels: NDArray[np.int64], shares: tuple[float, ...]) -> list[NDArray[np.int64]]:
    """Indices of each part, every class shared out alike."""
    generator = np.random.default_rng(_SPLIT_SEED)
    parts: list[list[NDArray[np.int64]]] = [[] for _ in shares]
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        ends = np.round(np.cumsum(shares) * members.size).astype(int)
        for part, chunk in zip(parts, np.split(members, ends[:-1]), strict=True):
            part.append(chunk)
    return [np.sort(np.concatenate(part)) for part in parts]
