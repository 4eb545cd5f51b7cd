"""Error injection over a study: every network under the errors of every corner, and of a ladder of rates.

The interval of a corner's accuracy holds the uncertainty of the BER table too (``injection.rates = "interval"``): its
lower end is that of the accuracy at the upper ends of the rates, its upper end that at their lower ends.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from rramsim.corners import CORNER_COLUMNS, Corner, corner_of
from rramsim.data.catalog import load_dataset
from rramsim.errors import NetworkError
from rramsim.nn.accuracy_task import AccuracyResult, AccuracyTask
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.fit import misfits
from rramsim.nn.kept import kept_networks
from rramsim.nn.network import StoredNetwork
from rramsim.nn.settings import InjectionSection, NetworkSection
from rramsim.nn.storage import load_network
from rramsim.nn.training import TrainingTask
from rramsim.runs.loop import Runs
from rramsim.tables.accuracy import ACCURACY, ALL_ERRORS
from rramsim.tables.points import corner_rows

logger = logging.getLogger(__name__)

# Of a row of the ladder.
_NO_CORNER = dict(zip(CORNER_COLUMNS, ("", math.nan, math.nan), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One row of the accuracy table: its task, and what it is of."""

    task: AccuracyTask
    error_type: str
    rate: float
    cell: str = ""
    corner: Corner | None = None


def train_networks(
    sections: Sequence[NetworkSection],
    runs: Runs[StoredNetwork],
    *,
    seed: int,
    folder: Path,
    kept: Path | None = None,
) -> dict[str, StoredNetwork]:
    """Train networks, or load those that are given as files or were kept; by name.

    Parameters
    ----------
    sections
        What to train or to load.
    runs
        Runs the training, and finds what has been trained already.
    seed
        Seed of the study, for networks that have none of their own.
    folder
        Where relative paths of files start.
    kept
        Run folder that keeps what was trained before, here or on another machine; None to train all.

    Raises
    ------
    NetworkError, MissingResourceError
        A network file cannot be used, or does not hold what its section says.
    RramsimError
        A training failed.
    """
    loaded = load_files(sections, folder=folder)
    tasks = {
        section.name: TrainingTask(section=section, data_hash=load_dataset(section.dataset).hash, seed=seed)
        for section in sections
        if section.name not in loaded
    }
    found = {} if kept is None else kept_networks(kept, tasks)
    missing = {name: task for name, task in tasks.items() if name not in found}
    trained = dict(zip(missing, runs.results(missing.values()), strict=True))
    if runs.resumed < runs.planned:
        logger.warning("networks were trained: the same ones are only sure with the same torch and type of processor")
    recipes = {name: task.recipe for name, task in tasks.items()}
    networks = {**loaded, **found, **trained}
    # What a file says of its recipe stays in the kept copy: it may be that very file.
    return {
        section.name: replace(
            networks[section.name], name=section.name, dataset=section.dataset,
            recipe=recipes.get(section.name, networks[section.name].recipe),
        )
        for section in sections
    }  # fmt: skip


def load_files(sections: Sequence[NetworkSection], *, folder: Path) -> dict[str, StoredNetwork]:
    """Load the networks that are given as files; by name.

    Parameters
    ----------
    sections
        What is expected of them.
    folder
        Where relative paths start.

    Raises
    ------
    NetworkError, MissingResourceError
        A file cannot be used, or does not hold what its section says.
    """
    return {section.name: _loaded(section, folder / section.file) for section in sections if section.file is not None}


def inject_networks(
    networks: Mapping[str, StoredNetwork],
    ber: pd.DataFrame,
    injection: InjectionSection,
    runs: Runs[AccuracyResult],
    *,
    cells: Mapping[str, Sequence[str]],
    seed: int,
) -> pd.DataFrame:
    """Measure accuracies.

    Parameters
    ----------
    networks
        By name.
    ber
        BER table; every corner of it is injected. May be empty, then only the ladder is.
    injection
        Modes, repeats and ladder.
    runs
        Runs the tasks, and finds what has been measured already.
    cells
        Cells whose errors each network gets, by its name.
    seed
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        Columns of ``ACCURACY``; the same whatever the order of the BER table's rows.

    Raises
    ------
    TableError
        The BER table lacks a confusion.
    RramsimError
        A task failed.
    """
    cases = [
        case
        for network in networks.values()
        for case in _cases(network, ber, injection, cells=cells[network.name], seed=seed)
    ]
    results = runs.results(case.task for case in cases)
    return ACCURACY.frame(_row(case, result) for case, result in zip(cases, results, strict=True))


def _cases(
    network: StoredNetwork, ber: pd.DataFrame, injection: InjectionSection, *, cells: Sequence[str], seed: int
) -> Iterator[_Case]:
    data_hash = load_dataset(network.dataset).hash

    def task(
        rates: ReadErrorRates, mode: str, bounds: tuple[ReadErrorRates, ReadErrorRates] | None = None
    ) -> AccuracyTask:
        return AccuracyTask(
            network=network, data_hash=data_hash, rates=rates, bounds=bounds, mode=mode,
            repeats=injection.repeats, seed=seed,
        )  # fmt: skip

    for cell, corner in [(name, corner) for name in cells for corner in _corners(ber, name)]:
        rows = corner_rows(ber, cell=cell, corner=corner)
        rates = ReadErrorRates.from_table(rows, network.stored_kind)
        bounds = None
        if injection.rates == "interval":
            low, high = (ReadErrorRates.from_table(rows, network.stored_kind, which=end) for end in ("lower", "upper"))
            bounds = (low, high)
        rate = rates.composite(network.weights)
        for mode in injection.modes:
            yield _Case(task=task(rates, mode, bounds), error_type=ALL_ERRORS, rate=rate, cell=cell, corner=corner)
    for error in network.stored_kind.errors:
        for rate in sorted(set(injection.ladder)):
            rates = ReadErrorRates.of_type(network.stored_kind, error, rate)
            for mode in injection.modes:
                yield _Case(task=task(rates, mode), error_type=error.value, rate=rate)


def _corners(ber: pd.DataFrame, cell: str) -> list[Corner]:
    """Corners of a cell in table order."""
    rows = ber[ber["cell"] == cell][list(CORNER_COLUMNS)].drop_duplicates()
    return sorted((corner_of(row) for _, row in rows.iterrows()), key=lambda corner: corner.sort_key)


def _row(case: _Case, result: AccuracyResult) -> dict[str, object]:
    network, corner = case.task.network, case.corner
    return {
        "network": network.name,
        "dataset": network.data_name,
        "split": "test",
        "weights": network.stored_kind.value,
        "activations": network.activations,
        "cell": case.cell,
        **(corner.labels if corner else _NO_CORNER),
        "error_type": case.error_type,
        "rate": case.rate,
        "repeats": case.task.repeats,
        "accuracy": result.accuracy,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "baseline": result.baseline,
        "task_id": case.task.id,
        "mode": case.task.mode,
    }


def _loaded(section: NetworkSection, path: Path) -> StoredNetwork:
    network = load_network(path)
    wrong = list(misfits(network, section, load_dataset(section.dataset)))
    if wrong:
        raise NetworkError(f"{path}: {'; '.join(wrong)}")
    return replace(network, name=section.name, dataset=section.dataset)
