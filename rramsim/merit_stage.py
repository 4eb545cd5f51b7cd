"""The figures of merit of a study as a stage of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from rramsim.abstract_workers import AbstractWorkers
from rramsim.ber.plan import Estimation, ngspice_version
from rramsim.ber.rehearsal import add_warnings, rehearse
from rramsim.ber.result import PointResult
from rramsim.errors import InputError, MissingExtraError
from rramsim.merit.catalog import FIGURES
from rramsim.merit.evaluator import Evaluator
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, Runs
from rramsim.runs.stamps import write_stamped
from rramsim.spice.executors import chosen_workers
from rramsim.study import Study, load_study
from rramsim.study.merits import merit_circuit, merit_identity
from rramsim.study.run_folder import claimed, keep_study
from rramsim.sweep_stage import Stage, silent
from rramsim.tables.merits import MERITS
from rramsim.tables.table import Table

logger = logging.getLogger(__name__)


def find_merit(
    study: Study | Path | str, name: str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Find a figure of merit that a study asks for; its tables, by name.

    Parameters
    ----------
    study
        A study, or the path of its file.
    name
        ``vmin``, ``balance`` or ``shmoo``: a section of its [merit].
    out, workers, scheduler, fresh, stage
        As for :func:`rramsim.pipeline.run`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`rramsim.pipeline.run`; also where the study does not ask for it.
    """
    study = study if isinstance(study, Study) else load_study(study)
    if name not in study.merit.asked:
        known = ", ".join(FIGURES)
        raise InputError(f"{study.told} asks for no {name!r}: add a section [merit.{name}]; there are {known}")
    with claimed(study, out) as folder, chosen_workers(workers, scheduler) as executor:
        merit_stage(study, folder, executor, [name], fresh=fresh, stage=stage, rehearsed=False)
        return {called: table.read(folder.path / table.file) for called, table in MERITS[name].items()}


def merit_stage(
    study: Study, folder: RunFolder, executor: AbstractWorkers, names: Iterable[str], *, fresh: bool, stage: Stage,
    rehearsed: bool,
) -> None:  # fmt: skip
    """Find figures of merit, write their tables, and draw them where the extra ``report`` is installed.

    Parameters
    ----------
    study
        The study, which asks for them.
    folder
        Its run folder, into which nobody else writes.
    executor
        Runs the simulations.
    names
        Which.
    fresh, stage
        As for :func:`rramsim.pipeline.run`.
    rehearsed
        Whether the circuit is known to be one that can be simulated, as after a sweep.

    Raises
    ------
    InputError, RramsimError
        As for :func:`rramsim.pipeline.run`.
    """
    if not (wanted := list(names)):
        return
    warnings: list[str] = []

    def warn(line: str) -> None:
        warnings.append(line)
        logger.warning("%s", line)

    if not rehearsed:
        rehearse(study.sweep, executor, tell=warn)  # what is wrong is told before anything is written
    version, identity = ngspice_version(executor), merit_identity(study)
    folder.prepare()
    keep_study(study, folder)
    made: dict[Table, pd.DataFrame] = {}
    for name in wanted:
        with stage(name, "points") as progress:
            tables = _found(study, folder, executor, name, ngspice=version, fresh=fresh, progress=progress, tell=warn)
        corners = tuple(FIGURES[name].found_at(tables[FIGURES[name].tables[0]]))
        if corners:
            rehearse(replace(study.sweep, corners=corners), executor, tell=warn)
        key = f"merit.{name}"
        origin = {key: identity[key], "ngspice": version}
        write_stamped(folder.path, {table.file: table.text(frame) for table, frame in tables.items()}, origin)
        made |= tables
        add_warnings(folder.path, warnings)
    _draw(study, folder, made)


def _found(
    study: Study, folder: RunFolder, executor: AbstractWorkers, name: str, *, ngspice: str, fresh: bool,
    progress: Progress, tell: Callable[[str], None],
) -> dict[Table, pd.DataFrame]:  # fmt: skip
    runs: Runs[PointResult] = Runs(executor, folder, progress=progress, fresh=fresh)
    section = getattr(study.merit, name)

    made: list[Evaluator] = []

    def evaluator(estimation: Estimation, common: bool) -> Evaluator:
        made.append(
            Evaluator(
                estimation,
                seed=study.study.seed,
                ngspice=ngspice,
                runs=runs,
                folder=folder,
                common=common,
                cells=section.cells,
            )
        )  # fmt: skip
        return made[-1]

    found = FIGURES[name].find(section, merit_circuit(study).of(section.cells), evaluator)
    beyond: dict[str, dict[str, None]] = {}
    for cell, sources in (item for one in made for item in one.extrapolated.items()):
        beyond.setdefault(cell, {}).update(sources)
    for cell, sources in beyond.items():
        told = f"{name}: some of the rates of {cell} that were looked at lie beyond the data of {', '.join(sources)}"
        tell(f"{told}; they rest on the model of the tail")
    return found


def _draw(study: Study, folder: RunFolder, made: dict[Table, pd.DataFrame]) -> None:
    try:
        from rramsim.report.html import write_figures
        from rramsim.report.sections.merit import drawn
    except MissingExtraError as error:
        logger.warning("no figures: %s", error)
    else:
        names = {table: name for tables in MERITS.values() for name, table in tables.items()}
        write_figures(folder.path, drawn({names[table]: frame for table, frame in made.items()}, study.alphabets))
