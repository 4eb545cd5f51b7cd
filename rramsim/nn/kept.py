"""Trained networks that are kept with a run: its accuracies can be measured again where training would differ."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rramsim.errors import InputError
from rramsim.files import make_folders
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.abstract_training import AbstractTraining
from rramsim.nn.checkpoint import FOLDER
from rramsim.nn.history import training_table
from rramsim.nn.storage import read_network
from rramsim.runs.stamps import Origin, write_stamped
from rramsim.tables.training import TRAINING

_FOLDER = "networks"  # in a run folder

logger = logging.getLogger(__name__)


def kept_networks(folder: Path, tasks: Mapping[str, AbstractTraining[Any]]) -> dict[str, AbstractNetwork]:
    """Networks that need not be trained: kept ones of the very recipe; by name.

    Parameters
    ----------
    folder
        Run folder; it may keep none.
    tasks
        Trainings by the name of their network.
    """
    found: dict[str, AbstractNetwork] = {}
    for name, task in tasks.items():
        path = folder / network_file(name)
        if not path.is_file():
            continue
        try:
            network = read_network(path, task.parse)
        except InputError as error:
            logger.warning("%s: the network is trained again", error)
            continue
        if network.recipe == task.recipe:
            found[name] = task.named(network)
    return found


def keep_networks(folder: Path, networks: Collection[AbstractNetwork], origin: Origin) -> list[Path]:
    """Keep networks and ``training.csv``, with what is known of their trainings; paths of the networks.

    Parameters
    ----------
    folder
        Run folder.
    networks
        The networks.
    origin
        Digests of what the table came from.

    Raises
    ------
    OutputError
        Their folder cannot be made.
    WriteError
        A file cannot be written.
    """
    make_folders(folder / _FOLDER)
    files = {network_file(network.name): network.content() for network in networks}
    write_stamped(folder, files, {})
    table = training_table({network.name: network.history for network in networks})
    write_stamped(folder, {TRAINING.file: TRAINING.text(table)}, origin)
    return [folder / name for name in files]


@contextmanager
def states_of_training(folder: Path, *, fresh: bool) -> Iterator[None]:
    """States of trainings are of use until all of them have ended, and of none where they are to begin anew.

    Parameters
    ----------
    folder
        Run folder.
    fresh
        Whether they are to begin anew.
    """
    if fresh:
        shutil.rmtree(folder / FOLDER, ignore_errors=True)
    yield
    shutil.rmtree(folder / FOLDER, ignore_errors=True)


def network_file(name: str) -> str:
    """Path in a run folder where it keeps a network.

    Parameters
    ----------
    name
        Name of the network.
    """
    return f"{_FOLDER}/{name}.safetensors"
