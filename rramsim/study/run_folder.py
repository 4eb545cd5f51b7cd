"""The run folder of a study: which one it is, and the copy of the study that it keeps."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from rramsim.errors import MissingResourceError, OutputError
from rramsim.files import exists, is_file, is_folder, write_atomic
from rramsim.runs.folder import RunFolder
from rramsim.study.study import Study, load_study
from rramsim.validation import read_toml

STUDY_FILE = "study.toml"


def folder_path(study: Study, out: Path | str | None) -> Path:
    """Run folder of a study.

    Parameters
    ----------
    study, out
        As for :func:`prepare`.
    """
    return Path(out) if out is not None else Path("runs") / study.study.name


def prepare(study: Study, out: Path | str | None) -> RunFolder:
    """Make the run folder of a study.

    Parameters
    ----------
    study
        The study.
    out
        Run folder; None for ``runs/NAME`` of the study.

    Raises
    ------
    OutputError
        The folder holds another study's results, or cannot be written.
    """
    folder = RunFolder(folder_path(study, out))
    kept = folder.path / STUDY_FILE
    if is_file(kept) and not _is_own(study, kept):
        section = read_toml(kept).get("study")
        other = section.get("name") if isinstance(section, dict) else None
        if other != study.study.name:
            raise OutputError(f"{folder.path} holds the results of another study ({other!r}): choose another --out")
    study.resolved()  # what has no absolute path is told before anything is written
    folder.prepare()
    return folder


def keep_study(study: Study, folder: RunFolder) -> None:
    """Keep a copy of a study as resolved: what comes into its run folder from now on is of this study.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, prepared.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    kept = folder.path / STUDY_FILE
    if not _is_own(study, kept):  # a study's own file is never written
        write_atomic(kept, tomli_w.dumps(study.resolved()))


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
