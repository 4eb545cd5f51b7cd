"""Files of data sets: found plain, compressed or in an archive, and read whole or not at all.

A file is known by its size and its SHA-256 after decompression: what is read is what was published, or it is refused.
"""

from __future__ import annotations

import fnmatch
import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Any

from rramsim.data.archives import members
from rramsim.errors import DataError, InputError, MissingResourceError

VARIABLE = "RRAMSIM_DATA"  # names the folder where no argument does

_CHECKSUMS = Path(__file__).parent / "checksums"
_OPENERS: Mapping[str, Callable[[Path], Any]] = {
    "": partial(Path.open, mode="rb"), ".gz": gzip.GzipFile, ".xz": lzma.LZMAFile,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file as it was published, without any compression.

    Parameters
    ----------
    name
        Its path in the data set, with forward slashes.
    size
        Bytes.
    sha256
        Of its content, hexadecimal.
    """

    name: str
    size: int
    sha256: str

    @property
    def places(self) -> tuple[str, ...]:
        """Where it may lie in the data set's folder: as published, directly in it, or as in an archive of PhysioNet."""
        return tuple(dict.fromkeys((self.name, PurePosixPath(self.name).name, f"files/{self.name}")))


def published(name: str) -> tuple[DataFile, ...]:
    """The files of a data set, from ``checksums/NAME.txt``.

    Parameters
    ----------
    name
        The data set's name.
    """
    lines = (_CHECKSUMS / f"{name}.txt").read_text(encoding="ascii").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return tuple(DataFile(name=file, size=int(size), sha256=sha256) for sha256, size, file in rows)


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """The folder that holds the files of one data set.

    Parameters
    ----------
    name
        Of the data set.
    path
        The folder.
    files
        Of the data set.
    origin
        Where they come from.
    bundles
        Patterns of names of the archives and folders that hold them all as they come from there.
    """

    name: str
    path: Path
    files: tuple[DataFile, ...]
    origin: str
    bundles: tuple[str, ...] = ()

    def holds(self, file: DataFile) -> bool:
        """Whether a file is there, in any form; its content may still be wrong.

        Parameters
        ----------
        file
            One of the data set's.
        """
        return self._path(file) is not None or file.name in self._archived

    @property
    def has_files(self) -> bool:
        """Whether a file of the data set is there, outside of an archive."""
        return any(self._path(file) is not None for file in self.files)

    @property
    def has_archive(self) -> bool:
        """Whether a file of the data set is there in an archive."""
        return bool(self._archived)

    def file(self, name: str) -> DataFile:
        """The file of a name.

        Parameters
        ----------
        name
            As published; a KeyError where there is none.
        """
        return self._by_name[name]

    def read(self, file: DataFile) -> bytes:
        """Content of a file.

        Parameters
        ----------
        file
            One of the data set's.

        Raises
        ------
        MissingResourceError
            It is not there.
        DataError
            It is damaged, or another one.
        """
        path = self._path(file)
        if path is not None:
            content = self._content(path, file)
            told = str(path)
        elif file.name in self._archived:
            archive, content = self._archived[file.name]
            told = f"{archive}: {file.name}"
        else:
            raise MissingResourceError(f"{self.path}: no file {file.name}, plain, .gz or .xz; {self._wanted(file)}")
        if len(content) != file.size:
            found = f"more than {file.size}" if len(content) > file.size else str(len(content))
            raise DataError(f"{told}: has {found} bytes after any decompression; {self._wanted(file)}")
        digest = hashlib.sha256(content).hexdigest()
        if digest != file.sha256:
            raise DataError(f"{told}: its content has the SHA-256 {digest}; {self._wanted(file)}")
        return content

    @cached_property
    def _by_name(self) -> dict[str, DataFile]:
        return {file.name: file for file in self.files}

    @cached_property
    def _archived(self) -> dict[str, tuple[Path, bytes]]:
        """Each file of the data set that is in an archive: which, and its content."""
        wanted = {place: file for file in self.files for place in file.places}
        limits = {place: file.size + 1 for place, file in wanted.items()}
        found: dict[str, tuple[Path, bytes]] = {}
        for path in _inside(self.path):
            if _matches(path, self.bundles) and path.is_file():
                for place, content in members(path, limits):
                    found.setdefault(wanted[place].name, (path, content))
        return found

    def _path(self, file: DataFile) -> Path | None:
        paths = (self.path / f"{place}{ending}" for place in file.places for ending in _OPENERS)
        return next((path for path in paths if path.is_file()), None)

    def _content(self, path: Path, file: DataFile) -> bytes:
        ending = path.suffix if path.name != PurePosixPath(file.name).name else ""
        try:
            with _OPENERS[ending](path) as stream:
                content: bytes = stream.read(file.size + 1)  # no more: the end of a damaged one may be far
                return content
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise DataError(f"{path}: cannot be decompressed: {error}; {self._wanted(file)}") from None
        except OSError as error:
            raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None

    def _wanted(self, file: DataFile) -> str:
        return (
            f"data set {self.name!r} needs {file.name} of {file.size} bytes with the SHA-256 {file.sha256}, from "
            f"{self.origin}, in {self.path}"
        )


def find_folder(
    name: str, files: tuple[DataFile, ...], folder: Path | None, *, origin: str, bundles: tuple[str, ...] = ()
) -> DataFolder:
    """Find the folder that holds a data set.

    It is the one that holds files of the data set: ``folder`` itself, its sub-folder ``name``, or one whose name begins
    with ``name-`` or is that of a bundle. Archives are looked into where no folder has a file outside of one.

    Parameters
    ----------
    name
        Of the data set.
    files
        Of the data set.
    folder
        Where data sets are; None where nobody has said.
    origin
        Where the files come from.
    bundles
        Patterns of names of the archives and folders that hold them all as they come from there.

    Raises
    ------
    MissingResourceError
        No folder is named, there is none, or none of the files is in it.
    InputError
        There is more than one such folder.
    """
    place = f"their place is {folder or 'FOLDER'}/{name}"
    get = f"data set {name!r} is read from files, as {files[0].name}; get them from {origin}; {place}"
    if folder is None:
        raise MissingResourceError(f"no folder of data sets is named: set {VARIABLE} to one; {get}")
    if not folder.is_dir():
        raise MissingResourceError(f"no folder {folder}, which {VARIABLE} or an argument names; {get}")
    paths = [
        folder,
        *(path for path in _inside(folder) if _matches(path, (name, f"{name}-*", *bundles)) and path.is_dir()),
    ]
    folders = [DataFolder(name=name, path=path, files=files, origin=origin, bundles=bundles) for path in paths]
    found = [one for one in folders if one.has_files] or [one for one in folders if one.has_archive]
    if not found:
        looked = ", ".join(map(str, paths))
        raise MissingResourceError(f"no file of data set {name!r} in {looked}; {get}")
    if len(found) > 1:
        places = " and in ".join(str(one.path) for one in found)
        raise InputError(f"files of data set {name!r} are in {places}: name one of these folders, or keep one only")
    return found[0]


def _matches(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path.name, pattern) for pattern in patterns)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error.strerror or error}") from None
