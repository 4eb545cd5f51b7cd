"""The sweep of a study as a stage, and what a stage tells of its progress."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from rramsim.abstract_workers import AbstractWorkers
from rramsim.ber.nominal import write_nominal
from rramsim.ber.outlook import duration, outlook
from rramsim.ber.plan import ngspice_version
from rramsim.ber.rehearsal import Rehearsal, rehearse, write_warnings
from rramsim.ber.sweep import sweep
from rramsim.corners import typical_corner
from rramsim.errors import InputError
from rramsim.report.provenance import write_provenance
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, unheard
from rramsim.study import Study
from rramsim.study.run_folder import keep_study

logger = logging.getLogger(__name__)

# Given the name of a stage and what is counted in it: where its progress is told.
Stage = Callable[[str, str], AbstractContextManager[Progress]]


def silent(_name: str, _unit: str) -> AbstractContextManager[Progress]:
    """A stage that nobody wants to hear of."""
    return nullcontext(unheard)


def sweep_stage(
    study: Study, folder: RunFolder, executor: AbstractWorkers, *, fresh: bool, stage: Stage, command: str,
    longest: float | None,
) -> None:  # fmt: skip
    """Rehearse, sweep, and simulate typical devices.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, into which nobody else writes.
    executor
        Runs the simulations.
    fresh, stage, command, longest
        As for :func:`rramsim.pipeline.run`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`rramsim.pipeline.run`.
    """
    rehearsal = _rehearsed(study, executor, longest)  # what is wrong is told before anything is written
    version = ngspice_version(executor)
    folder.prepare()
    write_warnings(folder.path, rehearsal.warnings)
    keep_study(study, folder, ngspice=version)  # from here on, what an earlier study left is told from this one's
    write_provenance(study, folder.path, ngspice=version, command=command)
    with stage("sweep", "points") as progress:
        found = sweep(study.sweep, folder, executor, progress=progress, fresh=fresh)
    for line in found.warnings:
        logger.warning("%s", line)
    write_warnings(folder.path, (*rehearsal.warnings, *found.warnings))
    with stage("waveforms", "parts") as progress:
        corner = typical_corner(study.corners.grid)
        origin = study.sweep.origin(ngspice=version)
        write_nominal(study.benches, corner, folder, executor, origin=origin, progress=progress)


def _rehearsed(study: Study, executor: AbstractWorkers, longest: float | None) -> Rehearsal:
    """Simulate typical devices, tell what was found and what the sweep will cost.

    Raises
    ------
    InputError
        Something cannot be simulated, or all will take longer than ``longest`` [s].
    """
    rehearsal = rehearse(study.sweep, executor, tell=logger.warning)
    found = outlook(study.sweep, rehearsal.seconds, executor.count)
    logger.info("expected: %s", found)
    if longest is not None and found.seconds > longest:
        message = f"expected: {found}, more than {duration(longest)}: say --yes to begin all the same, or ask for less"
        raise InputError(message)
    return rehearsal
