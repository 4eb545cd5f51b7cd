"""The stages of a study, each writing into its run folder: what the command line and a notebook call."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from rramsim.abstract_workers import AbstractWorkers
from rramsim.ber.nominal import write_nominal
from rramsim.ber.outlook import duration, outlook
from rramsim.ber.plan import ngspice_version
from rramsim.ber.rehearsal import Rehearsal, rehearse, write_warnings
from rramsim.ber.sweep import sweep as sweep_corners
from rramsim.corners import typical_corner
from rramsim.errors import InputError
from rramsim.report.provenance import write_provenance
from rramsim.report.run_data import RunData, check_left, load_run
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, Runs, unheard
from rramsim.runs.stamps import write_stamped
from rramsim.spice.cluster import cluster_workers
from rramsim.spice.workers import local_workers
from rramsim.study import Study, load_study
from rramsim.study.injected import Injected, check_swept, read_injected
from rramsim.study.run_folder import claimed, keep_study
from rramsim.tables.accuracy import ACCURACY

if TYPE_CHECKING:
    from rramsim.nn.network import StoredNetwork

logger = logging.getLogger(__name__)

# Given the name of a stage and what is counted in it: where its progress is told.
Stage = Callable[[str, str], AbstractContextManager[Progress]]


def silent(_name: str, _unit: str) -> AbstractContextManager[Progress]:
    """A stage that nobody wants to hear of."""
    return nullcontext(unheard)


def run(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent, command: str = "rramsim.run",
    longest: float | None = None,
) -> RunData:  # fmt: skip
    """Sweep, train, inject and report.

    Parameters
    ----------
    study
        A study, or the path of its file.
    out
        Run folder; None for ``runs/NAME`` of the study.
    workers
        Worker processes on this machine, above 0; None for one a core. Not together with ``scheduler``.
    scheduler
        Address of a Dask scheduler, as ``tcp://node1:8786``; None to work on this machine.
    fresh
        Whether to run again what the run folder holds.
    stage
        Told how each stage gets on; silent by default.
    command
        For ``provenance.json``: what was called.
    longest
        Refuse a sweep that will take longer [s], by what one simulation takes; None for as long as it takes.

    Returns
    -------
    RunData
        The tables of the run.

    Raises
    ------
    InputError
        The study, the run folder or the options cannot be used; no simulation was begun.
    RramsimError
        A stage failed, or an optional package is missing; what was finished is kept.
    """
    from rramsim.report import html  # what it lacks is told before any work

    study = _study(study)
    _check_networks(study)
    check_swept(study)
    with claimed(study, out) as folder:
        if not study.network:  # then it stays as it is
            check_left(folder.path)
        with _workers(workers, scheduler) as executor:
            _sweep(study, folder, executor, fresh=fresh, stage=stage, command=command, longest=longest)
            if study.network:
                _inject(study, folder, executor, read_injected(study, folder.path), fresh=fresh, stage=stage)
        with stage("report", "parts") as progress:
            progress(0, 1)
            html.make_report(folder.path)
            progress(1, 1)
    return load_run(folder.path)


def sweep(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent, command: str = "rramsim.sweep",
    longest: float | None = None,
) -> RunData:  # fmt: skip
    """Sweep the corners of a study, and simulate typical devices.

    Parameters
    ----------
    study, out, workers, scheduler, fresh, stage, command, longest
        As for :func:`run`.

    Returns
    -------
    RunData
        The tables of the run, as ``ber`` and ``reads``.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run`.
    """
    study = _study(study)  # a wrong one is told before anything is started
    with claimed(study, out) as folder:
        check_left(folder.path)
        with _workers(workers, scheduler) as executor:
            _sweep(study, folder, executor, fresh=fresh, stage=stage, command=command, longest=longest)
    return load_run(folder.path)


def inject(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent,
) -> pd.DataFrame:  # fmt: skip
    """Train or load the networks of a study, and measure their accuracy under errors.

    Parameters
    ----------
    study, out, workers, scheduler, fresh, stage
        As for :func:`run`. The run folder must hold a BER table, unless the study gives a ladder of rates.

    Returns
    -------
    pandas.DataFrame
        The table ``accuracy.csv``.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run`; also where the study names no network, or the BER table is missing or wrong.
    """
    study = _networks_study(study)
    with claimed(study, out) as folder:
        ber = read_injected(study, folder.path)  # a wrong one is told before anything is written
        with _workers(workers, scheduler) as executor:
            _inject(study, folder, executor, ber, fresh=fresh, stage=stage)
    return ACCURACY.read(folder.path / ACCURACY.file)


def train(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent,
) -> list[Path]:  # fmt: skip
    """Train the networks of a study and save them; their paths.

    Parameters
    ----------
    study, out, workers, scheduler, fresh, stage
        As for :func:`run`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run`; also where the study names no network.
    """
    from rramsim.nn.kept import keep_networks

    study = _networks_study(study)
    with claimed(study, out) as folder:
        met = any(network.errors_at for network in study.network)
        ber = read_injected(study, folder.path).table if met else None
        with _workers(workers, scheduler) as executor:
            networks = _train(study, folder, executor, ber, fresh=fresh, stage=stage)
        keep_study(study, folder)
        return keep_networks(folder.path, networks.values())


def _study(study: Study | Path | str) -> Study:
    return study if isinstance(study, Study) else load_study(study)


def _networks_study(given: Study | Path | str) -> Study:
    study = _study(given)
    if not study.network:
        raise InputError(f"{study.told} names no network; add a [[network]] table")
    _check_networks(study)
    return study


def _workers(count: int | None, scheduler: str | None) -> AbstractContextManager[AbstractWorkers]:
    """What runs a sweep: processes here, or a Dask cluster. Entered before anything is written.

    Raises
    ------
    InputError
        Both were asked for.
    """
    if scheduler is None:
        return local_workers(count)
    if count is not None:
        raise InputError("--workers and --scheduler exclude each other: a cluster has the workers it has")
    return cluster_workers(scheduler)


def _sweep(
    study: Study, folder: RunFolder, executor: AbstractWorkers, *, fresh: bool, stage: Stage, command: str,
    longest: float | None,
) -> None:  # fmt: skip
    rehearsal = _rehearsed(study, executor, longest)  # what is wrong is told before anything is written
    version = ngspice_version(executor)
    folder.prepare()
    write_warnings(folder.path, rehearsal.warnings)
    keep_study(study, folder, ngspice=version)  # from here on, what an earlier study left is told from this one's
    write_provenance(study, folder.path, ngspice=version, command=command)
    with stage("sweep", "points") as progress:
        sweep_corners(study.sweep, folder, executor, progress=progress, fresh=fresh)
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


def _inject(study: Study, folder: RunFolder, executor: Executor, ber: Injected, *, fresh: bool, stage: Stage) -> None:
    from rramsim.nn.cases import Errors
    from rramsim.nn.injection import inject_networks
    from rramsim.nn.kept import keep_networks

    networks = _train(study, folder, executor, ber.table, fresh=fresh, stage=stage)
    keep_study(study, folder)
    keep_networks(folder.path, networks.values())
    with stage("inject", "accuracies") as progress:
        measured = inject_networks(
            networks,
            Errors(ber=ber.table, causes=ber.causes, rows=study.array.weight_rows),
            study.injection,
            Runs(executor, folder, progress=progress, fresh=fresh),
            cells=study.network_cells,
            seed=study.study.seed,
        )
    used = {f"network:{name}": network.hash for name, network in networks.items()}
    origin = {"ber": ber.digest, "injection": study.identity["injection"], **used}
    write_stamped(folder.path, {table.file: table.text(frame) for table, frame in measured.tables}, origin)


def _train(
    study: Study, folder: RunFolder, executor: Executor, ber: pd.DataFrame | None, *, fresh: bool, stage: Stage
) -> dict[str, StoredNetwork]:
    from rramsim.nn.kept import states_of_training
    from rramsim.nn.trained import train_networks

    folder.prepare()
    with stage("train", "networks") as progress, states_of_training(folder.path, fresh=fresh):
        runs: Runs[StoredNetwork] = Runs(executor, folder, progress=progress, fresh=fresh)
        kept = None if fresh else folder.path
        return train_networks(study.network, runs, seed=study.study.seed, folder=study.folder, kept=kept, ber=ber)


def _check_networks(study: Study) -> None:
    """Say that torch or a data set is missing, or a file wrong, before anything is written and not after minutes."""
    if study.network:
        from rramsim.nn.needs import check_needs

        check_needs(study.network, folder=study.folder)
