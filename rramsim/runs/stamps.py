"""What each file of a run folder came from, so that what does not belong together is never joined.

``stamps.json`` holds the SHA-256 of each file as it was written, and its origin; and what the folder is of now. A file
without a stamp, or with that of other content, is taken for a user's own, and is never written over. So a file is
stamped before it is written, and until then has the stamp of what it replaces too: a run may be killed in between.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rramsim.errors import WriteError
from rramsim.files import sha256_of, write_atomic

_FILE = "stamps.json"

# Digests by what they are of.
Origin = Mapping[str, str]

# SHA-256 of a file as it was written, and its origin.
Stamp = tuple[str, Origin]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamps:
    """Stamps of a run folder.

    Parameters
    ----------
    folder
        The folder.
    study
        What the folder is of now; empty where nobody said so.
    files
        Stamps of files by their paths in the folder; a second one of what a file is just being written in place of.
    """

    folder: Path
    study: Origin
    files: Mapping[str, tuple[Stamp, ...]]

    def origin(self, path: Path) -> Origin | None:
        """What a file came from; None where it is not as it was written.

        Parameters
        ----------
        path
            A file of the run folder.
        """
        stamp = self.stamp(path.relative_to(self.folder).as_posix())
        return None if stamp is None else stamp[1]

    def stamp(self, name: str) -> Stamp | None:
        """Stamp that holds for a file; None where there is none.

        Parameters
        ----------
        name
            Its path in the folder.
        """
        digest = file_hash(self.folder / name)
        return next((stamp for stamp in self.files.get(name, ()) if digest and stamp[0] == digest), None)


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


def text_hash(text: str) -> str:
    """SHA-256 that a file of a text will have.

    Parameters
    ----------
    text
        The text.
    """
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_stamps(folder: Path) -> Stamps:
    """Stamps of a run folder; none where there is no file of them, or a damaged one.

    Parameters
    ----------
    folder
        The folder.
    """
    try:
        data = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        files = {str(name): tuple(_read(item)) for name, item in data["tables"].items()}
        return Stamps(folder=folder, study=_texts(data["study"]), files=files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Stamps(folder=folder, study={}, files={})


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
    _write(replace(read_stamps(folder), study=dict(study)))


def write_stamped(folder: Path, files: Mapping[str, str | bytes], origin: Origin) -> None:
    """Write files and say what they came from; what a user has put in their place gets another name.

    Parameters
    ----------
    folder
        The run folder.
    files
        What to write, by paths in the folder; text becomes UTF-8.
    origin
        Digests.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    known = read_stamps(folder)
    content = {name: text.encode("utf-8") if isinstance(text, str) else text for name, text in files.items()}
    made: dict[str, Stamp] = {name: (hashlib.sha256(data).hexdigest(), dict(origin)) for name, data in content.items()}
    replaced = {name: stamp for name in files if (stamp := known.stamp(name)) is not None and stamp[0] != made[name][0]}
    both = {name: (stamp, replaced[name]) if name in replaced else (stamp,) for name, stamp in made.items()}
    stamped = replace(known, files={**known.files, **both})
    _write(stamped)
    set_aside(folder, files)
    for name, data in content.items():
        if file_hash(folder / name) != made[name][0]:
            write_atomic(folder / name, data)
    if replaced:
        _write(replace(stamped, files={**stamped.files, **{name: (stamp,) for name, stamp in made.items()}}))


def set_aside(folder: Path, files: Iterable[str]) -> None:
    """Give another name to files of a user's own that would be written over or removed, and tell it.

    Parameters
    ----------
    folder
        The run folder.
    files
        Paths in it.

    Raises
    ------
    WriteError
        A file cannot be renamed.
    """
    stamps = read_stamps(folder)
    for name in files:
        path = folder / name
        if not path.is_file() or stamps.stamp(name) is not None:
            continue
        number = next(n for n in itertools.count(1) if not path.with_name(f"{path.name}.own{n}").exists())
        target = path.with_name(f"{path.name}.own{number}")
        try:
            path.rename(target)
        except OSError as error:
            raise WriteError(f"cannot rename {path}: {error.strerror or error}") from None
        logger.warning("a file of your own is now called %s: %s is written by rramsim", target, path)


def _write(stamps: Stamps) -> None:
    files = {name: _plain(*found) for name, found in sorted(stamps.files.items())}
    data = {"study": dict(stamps.study), "tables": files}
    write_atomic(stamps.folder / _FILE, json.dumps(data, indent=1, sort_keys=True) + "\n")


def _plain(stamp: Stamp, *replaced: Stamp) -> dict[str, Any]:
    before = {"before": _plain(*replaced)} if replaced else {}
    return {"sha256": stamp[0], "of": dict(stamp[1]), **before}


def _read(item: Mapping[str, Any]) -> Iterator[Stamp]:
    yield str(item["sha256"]), _texts(item["of"])
    if "before" in item:
        yield str(item["before"]["sha256"]), _texts(item["before"]["of"])


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in data.items()}
