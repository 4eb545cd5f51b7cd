"""The run folder: where finished tasks, decks and tables lie.

Each finished task is one small JSON file with a checksum, written whole or not at all, so that a run killed at any
moment loses only the tasks in flight and a damaged file is never taken for a result.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rramsim.errors import OutputError, TaskFileError
from rramsim.files import (
    canonical_json,
    check_writable,
    content_id,
    make_folders,
    remove,
    remove_stale_temporaries,
    write_atomic,
)
from rramsim.runs.task import AbstractTask, about
from rramsim.validation import is_name

R = TypeVar("R")

_FOLDERS = ("tasks", "decks", "networks", "figures")
_WRITTEN = frozenset({".cir", ".csv", ".html", ".json", ".safetensors", ".svg", ".toml", ".txt"})  # ends of names

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Folder of one run."""

    path: Path

    def make(self) -> None:
        """Make the folder itself.

        Raises
        ------
        OutputError
            It cannot be made.
        """
        make_folders(self.path)

    def check(self) -> None:
        """Refuse a folder in which something else lies where files are going to be written, before any work.

        Nothing is written through a link in it: that may lead anywhere.

        Raises
        ------
        OutputError
            A file or a link lies in the place of a folder, or a folder in that of a file.
        """
        folders = [self.path / name for name in _FOLDERS]
        for path in folders:
            if path.is_symlink():
                raise OutputError(f"{path} is a link; it must be a folder in {self.path}, which may be a link itself")
            if path.exists() and not path.is_dir():
                raise OutputError(f"{path} is no folder, where one is needed; move it away")
        for folder in (self.path, *(path for path in folders if path.is_dir())):
            for path in _folders_in(folder):
                if path.suffix in _WRITTEN:
                    raise OutputError(f"{path} is a folder, where a file may have to be written; move it away")

    def prepare(self) -> None:
        """Make the folders in it, find out whether they can be written before any work is done, and tidy up.

        What killed runs left half-written is removed.

        Raises
        ------
        OutputError
            They cannot.
        """
        folders = (self.path, self.path / "tasks", self.path / "decks")
        make_folders(*folders)
        figures = self.path / "figures"
        if figures.is_dir():
            check_writable(figures)
        for folder in (*folders, figures):
            remove_stale_temporaries(folder)

    def save_deck(self, name: str, text: str) -> None:
        """Keep a deck for inspection: it can be opened in ngspice alone.

        Parameters
        ----------
        name
            Of its file, without the ending.
        text
            The deck.

        Raises
        ------
        OutputError
            The name leads out of the folder.
        """
        if not is_name(name):
            raise OutputError(f"{name!r} cannot name a deck: letters, digits, '_', '.' and '-' can")
        write_atomic(deck_path(self.path, name), text)

    @property
    def failures_path(self) -> Path:
        """Where the errors of failed tasks are told in full."""
        return self.path / "failures.txt"

    def save_failures(self, failures: Sequence[tuple[AbstractTask[R], Exception]]) -> None:
        """Tell the errors of failed tasks in full, each with its traceback; of none, remove what an earlier run told.

        Parameters
        ----------
        failures
            Tasks and their errors.

        Raises
        ------
        WriteError
            The file cannot be written or removed.
        """
        if not failures:
            remove(self.failures_path)
            return
        told = (f"{about(task)}\n{''.join(traceback.format_exception(error))}" for task, error in failures)
        # A message may hold half of a character, as a path that is no text does.
        write_atomic(self.failures_path, "\n".join(told).encode("utf-8", "backslashreplace"))

    def save(self, task: AbstractTask[R], result: R) -> None:
        """Keep a finished task.

        Parameters
        ----------
        task
            The task.
        result
            What it returned.
        """
        record = {"id": task.id, "task": dict(task.about), "result": task.to_json(result)}
        write_atomic(self.task_path(task), canonical_json(record | {"sha256": content_id(record)}) + "\n")

    def load(self, task: AbstractTask[R]) -> R | None:
        """Result of a finished task; None if it is not there or its file is damaged.

        Parameters
        ----------
        task
            The task.

        Raises
        ------
        OutputError
            A folder lies in its place.
        """
        path = self.task_path(task)
        if path.is_dir():
            raise OutputError(f"{path} is a folder, where the result of a task must be written; move it away")
        try:
            return self.read(task)
        except TaskFileError as error:
            logger.warning("%s: the task runs again", error)
            return None

    def read(self, task: AbstractTask[R]) -> R | None:
        """Result of a finished task; None if it is not there.

        Parameters
        ----------
        task
            The task.

        Raises
        ------
        TaskFileError
            Its file is damaged.
        """
        path = self.task_path(task)
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return _checked_result(data, task)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TaskFileError(f"{path} is damaged ({error})") from None

    def task_path(self, task: AbstractTask[R]) -> Path:
        """Where the result of a task is kept.

        Parameters
        ----------
        task
            The task.
        """
        return self.path / "tasks" / f"{task.id}.json"


def deck_path(folder: Path, name: str) -> Path:
    """Where the deck ``name`` of a run folder is kept.

    Parameters
    ----------
    folder
        The run folder.
    name
        Name of the deck.
    """
    return folder / "decks" / f"{name}.cir"


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError as error:
        raise OutputError(f"cannot look into {folder}: {error.strerror or error}") from None


def _checked_result(data: dict[str, object], task: AbstractTask[R]) -> R:
    if content_id({key: value for key, value in data.items() if key != "sha256"}) != data["sha256"]:
        raise ValueError("its checksum is wrong")  # a digit may have flipped: every number is in doubt
    if data["id"] != task.id:
        raise ValueError("it belongs to another task")
    return task.from_json(data["result"])  # type: ignore[arg-type]  # what is no mapping fails there
