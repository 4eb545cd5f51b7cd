"""The run folder: where finished tasks, decks and tables lie.

Each finished task is one small JSON file with a checksum, written whole or not at all, so that a sweep killed at any
moment loses only the tasks in flight and a damaged file is never taken for a result.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rramsim.ber.task import ReadResult, ReadTask
from rramsim.circuits.read_deck import ReadDeck
from rramsim.errors import OutputError, TaskFileError
from rramsim.files import canonical_json, check_writable, content_id, remove_stale_temporaries, write_atomic

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Folder of one run."""

    path: Path

    def prepare(self) -> None:
        """Make the folder, find out whether it can be written before any work is done, and clean up after killed runs.

        Raises
        ------
        OutputError
            It cannot.
        """
        folders = (self.path, self.path / "tasks", self.path / "decks")
        try:
            for folder in folders:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the output folder {self.path}: {error.strerror or error}") from None
        for folder in (*folders, self.path / "figures"):
            if folder.is_dir():
                check_writable(folder)
                remove_stale_temporaries(folder)

    def deck_path(self, deck: ReadDeck) -> Path:
        """Where the deck of a (cell, corner) is kept for inspection."""
        return self.path / "decks" / f"{deck.cell.name}_{deck.corner.id}.cir"

    def save_deck(self, deck: ReadDeck) -> None:
        """Keep a deck: it can be opened in ngspice alone."""
        write_atomic(self.deck_path(deck), deck.text)

    def save(self, task: ReadTask, result: ReadResult) -> None:
        """Keep a finished task."""
        summary = {
            "cell": task.deck.cell.name,
            "corner": task.deck.corner.id,
            "programmed": task.programmed.value,
        }
        record = {"id": task.id, "task": summary, "result": result.to_json()}
        write_atomic(self.task_path(task), canonical_json(record | {"sha256": content_id(record)}) + "\n")

    def load(self, task: ReadTask) -> ReadResult | None:
        """Result of a finished task; None if it is not there or its file is damaged.

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

    def read(self, task: ReadTask) -> ReadResult | None:
        """Result of a finished task; None if it is not there.

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

    def task_path(self, task: ReadTask) -> Path:
        """Where the result of a task is kept."""
        return self.path / "tasks" / f"{task.id}.json"


def _checked_result(data: Mapping[str, Any], task: ReadTask) -> ReadResult:
    if content_id({key: value for key, value in data.items() if key != "sha256"}) != data["sha256"]:
        raise ValueError("its checksum is wrong")  # a digit may have flipped: every number is in doubt
    if data["id"] != task.id:
        raise ValueError("it belongs to another task")
    return ReadResult.from_json(data["result"])
