"""Training of a network as a task: its state is kept after each epoch, and it goes on from there."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rramsim.data.dataset import Dataset
from rramsim.errors import NetworkError
from rramsim.files import content_id
from rramsim.nn.abstract_training import AbstractTraining
from rramsim.nn.checkpoint import Checkpoint
from rramsim.nn.epoch import begin, count_correct, train_epoch
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.history import Epoch
from rramsim.nn.learning import learning_rate
from rramsim.nn.network import StoredNetwork
from rramsim.nn.planned import planned_dataset
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import network_bytes, parse_network
from rramsim.nn.trainable import TrainableNetwork
from rramsim.tables.points import corner_rows
from rramsim.torch_backend import one_thread, torch
from rramsim.version import __version__

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class TrainingTask(AbstractTraining[StoredNetwork]):
    """Training of one network.

    Parameters
    ----------
    section
        What to train; its name and cells are no part of the identity.
    data_hash
        Of the data set that it is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
    seed
        Seed of the study, for a network that has none of its own.
    rates
        Errors that a BER table gives it while it learns, where the section asks for them.
    """

    section: NetworkSection
    data_hash: str
    seed: int
    rates: ReadErrorRates | None = None

    @cached_property
    def id(self) -> str:
        """SHA-256 of the recipe and of the version of torch, which may round otherwise."""
        return content_id({"recipe": self.recipe, "torch": version("torch")})

    @cached_property
    def recipe(self) -> str:
        """SHA-256 of what is asked for: recipe, data, seed and version of rramsim."""
        # The seed stands beside, be it the study's or the network's own; so do rates, in place of where they are from.
        beside = ("name", "cells", "seed", "errors_at", "precision")
        recipe = {key: value for key, value in self.section.asked.items() if key not in beside}
        recipe |= {} if self.rates is None else {"rates": repr(self.rates)}
        recipe |= {} if self.section.precision == "float32" else {"precision": self.section.precision}
        return content_id({"training": recipe, "data": self.data_hash, "seed": self._seed, "rramsim": __version__})

    @property
    def _seed(self) -> int:
        return self.seed if self.section.seed is None else self.section.seed

    @property
    def about(self) -> Mapping[str, str]:
        """The network's name and data set."""
        return {"training": self.section.name, "dataset": self.section.dataset}

    def run(self, needed: Sequence[StoredNetwork], folder: Path | None) -> StoredNetwork:
        """Train in this process.

        Parameters
        ----------
        needed
            Not used.
        folder
            Run folder, where the state of the training is kept after each epoch.

        Raises
        ------
        NetworkError
            This process has another data set than the task was planned with; or the model does not fit it.
        """
        dataset = planned_dataset(self.section.dataset, self.data_hash)
        return train(self.section, dataset, seed=self._seed, rates=self.rates, checkpoint=Checkpoint(folder, self.id))

    def to_json(self, result: StoredNetwork) -> dict[str, Any]:
        """Plain values of the network.

        Parameters
        ----------
        result
            The trained network.
        """
        return {"network": base64.b64encode(network_bytes(result)).decode("ascii")}

    def from_json(self, data: Mapping[str, Any]) -> StoredNetwork:
        """Read the network back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a network.
        """
        try:
            return parse_network(base64.b64decode(data["network"], validate=True))
        except NetworkError as error:
            raise ValueError(str(error)) from None

    def parse(self, content: bytes) -> StoredNetwork:
        """Read a network back, as :func:`rramsim.nn.storage.parse_network` does."""
        return parse_network(content)

    def named(self, network: StoredNetwork) -> StoredNetwork:
        """With the name and the data set of the section, and this recipe."""
        return replace(network, name=self.section.name, dataset=self.section.dataset, recipe=self.recipe)


def planned_training(
    section: NetworkSection, data_hash: str, *, seed: int, ber: pd.DataFrame | None = None
) -> TrainingTask:
    """The training of a network of a study.

    Parameters
    ----------
    section, data_hash, seed
        As for :class:`TrainingTask`.
    ber
        BER table, for a network that meets its errors while it learns.

    Raises
    ------
    TableError
        The table lacks a misread.
    """
    rates = None
    if section.errors_at is not None and section.kind is not None and ber is not None:
        rows = corner_rows(ber, cell=section.errors_at.cell, corner=section.errors_at.corner)
        rates = ReadErrorRates.from_table(rows, section.kind)
    return TrainingTask(section=section, data_hash=data_hash, seed=seed, rates=rates)


def train(
    section: NetworkSection, dataset: Dataset, *, seed: int, rates: ReadErrorRates | None = None,
    checkpoint: Checkpoint | None = None, device: str | None = None,
) -> StoredNetwork:  # fmt: skip
    """Train a network.

    Parameters
    ----------
    section
        What to train.
    dataset
        What on; its test split is not used.
    seed
        Seed of all that is drawn. The global random state is neither used nor changed.
    rates
        Errors while it learns; None for those of the section.
    checkpoint
        Where its state is kept after each epoch, and found again; None to keep nothing.
    device
        As torch names it; None for a graphics processor where torch finds one, else the processor.

    Returns
    -------
    StoredNetwork
        The same for the same arguments with the same version of torch on the same type of processor, however often it
        was ended in between: others may round otherwise, and a training multiplies the difference.

    Raises
    ------
    NetworkError
        The model takes no images of the data set, or no augmentation that is asked for; or the training diverges.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    progress = begin(section, dataset, rates, seed=seed, device=device)
    checkpoint = checkpoint or Checkpoint(None, "")
    checkpoint.load(progress)
    with one_thread():
        while progress.epoch < section.epochs:
            rate = learning_rate(section, progress.epoch)
            loss = float(train_epoch(section, dataset.train, progress, device))
            if not (math.isfinite(loss) and progress.finite):
                told = f"training of {section.name!r} diverged in epoch {progress.epoch + 1}, with a loss of {loss:g}"
                raise NetworkError(f"{told}: smaller values in the images, or a lower learning_rate, may help")
            split = dataset.validation
            found = int(count_correct(split, progress, device))
            progress.history.append(Epoch(learning_rate=rate, loss=loss, correct=found, images=len(split)))
            checkpoint.save(progress)
    return StoredNetwork(
        name=section.name,
        dataset=dataset.name,
        input_shape=dataset.shape,
        nodes=cast("TrainableNetwork", progress.network).nodes(),
        history=tuple(progress.history),
    )
