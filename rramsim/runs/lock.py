"""One writer for a run folder: two at once would leave tables of both in it."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rramsim.errors import OutputError

_FILE = ".rramsim-lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other writer out of a folder until the block ends, or this process does, however it ends.

    Where the file system has no locks, nobody is kept out.

    Parameters
    ----------
    folder
        The folder; it must exist.

    Raises
    ------
    OutputError
        Another one is writing into it, or it cannot be written.
    """
    handle = _acquired(folder)
    try:
        yield
    finally:
        # Before it is closed: who opened it meanwhile then finds out that it is gone.
        with suppress(OSError):
            (folder / _FILE).unlink()
        os.close(handle)


def _acquired(folder: Path) -> int:
    while True:
        try:
            handle = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise OutputError(f"cannot write into {folder}: {error.strerror or error}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(handle)
            os.close(handle)
            raise OutputError(f"another rramsim is writing into {folder}{holder}") from None
        except OSError:
            return handle
        if os.fstat(handle).st_nlink:
            with suppress(OSError):  # on a full disk nobody is told who it is
                os.ftruncate(handle, 0)
                os.write(handle, f"{os.getpid()} {platform.node()}".encode())
            return handle
        os.close(handle)  # its holder ended between the two calls, and has removed it


def _holder(handle: int) -> str:
    """Who holds a lock, as far as it has said so yet."""
    process, _, machine = os.pread(handle, 300, 0).decode(errors="replace").partition(" ")
    if not process.isdigit():
        return ""
    return f" (process {process})" if machine == platform.node() else f" (process {process} on {machine})"
