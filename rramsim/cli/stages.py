"""The stages of a study as the command line runs them: with progress shown, and the command kept.

They are imported when the study has been checked: that takes a second, and what is wrong with a file is told at once.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from rramsim.cli.progress import stage
from rramsim.errors import InputError
from rramsim.study import Study, load_study, parse_study
from rramsim.study.run_folder import folder_path
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.ber import BER
from rramsim.tables.mapping import MAPPING

_A_DAY = 86400.0  # [s]


def given_study(path: Path) -> Study:
    """The study that a command is given.

    Parameters
    ----------
    path
        Its file, which is read once and so may be a pipe; ``-`` for standard input.

    Raises
    ------
    MissingResourceError
        No such file.
    StudyError
        It cannot be read, or holds something that cannot be used; every problem is listed.
    InputError
        Standard input cannot be read.
    """
    if path != Path("-"):
        return load_study(path)
    try:
        content = sys.stdin.buffer.read()
    except OSError as error:
        raise InputError(f"standard input cannot be read: {error.strerror}") from None
    return parse_study(content, told="standard input")


def run_all(
    path: Path, out: Path | str | None, *, workers: int | None, scheduler: str | None, fresh: bool, yes: bool = False
) -> Path:
    """Sweep, characterise, train, inject and report; the report's path.

    Parameters
    ----------
    path
        Study file; ``-`` for standard input.
    out
        Run folder; None for ``runs/NAME`` of the study.
    workers
        Worker processes on this machine, above 0; None for one a core. Not together with ``scheduler``.
    scheduler
        Address of a Dask scheduler, as ``tcp://node1:8786``; None to work on this machine.
    fresh
        Whether to run again what the run folder holds.
    yes
        Whether to begin a sweep that will take more than a day.

    Raises
    ------
    InputError
        The study, the run folder or the options cannot be used; no simulation was begun.
    RramsimError
        A stage failed, or an optional package is missing; what was finished is kept.
    """
    study = given_study(path)
    from rramsim import pipeline

    done = pipeline.run(
        study, out=out, workers=workers, scheduler=scheduler, fresh=fresh, stage=stage, command=_command(),
        longest=None if yes else _A_DAY,
    )  # fmt: skip
    return done.path / "report.html"


def run_sweep(
    path: Path, out: Path | str | None, *, workers: int | None, scheduler: str | None, fresh: bool, yes: bool = False
) -> Path:
    """Sweep and characterise; the BER table's path.

    Parameters
    ----------
    path, out, workers, scheduler, fresh, yes
        As for :func:`run_all`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run_all`.
    """
    study = given_study(path)
    from rramsim import pipeline

    done = pipeline.sweep(
        study, out=out, workers=workers, scheduler=scheduler, fresh=fresh, stage=stage, command=_command(),
        longest=None if yes else _A_DAY,
    )  # fmt: skip
    return done.path / BER.file


def run_inject(path: Path, out: Path | str | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> Path:
    """Train or load the networks and inject; the accuracy table's path.

    Parameters
    ----------
    path, out, workers, scheduler, fresh
        As for :func:`run_all`. The run folder must hold a BER table, unless the study gives a ladder of rates.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run_all`; also where the study names no network, or the BER table is missing or wrong.
    """
    study = given_study(path)
    from rramsim import pipeline

    pipeline.inject(study, out=out, workers=workers, scheduler=scheduler, fresh=fresh, stage=stage)
    return folder_path(study, out) / ACCURACY.file


def run_train(
    path: Path, out: Path | str | None, *, workers: int | None, scheduler: str | None, fresh: bool
) -> list[Path]:
    """Train the networks; their paths.

    Parameters
    ----------
    path, out, workers, scheduler, fresh
        As for :func:`run_all`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run_all`; also where the study names no network.
    """
    study = given_study(path)
    from rramsim import pipeline

    return pipeline.train(study, out=out, workers=workers, scheduler=scheduler, fresh=fresh, stage=stage)


def run_map(path: Path, out: Path | str | None) -> Iterator[str]:
    """Map the networks into arrays; a line on each, then the table's path.

    Parameters
    ----------
    path, out
        As for :func:`run_all`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run_all`; also where the study names no network.
    """
    study = given_study(path)
    from rramsim import pipeline
    from rramsim.nn.mapping.table import told

    yield from told(pipeline.map_networks(study, out=out))
    yield f"mapping: {folder_path(study, out) / MAPPING.file}"


def _command() -> str:
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
