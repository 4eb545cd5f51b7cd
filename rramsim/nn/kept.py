"""Trained networks that are kept with a run: its accuracies can be measured again where training would differ."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rramsim.errors import InputError, OutputError
from rramsim.nn.checkpoint import FOLDER
from rramsim.nn.network import StoredNetwork
from rramsim.nn.storage import load_network, save_network
from rramsim.nn.training import TrainingTask

logger = logging.getLogger(__name__)


def kept_networks(folder: Path, tasks: Mapping[str, TrainingTask]) -> dict[str, StoredNetwork]:
    """Networks that need not be trained: kept ones of the very recipe; by name.

    Parameters
    ----------
    folder
        Where networks are kept; there may be none.
    tasks
        Trainings by the name of their network.
    """
    found = {}
    for name, task in tasks.items():
        path = network_path(folder, name)
        if not path.is_file():
            continue
        try:
            network = load_network(path)
        except InputError as error:
            logger.warning("%s: the network is trained again", error)
            continue
        if network.recipe == task.recipe:
            found[name] = network
    return found


def keep_networks(folder: Path, networks: Iterable[StoredNetwork]) -> list[Path]:
    """Keep networks; their paths.

    Parameters
    ----------
    folder
        Where they are kept; made if there is none.
    networks
        The networks.

    Raises
    ------
    OutputError
        The folder cannot be made.
    WriteError
        A file cannot be written.
    """
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {folder}: {error.strerror or error}") from None
    paths = []
    for network in networks:
        paths.append(network_path(folder, network.name))
        save_network(paths[-1], network)
    return paths


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


def network_path(folder: Path, name: str) -> Path:
    """Where a network is kept.

    Parameters
    ----------
    folder
        Where networks are kept.
    name
        Its name.
    """
    return folder / f"{name}.safetensors"
