"""What each file of a run folder came from, so that what does not belong together is never joined.

``stamps.json`` holds the SHA-256 of each table as it was written, and its origin; and what the folder is of now. A
table is written first and stamped then: one without a stamp, or with that of other content, is taken for a user's own.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rramsim.errors import WriteError
from rramsim.files import sha256_of, write_atomic

_FILE = "stamps.json"

# Digests by what they are of.
Origin = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Stamps of a run folder.

    Parameters
    ----------
    study
        What the folder is of now; empty where nobody said so.
    tables
        (SHA-256, origin) of files as they were written, by name.
    """

    study: Origin
    tables: Mapping[str, tuple[str, Origin]]

    def origin(self, path: Path) -> Origin | None:
        """What a file came from; None where it is not as it was written.

        Parameters
        ----------
        path
            A file of the run folder.
        """
        digest, origin = self.tables.get(path.name, ("", {}))
        return origin if digest and digest == file_hash(path) else None


def file_hash(path: Path) -> str:
    """SHA-256 of a file; empty where there is none that can be read.

    Parameters
    ----------
    path
        The file.
    """
    try:
        return sha256_of(path)
    except OSError:
        return ""


def read_stamps(folder: Path) -> Stamps:
    """Stamps of a run folder; none where there is no file of them, or a damaged one.

    Parameters
    ----------
    folder
        The folder.
    """
    try:
        data = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        tables = {str(name): (str(item["sha256"]), _texts(item["of"])) for name, item in data["tables"].items()}
        return Stamps(study=_texts(data["study"]), tables=tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Stamps(study={}, tables={})


def stamp_study(folder: Path, study: Origin) -> None:
    """Say what a run folder is of from now on.

    Parameters
    ----------
    folder
        The folder.
    study
        Digests.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    _write(folder, replace(read_stamps(folder), study=dict(study)))


def stamp_tables(folder: Path, files: Iterable[str], origin: Origin) -> None:
    """Say what files came from that have just been written.

    Parameters
    ----------
    folder
        The run folder.
    files
        Their names.
    origin
        Digests.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    known = read_stamps(folder)
    made = {name: (file_hash(folder / name), dict(origin)) for name in files}
    _write(folder, replace(known, tables={**known.tables, **made}))


def set_aside(folder: Path, files: Iterable[str]) -> list[Path]:
    """Give another name to tables of a user's own that would be written over; what they are called now.

    A table of tasks that the folder holds is rramsim's, also where a run was killed before it was stamped.

    Parameters
    ----------
    folder
        The run folder.
    files
        Names of tables with a column of task ids.

    Raises
    ------
    WriteError
        A file cannot be renamed.
    """
    stamps, moved = read_stamps(folder), []
    for path in (folder / name for name in files):
        if not path.is_file() or stamps.origin(path) is not None or _of_tasks(path, folder / "tasks"):
            continue
        number = next(n for n in itertools.count(1) if not path.with_name(f"{path.name}.own{n}").exists())
        target = path.with_name(f"{path.name}.own{number}")
        try:
            path.rename(target)
        except OSError as error:
            raise WriteError(f"cannot rename {path}: {error.strerror or error}") from None
        moved.append(target)
    return moved


def _of_tasks(table: Path, tasks: Path) -> bool:
    """Whether every row of a table tells a task that was run here."""
    try:
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        ids = {row["task_id"] for row in rows}
        return bool(ids) and all(id.isalnum() and (tasks / f"{id}.json").is_file() for id in ids)
    except (OSError, ValueError, KeyError, AttributeError, csv.Error):
        return False


def _write(folder: Path, stamps: Stamps) -> None:
    tables = {name: {"sha256": digest, "of": dict(origin)} for name, (digest, origin) in sorted(stamps.tables.items())}
    data = {"study": dict(stamps.study), "tables": tables}
    write_atomic(folder / _FILE, json.dumps(data, indent=1, sort_keys=True) + "\n")


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()}
