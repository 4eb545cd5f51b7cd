"""The seam: what a data set declares of itself, once, in its own file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from rramsim.data.dataset import Dataset, Split
from rramsim.data.files import DataFile, DataFolder, find_folder
from rramsim.errors import DataError


@dataclass(frozen=True, kw_only=True)
class AbstractSource(ABC):
    """A data set by its name.

    Parameters
    ----------
    name
        As studies name it, and the name of its folder.
    class_names
        What each label stands for.
    shape
        Of one image.
    """

    name: str
    class_names: tuple[str, ...]
    shape: tuple[int, ...]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def needs_folder(self) -> bool:
        """Whether it is read from files."""
        return False

    def dataset(self, train: Split, validation: Split, test: Split) -> Dataset:
        """The data set of three parts.

        Parameters
        ----------
        train, validation, test
            The parts.

        Raises
        ------
        DataError
            A part is empty, or its images are of another shape.
        """
        for part in (train, validation, test):
            if not len(part) or part.shape != self.shape:
                raise DataError(
                    f"data set {self.name!r}: a part has {len(part)} images of shape {part.shape}, wanted are some of "
                    f"shape {self.shape}"
                )
        return Dataset(
            name=self.name, classes=self.classes, train=train, validation=validation, test=test,
            class_names=self.class_names,
        )  # fmt: skip

    @abstractmethod
    def load(self, folder: Path | None) -> Dataset:
        """Load it.

        Parameters
        ----------
        folder
            Where the files of data sets are; a set that is built in or simulated takes no notice of it.

        Raises
        ------
        MissingResourceError
            It needs files that are not there.
        DataError
            A file is damaged, or is not the one that is expected.
        MissingExtraError
            A package that it is read or made with is not installed.
        """


@dataclass(frozen=True, kw_only=True)
class AbstractFileSource(AbstractSource):
    """A data set that is read from files.

    Parameters
    ----------
    origin
        Where its files come from.
    files
        All that may be read, with sizes and checksums.
    bundles
        Patterns of names of the archives and folders that hold all files as they come from there; archives need not be
        unpacked.
    """

    origin: str
    files: tuple[DataFile, ...]
    bundles: tuple[str, ...] = ()

    @property
    def needs_folder(self) -> bool:
        """It is read from files."""
        return True

    def load(self, folder: Path | None) -> Dataset:
        """Find the files and read them.

        Raises
        ------
        MissingResourceError
            There is no such folder, or none of its files in it.
        InputError
            There are two folders of them.
        DataError
            A file is damaged, or is not the one that is expected.
        """
        found = find_folder(self.name, self.files, folder, origin=self.origin, bundles=self.bundles)
        return self.read(found)

    @abstractmethod
    def read(self, found: DataFolder) -> Dataset:
        """Read its files.

        Parameters
        ----------
        found
            The folder that they are in.

        Raises
        ------
        MissingResourceError, DataError
            As for :meth:`load`.
        """
