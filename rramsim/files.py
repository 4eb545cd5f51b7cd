"""Write files so that a reader, or a run killed at any moment, never meets half of one."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rramsim.errors import InputError, OutputError, WriteError

_TEMPORARY = ".rramsim-tmp"  # ending of temporary files; nobody else's are ever removed
_PROBE = "probe" * 20  # as long as names of results are: the path may be too long with them only


def is_file(path: Path) -> bool:
    """Whether a path that a user gave leads to a regular file.

    Parameters
    ----------
    path
        The path.

    Raises
    ------
    InputError
        Nobody can tell: it is too long or no text, its links lead in a circle, or there is no permission.
    """
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a path that a user gave leads to a folder.

    Parameters
    ----------
    path
        The path.

    Raises
    ------
    InputError
        As for :func:`is_file`.
    """
    return stat.S_ISDIR(_mode(path))


def exists(path: Path) -> bool:
    """Whether a path that a user gave leads to anything.

    Parameters
    ----------
    path
        The path.

    Raises
    ------
    InputError
        As for :func:`is_file`.
    """
    return _mode(path) != 0


def resolved(path: Path) -> Path:
    """A path from the root on, without links.

    Parameters
    ----------
    path
        The path; what it leads to need not exist.

    Raises
    ------
    InputError
        It is no text, or its links lead in a circle.
    """
    try:
        found = path.resolve()
        str(found).encode("utf-8")  # files keep paths as text
    except (OSError, RuntimeError, ValueError) as error:
        raise _unusable(path, error) from None
    return found


def _mode(path: Path) -> int:
    """Type and rights of what a path leads to; 0 for nothing."""
    try:
        str(path).encode("utf-8")  # files keep paths as text
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
    except (OSError, ValueError) as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: Exception) -> InputError:
    if isinstance(error, UnicodeError):
        encoding = sys.getfilesystemencoding()
        return InputError(f"{path} cannot be used as a path: it is not text in {encoding}, as names of files are here")
    told = (isinstance(error, OSError) and error.strerror) or error
    return InputError(f"{path} cannot be used as a path: {told}")


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all: into a temporary one beside it, which is then renamed.

    Parameters
    ----------
    path
        The file; what was there before is replaced. Its folder must exist.
    content
        What to write; text becomes UTF-8.

    Raises
    ------
    WriteError
        The folder cannot be written, or the disk is full; nothing is left behind and an older file stays whole.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        with _temporary(path) as (temporary, handle):
            # Closed before the renaming: a network file system may tell only then that it is full.
            with os.fdopen(os.dup(handle), "wb") as file:
                file.write(data)
            temporary.replace(path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from None


def remove(path: Path) -> None:
    """Remove a file, if there is one.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    WriteError
        It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"cannot remove {path}: {error.strerror or error}") from None


def make_folders(*folders: Path) -> None:
    """Make folders, and those above them, where they are not there, and find out whether files can be made in them.

    Parameters
    ----------
    *folders
        The folders; where one cannot be used, those that were made are removed again.

    Raises
    ------
    OutputError
        One cannot be made, or written into.
    """
    made: list[Path] = []
    try:
        for folder in folders:
            for path in reversed((folder, *folder.parents)):
                if not path.is_dir():
                    path.mkdir(exist_ok=True)
                    made.append(path)
            check_writable(folder)
    except OSError as error:
        for path in reversed(made):
            with suppress(OSError):  # somebody else has put something into it
                path.rmdir()
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot make the output folder {folders[0]}: {error.strerror or error}") from None


def check_writable(folder: Path) -> None:
    """Find out whether files can be made in a folder.

    Parameters
    ----------
    folder
        The folder; nothing is left in it.

    Raises
    ------
    OutputError
        They cannot.
    """
    try:
        with _temporary(folder / _PROBE):
            pass
    except OSError as error:
        raise OutputError(f"cannot write into {folder}: {error.strerror or error}") from None


def remove_stale_temporaries(folder: Path) -> None:
    """Remove the temporary files that killed writers left in a folder, and none that is still being written.

    Parameters
    ----------
    folder
        Where to look; its subfolders are left alone.
    """
    for path in folder.glob(f".*{_TEMPORARY}"):
        try:
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:  # just renamed by its writer, or not ours
            continue
        with suppress(OSError):  # its writer lives, or nobody can tell
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, int]]:
    """Make a locked temporary file beside ``path``; what is not renamed when the block ends is removed.

    The lock tells a living writer's file from that of a killed one, whose lock has gone with it, also across machines.
    """
    temporary, handle = _locked(path)
    try:
        yield temporary, handle
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path) -> tuple[Path, int]:
    while True:
        temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}{_TEMPORARY}")
        handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with suppress(OSError):  # a file system without locks: then nobody can take it for stale either
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return temporary, handle
        os.close(handle)  # removed as stale before it was locked


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal.

    Parameters
    ----------
    path
        The file; raises OSError where it cannot be read.
    """
    return hashlib.sha256(path.read_bytes()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON text that is the same for equal values: sorted keys, no spaces, no NaN.

    Parameters
    ----------
    value
        Mappings with text keys, sequences, texts, finite numbers, truth values, None.

    Raises
    ------
    ValueError
        A number is not finite.

    Examples
    --------
    >>> canonical_json({"b": 1.0, "a": [1, 2]})
    '{"a":[1,2],"b":1.0}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def content_id(value: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of plain values.

    Parameters
    ----------
    value
        As for :func:`canonical_json`.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()
