"""The networks of a study: trained, kept from before, or loaded from files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rramsim.data.catalog import load_dataset
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.abstract_training import AbstractTraining
from rramsim.nn.asked import AskedNetwork
from rramsim.nn.kept import kept_networks
from rramsim.runs.loop import Runs

logger = logging.getLogger(__name__)


def train_networks(
    sections: Sequence[AskedNetwork],
    runs: Runs[AbstractNetwork],
    *,
    seed: int,
    folder: Path,
    kept: Path | None = None,
    ber: pd.DataFrame | None = None,
) -> dict[str, AbstractNetwork]:
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
    ber
        BER table, for networks that meet its errors while they learn.

    Raises
    ------
    NetworkError, MissingResourceError
        A network file cannot be used, or does not hold what its section says.
    RramsimError
        A training failed.
    """
    loaded = load_files(sections, folder=folder)
    tasks = _tasks([section for section in sections if section.name not in loaded], seed=seed, ber=ber)
    found = {} if kept is None else kept_networks(kept, tasks)
    missing = {name: task for name, task in tasks.items() if name not in found}
    results = dict(zip(missing, runs.results(missing.values()), strict=True))
    if runs.resumed < runs.planned:
        logger.warning("networks were trained: the same ones are only sure with the same torch and type of processor")
    # What a file says of its recipe stays in the kept copy: it may be that very file.
    networks = loaded | found | {name: tasks[name].named(network) for name, network in results.items()}
    return {section.name: networks[section.name] for section in sections}


def known_networks(
    sections: Sequence[AskedNetwork], *, seed: int, folder: Path, kept: Path, ber: pd.DataFrame | None
) -> dict[str, AbstractNetwork]:
    """Networks that need no training: those of files, and those of the very recipe that a run folder keeps; by name.

    Parameters
    ----------
    sections, seed, folder
        As for :func:`train_networks`.
    kept
        Run folder.
    ber
        BER table; None where there is none: then networks that meet its errors while they learn are not known.

    Raises
    ------
    NetworkError, MissingResourceError
        As for :func:`train_networks`.
    """
    loaded = load_files(sections, folder=folder)
    told = [section for section in sections if section.errors_at is None or ber is not None]
    tasks = _tasks([section for section in told if section.name not in loaded], seed=seed, ber=ber)
    return {**loaded, **kept_networks(kept, tasks)}


def load_files(sections: Sequence[AskedNetwork], *, folder: Path) -> dict[str, AbstractNetwork]:
    """Load the networks that are given, as files or as functions that make them; by name.

    Parameters
    ----------
    sections
        What is expected of them.
    folder
        Where relative paths start.

    Raises
    ------
    NetworkError, MissingResourceError
        A file or a function cannot be used, or does not hold what its section says.
    """
    found = {section.name: section.given(folder) for section in sections}
    return {name: network for name, network in found.items() if network is not None}


def _tasks(
    sections: Sequence[AskedNetwork], *, seed: int, ber: pd.DataFrame | None
) -> dict[str, AbstractTraining[Any]]:
    """Trainings by the name of their network."""
    return {
        section.name: section.training_task(load_dataset(section.dataset).hash, seed=seed, ber=ber)
        for section in sections
    }
