"""The stages of a study, each writing into its run folder."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pandas as pd
import tomli_w

from rramsim.ber.plan import ngspice_version
from rramsim.ber.sweep import sweep
from rramsim.cli.progress import Report, stage
from rramsim.corners import typical_corner
from rramsim.errors import InputError, OutputError
from rramsim.files import write_atomic
from rramsim.report.provenance import write_provenance
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.spice.cluster import cluster_workers
from rramsim.spice.workers import local_workers
from rramsim.study import Study, load_study
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.ber import BER, read_ber
from rramsim.tables.table import Table
from rramsim.validation import read_toml

if TYPE_CHECKING:
    from rramsim.nn.storage import StoredNetwork

P = ParamSpec("P")
T = TypeVar("T")


def run_all(path: Path, out: Path | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> Path:
    """Sweep, characterise, train, inject and report; the report's path.

    Parameters
    ----------
    path
        Study file.
    out
        Run folder; None for ``runs/NAME`` of the study.
    workers
        Worker processes on this machine, above 0; None for one a core. Not together with ``scheduler``.
    scheduler
        Address of a Dask scheduler, as ``tcp://node1:8786``; None to work on this machine.
    fresh
        Whether to run again what the run folder holds.

    Raises
    ------
    InputError
        The study, the run folder or the options cannot be used; no simulation was begun.
    RramsimError
        A stage failed, or an optional package is missing; what was finished is kept.
    """
    from rramsim.report.html import write_report

    study = load_study(path)
    _check_networks(study)
    with _workers(workers, scheduler) as executor:
        study, folder = open_run(path, out)
        _sweep(study, folder, executor, fresh=fresh)
        if study.network:
            _inject(study, folder, executor, fresh=fresh)
    with stage("report", "parts") as progress:
        progress(0, 1)
        report = write_report(folder.path)
        progress(1, 1)
    return report


def run_sweep(path: Path, out: Path | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> Path:
    """Sweep and characterise; the BER table's path.

    Parameters
    ----------
    path, out, workers, scheduler, fresh
        As for :func:`run_all`.

    Raises
    ------
    InputError, RramsimError
        As for :func:`run_all`.
    """
    load_study(path)  # a wrong one is told before anything is started
    with _workers(workers, scheduler) as executor:
        study, folder = open_run(path, out)
        _sweep(study, folder, executor, fresh=fresh)
    return folder.path / BER.file


def run_inject(path: Path, out: Path | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> Path:
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
    study = _networks_study(path)
    table = _folder_path(study, out) / BER.file
    if not study.injection.ladder or table.exists():
        read_ber(table)  # before anything is written
    with _workers(workers, scheduler) as executor:
        study, folder = open_run(path, out)
        _inject(study, folder, executor, fresh=fresh)
    return folder.path / ACCURACY.file


def run_train(path: Path, out: Path | None, *, workers: int | None, scheduler: str | None, fresh: bool) -> list[Path]:
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
    from rramsim.nn.storage import save_network

    _networks_study(path)

    with _workers(workers, scheduler) as executor:
        study, folder = open_run(path, out)
        networks = _train(study, folder, executor, fresh=fresh)
    paths = [folder.path / f"{name}.safetensors" for name in networks]
    for target, network in zip(paths, networks.values(), strict=True):
        save_network(target, network)
    return paths


def open_run(path: Path, out: Path | None) -> tuple[Study, RunFolder]:
    """Load a study and make its run folder, in which a copy of the study as resolved is kept.

    Parameters
    ----------
    path
        Study file.
    out
        Run folder; None for ``runs/NAME`` of the study.

    Raises
    ------
    OutputError
        The folder holds another study's results, or cannot be written.
    """
    study = load_study(path)
    folder = RunFolder(_folder_path(study, out))
    kept = folder.path / "study.toml"
    if kept.is_file() and kept.resolve() != path.resolve():
        section = read_toml(kept).get("study")
        other = section.get("name") if isinstance(section, dict) else None
        if other != study.study.name:
            raise OutputError(f"{folder.path} holds the results of another study ({other!r}): choose another --out")
    folder.prepare()
    if not (kept.exists() and kept.samefile(path)):  # a study's own file is never written
        write_atomic(kept, tomli_w.dumps(study.resolved()))
    return study, folder


def _folder_path(study: Study, out: Path | None) -> Path:
    return out if out is not None else Path("runs") / study.study.name


def _networks_study(path: Path) -> Study:
    study = load_study(path)
    if not study.network:
        raise InputError(f"{path} names no network; add a [[network]] table")
    _check_networks(study)
    return study


def _workers(count: int | None, scheduler: str | None) -> AbstractContextManager[Executor]:
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


def _sweep(study: Study, folder: RunFolder, executor: Executor, *, fresh: bool) -> None:
    with stage("sweep", "points") as progress:
        sweep(study.sweep, folder, executor, progress=progress, fresh=fresh)
    with stage("waveforms", "parts") as progress:
        _characterise(study, folder, executor, progress)
    write_provenance(study, folder.path, ngspice=ngspice_version(executor), command=_command())


def _characterise(study: Study, folder: RunFolder, executor: Executor, progress: Report) -> None:
    """Tables of typical devices at the most typical corner; of one table without cells the first bench's."""
    corner = typical_corner(study.corners.grid)
    tables: dict[Table, list[pd.DataFrame]] = {}
    for number, bench in enumerate(study.benches):
        progress(number, len(study.benches))
        for table, frame in in_worker(executor, bench.nominal, corner).items():
            tables.setdefault(table, []).append(frame)
    for table, frames in tables.items():
        told = pd.concat(frames, ignore_index=True) if "cell" in table.names else frames[0]
        write_atomic(folder.path / table.file, table.text(told))
    progress(len(study.benches), len(study.benches))


def _inject(study: Study, folder: RunFolder, executor: Executor, *, fresh: bool) -> None:
    from rramsim.nn.injection import inject_networks

    table = folder.path / BER.file
    ber = read_ber(table) if table.exists() else BER.frame(())
    networks = _train(study, folder, executor, fresh=fresh)
    with stage("inject", "accuracies") as progress:
        accuracy = inject_networks(
            networks,
            ber,
            study.injection,
            Runs(executor, folder, progress=progress, fresh=fresh),
            cells=study.cell_names,
            seed=study.study.seed,
        )
    write_atomic(folder.path / ACCURACY.file, ACCURACY.text(accuracy))


def _train(study: Study, folder: RunFolder, executor: Executor, *, fresh: bool) -> dict[str, StoredNetwork]:
    from rramsim.nn.injection import train_networks

    with stage("train", "networks") as progress:
        runs: Runs[StoredNetwork] = Runs(executor, folder, progress=progress, fresh=fresh)
        return train_networks(study.network, runs, seed=study.study.seed, folder=study.folder)


def _check_networks(study: Study) -> None:
    """Say that torch is missing, or a network file wrong, before anything is written and not after minutes."""
    if study.network:
        from rramsim.nn.injection import load_files

        load_files(study.network, folder=study.folder)


def in_worker(executor: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a worker process and wait for it: ngspice never runs in the process of the command.

    Parameters
    ----------
    executor
        Gives the worker.
    function
        The function; it, its arguments and its result must be pickleable.
    *args, **kwargs
        What it is called with.
    """
    return executor.submit(function, *args, **kwargs).result()


def _command() -> str:
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
