"""The stages of a study, each writing into its run folder: what the command line and a notebook call."""

from __future__ import annotations

import logging
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from rramsim.eqprop_stage import Deployment, keep_learning
from rramsim.errors import InputError
from rramsim.map_stage import map_stage
from rramsim.merit_stage import merit_stage
from rramsim.report.run_data import RunData, check_left, load_run
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.runs.stamps import Origin, write_stamped
from rramsim.spice.executors import chosen_workers
from rramsim.study import Study, load_study
from rramsim.study.injected import Injected, check_swept, read_injected
from rramsim.study.mapped import read_reads, write_mapping
from rramsim.study.run_folder import claimed, keep_study
from rramsim.sweep_stage import Stage, silent, sweep_stage
from rramsim.tables.accuracy import ACCURACY

if TYPE_CHECKING:
    from rramsim.nn.abstract_network import AbstractNetwork
    from rramsim.nn.accuracy_task import AccuracyResult

logger = logging.getLogger(__name__)


def run(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent, command: str = "rramsim.run",
    longest: float | None = None,
) -> RunData:  # fmt: skip
    """Sweep, find figures of merit, train, inject, map and report; networks without data are mapped only.

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
    _tell_mapped(study)
    _check_networks(study)
    check_swept(study)
    with claimed(study, out) as folder:
        if not study.measured:  # then it stays as it is
            check_left(folder.path)
        with chosen_workers(workers, scheduler) as executor:
            sweep_stage(study, folder, executor, fresh=fresh, stage=stage, command=command, longest=longest)
            merit_stage(study, folder, executor, study.merit.asked, fresh=fresh, stage=stage, rehearsed=True)
            networks: dict[str, AbstractNetwork] = {}
            if study.measured:
                networks = _inject(study, folder, executor, read_injected(study, folder.path), fresh=fresh, stage=stage)
            if study.networks:
                write_mapping(study, folder.path, networks, read_reads(study, folder.path))
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
        with chosen_workers(workers, scheduler) as executor:
            sweep_stage(study, folder, executor, fresh=fresh, stage=stage, command=command, longest=longest)
    return load_run(folder.path)


def inject(
    study: Study | Path | str, *, out: Path | str | None = None, workers: int | None = None,
    scheduler: str | None = None, fresh: bool = False, stage: Stage = silent,
) -> pd.DataFrame:  # fmt: skip
    """Train or load the networks of a study, measure their accuracy under errors, and map them into arrays.

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
        reads = read_reads(study, folder.path)
        with chosen_workers(workers, scheduler) as executor:
            networks = _inject(study, folder, executor, ber, fresh=fresh, stage=stage)
        write_mapping(study, folder.path, networks, reads)
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
        met = any(network.errors_at for network in study.networks)
        ber = read_injected(study, folder.path).table if met else None
        with chosen_workers(workers, scheduler) as executor:
            networks = _train(study, folder, executor, ber, fresh=fresh, stage=stage)
        keep_study(study, folder)
        keep_learning(study, folder, networks, _named_networks(study))
        return keep_networks(folder.path, networks.values(), _named_networks(study))


def map_networks(study: Study | Path | str, *, out: Path | str | None = None) -> pd.DataFrame:
    """Map the networks of a study into arrays: devices, memory, reads and, after a sweep, energy of an inference.

    Nothing is swept or trained: of a network that is not trained, the shapes are mapped. Floor plans are drawn into
    ``figures/`` where the extra ``report`` is installed.

    Parameters
    ----------
    study, out
        As for :func:`run`.

    Returns
    -------
    pandas.DataFrame
        The table ``mapping.csv``; energies are in ``energy.csv``.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run`; also where the study names no network.
    """
    study = _study(study)
    _check_networks(_named(study))
    with claimed(study, out) as folder:
        return map_stage(study, folder)


def _study(study: Study | Path | str) -> Study:
    return study if isinstance(study, Study) else load_study(study)


def _networks_study(given: Study | Path | str) -> Study:
    study = _named(_study(given))
    if not study.measured:
        raise InputError(f"{study.told}: no network has a dataset; what has an input_shape is mapped: rramsim map")
    _tell_mapped(study)
    _check_networks(study)
    return study


def _tell_mapped(study: Study) -> None:
    names = [network.name for network in study.networks if not network.has_data]
    if names:
        logger.warning("without a dataset, so mapped alone, not trained and not measured: %s", ", ".join(names))


def _named(study: Study) -> Study:
    if not study.networks:
        raise InputError(f"{study.told} names no network; add a [[network]] table")
    return study


def _inject(
    study: Study, folder: RunFolder, executor: Executor, ber: Injected, *, fresh: bool, stage: Stage
) -> dict[str, AbstractNetwork]:
    from rramsim.nn.cases import Errors
    from rramsim.nn.injection import inject_networks
    from rramsim.nn.kept import keep_networks

    networks = _train(study, folder, executor, ber.table, fresh=fresh, stage=stage)
    keep_study(study, folder)
    keep_learning(study, folder, networks, _named_networks(study))
    keep_networks(folder.path, networks.values(), _named_networks(study))
    errors = Errors(ber=ber.table, causes=ber.causes, rows=study.array.weight_rows)
    deployment = Deployment(study, networks, errors) if study.eqprop else None
    with stage("inject", "accuracies") as progress:
        runs: Runs[AccuracyResult] = Runs(executor, folder, progress=progress, fresh=fresh)
        measured = inject_networks(
            networks, errors, study.injection, runs, cells=study.network_cells, seed=study.study.seed
        )
        if deployment is not None:
            deployment.measure(runs)
    used = {f"network:{name}": network.hash for name, network in networks.items()}
    origin = {"ber": ber.digest, **_named_networks(study), **used}
    write_stamped(folder.path, {table.file: table.text(frame) for table, frame in measured.tables}, origin)
    if deployment is not None:
        deployment.write(folder, executor, origin, fresh=fresh, stage=stage)
    return networks


def _train(
    study: Study, folder: RunFolder, executor: Executor, ber: pd.DataFrame | None, *, fresh: bool, stage: Stage
) -> dict[str, AbstractNetwork]:
    from rramsim.nn.kept import states_of_training
    from rramsim.nn.trained import train_networks

    folder.prepare()
    with stage("train", "networks") as progress, states_of_training(folder.path, fresh=fresh):
        runs: Runs[AbstractNetwork] = Runs(executor, folder, progress=progress, fresh=fresh)
        kept = None if fresh else folder.path
        return train_networks(study.measured, runs, seed=study.study.seed, folder=study.folder, kept=kept, ber=ber)


def _named_networks(study: Study) -> Origin:
    """Of tables of the networks that the study names."""
    return {"injection": study.identity["injection"]}


def _check_networks(study: Study) -> None:
    """Say that torch or a data set is missing, or a file wrong, before anything is written and not after minutes."""
    if study.measured:
        from rramsim.nn.needs import check_needs

        check_needs(study.measured, folder=study.folder)
