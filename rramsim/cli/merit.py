"""Figures of merit as the command line finds them: their rows, and where their tables are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rramsim.cli.progress import stage
from rramsim.cli.stages import given_study
from rramsim.study.run_folder import folder_path
from rramsim.tables.merits import MERITS


def run_merit(
    path: Path, out: Path | str | None, name: str, *, workers: int | None, scheduler: str | None, fresh: bool
) -> Iterator[str]:
    """Find a figure of merit; what it is in a line each, then the paths of its tables.

    Parameters
    ----------
    path, out, workers, scheduler, fresh
        As for :func:`rramsim.cli.stages.run_all`.
    name
        Which.

    Raises
    ------
    InputError, RramsimError
        As for :func:`rramsim.merit_stage.find_merit`.
    """
    study = given_study(path)
    from rramsim.merit.catalog import FIGURES
    from rramsim.merit_stage import find_merit

    tables = find_merit(study, name, out=out, workers=workers, scheduler=scheduler, fresh=fresh, stage=stage)
    yield from FIGURES[name].told(tables[name])
    for table in MERITS[name].values():
        yield f"{table.kind}: {folder_path(study, out) / table.file}"
