"""The run folder of a study: which one it is, and the copy of the study that it keeps."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from rramsim.errors import MissingResourceError, OutputError
from rramsim.files import write_atomic
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
    if kept.is_file() and kept.resolve() != study.file:
        section = read_toml(kept).get("study")
        other = section.get("name") if isinstance(section, dict) else None
        if other != study.study.name:
            raise OutputError(f"{folder.path} holds the results of another study ({other!r}): choose another --out")
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
    if not (study.file and kept.exists() and kept.samefile(study.file)):  # a study's own file is never written
        write_atomic(kept, tomli_w.dumps(study.resolved()))


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
    if not path.is_file():
        reason = "holds no study.toml" if folder.path.is_dir() else "does not exist"
        raise MissingResourceError(f"{folder.path} is no run folder: it {reason}")
    return load_study(path)
