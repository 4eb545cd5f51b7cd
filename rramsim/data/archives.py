"""Files in archives: tar with any compression of Python's tarfile, and zip."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from rramsim.errors import DataError


def members(path: Path, wanted: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Files of an archive whose path in it ends with a name that is wanted, each with the beginning of its content.

    Parameters
    ----------
    path
        The archive; nothing is unpacked.
    wanted
        Names, with forward slashes, and how many bytes to read of each.

    Raises
    ------
    DataError
        It cannot be read.
    """
    try:
        yield from _of_zip(path, wanted) if path.suffix == ".zip" else _of_tar(path, wanted)
    except (EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:
        raise DataError(f"{path}: cannot be read as an archive: {error}; get it anew") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}; get it anew") from None


def _of_tar(path: Path, wanted: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    # As a stream: a compressed archive can only be read from its beginning on.
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            name = _ending(member.name, wanted)
            stream = archive.extractfile(member) if name is not None and member.isfile() else None
            if name is not None and stream is not None:
                yield name, stream.read(wanted[name])


def _of_zip(path: Path, wanted: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = _ending(member.filename, wanted)
            if name is not None and not member.is_dir():
                with archive.open(member) as stream:
                    yield name, stream.read(wanted[name])


def _ending(path: str, wanted: Mapping[str, int]) -> str | None:
    """The longest end of a path that is wanted."""
    parts = path.split("/")
    ends = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((end for end in ends if end in wanted), None)
