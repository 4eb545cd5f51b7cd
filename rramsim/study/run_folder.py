"""The run folder of a study: which one it is, and the copy of the study that it keeps."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import tomli_w

from rramsim.errors import InputError, MissingResourceError, OutputError
from rramsim.files import exists, is_file, is_folder, write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.runs.lock import locked
from rramsim.runs.stamps import read_stamps, stamp_study
from rramsim.study.study import Study, load_study
from rramsim.validation import read_toml

STUDY_FILE = "study.toml"
_INJECTED = ("network", "eqprop", "array", "injection")
_NOT_SWEPT = (*_INJECTED, "merit")  # sections that no sweep asks for


def folder_path(study: Study, out: Path | str | None) -> Path:
    """Run folder of a study.

    Parameters
    ----------
    study, out
        As for :func:`claimed`.

    Raises
    ------
    InputError
        The path is empty, as of a variable of a shell that is not set.
    """
    if out == "":
        raise InputError("the run folder's path is empty; '.' is the current folder")
    return Path(out) if out is not None else Path("runs") / study.study.name


@contextmanager
def claimed(study: Study, out: Path | str | None) -> Iterator[RunFolder]:
    """The run folder of a study, into which nobody else writes meanwhile; made if there is none.

    One that was made for nothing, because the block failed before it wrote anything, is removed.

    Parameters
    ----------
    study
        The study.
    out
        Run folder; None for ``runs/NAME`` of the study.

    Raises
    ------
    OutputError
        The folder holds another study's results, or something else where files are written; another process writes into
        it, or it cannot be written.
    """
    folder = RunFolder(folder_path(study, out))
    study.resolved()  # what has no absolute path is told before anything is written
    made = [path for path in (folder.path, *folder.path.parents) if not exists(path)]
    try:
        folder.make()
        with locked(folder.path):
            folder.check()
            _check_name(study, folder.path / STUDY_FILE)
            yield folder
    except BaseException:
        with suppress(OSError):
            for path in made:
                path.rmdir()
        raise


def _check_name(study: Study, kept: Path) -> None:
    if is_file(kept) and not _is_own(study, kept):
        section = read_toml(kept).get("study")
        other = section.get("name") if isinstance(section, dict) else None
        if other != study.study.name:
            raise OutputError(f"{kept.parent} holds the results of another study ({other!r}): choose another --out")


def keep_study(study: Study, folder: RunFolder, *, ngspice: str | None = None) -> None:
    """Keep a copy of a study as resolved: what comes into its run folder from now on is of this study.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, prepared.
    ngspice
        Version of ngspice that is going to sweep it; None for the one that did, if any.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    kept, identity = folder.path / STUDY_FILE, study.identity
    before = read_stamps(folder.path).study
    if ngspice is None and before.get("sweep") == identity["sweep"]:
        ngspice = before.get("ngspice")
    own = _is_own(study, kept)  # is never written
    text = kept.read_text(encoding="utf-8-sig") if own else tomli_w.dumps(study.resolved())
    # Stamped first: a run that is killed here leaves tables that are told from those of the study.
    data = tomllib.loads(text)
    content = {"content": swept_content(data), "injected": injected_content(data)}
    stamp_study(folder.path, identity | content | ({} if ngspice is None else {"ngspice": ngspice}))
    if not own:
        write_atomic(kept, text)


def swept_content(data: Mapping[str, Any]) -> str:
    """Digest of what a study file says of the sweep, however it is laid out.

    Parameters
    ----------
    data
        What the file holds.
    """
    said = {key: value for key, value in data.items() if key not in _NOT_SWEPT}
    section = said.get("study")
    if isinstance(section, dict):
        said["study"] = {key: value for key, value in section.items() if key != "title"}
    return _digest(said)


def injected_content(data: Mapping[str, Any]) -> str:
    """Digest of what a study file says of networks and injection, however it is laid out.

    Parameters
    ----------
    data
        What the file holds.
    """
    return _digest({key: data[key] for key in _INJECTED if key in data})


def _digest(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _is_own(study: Study, kept: Path) -> bool:
    """Whether the copy of a study is its own file."""
    return study.file is not None and is_file(kept) and exists(study.file) and kept.samefile(study.file)


def load_run_study(folder: RunFolder) -> Study:
    """Study of a run folder.

    Parameters
    ----------
    folder
        The folder.

    Raises
    ------
    MissingResourceError
        There is no such folder, or it holds no study.
    StudyError
        The study cannot be used.
    """
    path = folder.path / STUDY_FILE
    if not is_file(path):
        reason = "holds no study.toml" if is_folder(folder.path) else "does not exist"
        raise MissingResourceError(f"{folder.path} is no run folder: it {reason}")
    return load_study(path)
