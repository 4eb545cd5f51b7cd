"""What the command line is to its shell: output that never fails a run, and signals that end one cleanly."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Ctrl-C, `kill`, a batch system or a shutdown, and a terminal that was closed.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """A signal asked the command to end. No ``KeyboardInterrupt``, for which typer has an answer of its own."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(number)

    @property
    def exit_code(self) -> int:
        """As shells tell the end by a signal."""
        return 128 + self.number


@contextmanager
def ending_signals() -> Iterator[None]:
    """Let signals that ask for an end raise :class:`Interrupted` in the main thread.

    One that the command was started to ignore, as by ``nohup``, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():  # only there can signals be listened to
        yield
        return
    before = {number: signal.getsignal(number) for number in _ENDING}
    usual = (signal.SIG_DFL, signal.default_int_handler)
    heard = [number for number, handler in before.items() if handler in usual]
    for number in heard:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)


@contextmanager
def unfailing_output() -> Iterator[None]:
    """Let what is printed never fail: a message that is lost is no reason to lose a run.

    Characters that the output cannot show become escapes with a backslash. A pipe that nobody reads any more, a full
    disk and a stream that was closed when the command began take everything.
    """
    _open_closed_handles()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = before[0] or Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 - as long as the process
    sys.stdout, sys.stderr = _unfailing(before[1], sys.__stdout__), _unfailing(before[2], sys.__stderr__)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = before


class _Unfailing(io.FileIO):
    """A file that takes what cannot be written."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def _unfailing(stream: TextIO | None, original: TextIO | None) -> TextIO:
    """A stream in the place of one of the process's own; any other, as of a test, as it is."""
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if stream is not original or not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Unfailing(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _open_closed_handles() -> None:
    """Open the standard handles that are closed: the next file that is opened would take their place.

    A worker or ngspice would then write its messages into a table.
    """
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest handle that is free


@contextmanager
def told_messages() -> Iterator[None]:
    """Show on standard error what the package logs: warnings, and what a sweep will cost."""
    package = logging.getLogger("rramsim")
    handler = logging.StreamHandler()  # standard error as it is now
    handler.setFormatter(logging.Formatter("rramsim: %(message)s"))
    before = package.level
    package.addHandler(handler)
    package.setLevel(logging.INFO)
    try:
        yield
    finally:
        package.removeHandler(handler)
        package.setLevel(before)
