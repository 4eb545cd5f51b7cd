"""Training of a network as a task: its state is kept after each epoch, and it goes on from there."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset
from rramsim.errors import NetworkError
from rramsim.files import content_id
from rramsim.nn.backend import one_thread, torch
from rramsim.nn.checkpoint import Checkpoint, Progress
from rramsim.nn.learning import AUGMENTATIONS, cosine, error_rates, learning_rate, misreader, weight_decay
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.network import StoredNetwork
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import network_bytes, parse_network
from rramsim.nn.trainable import TrainableNetwork
from rramsim.runs.task import AbstractTask
from rramsim.version import __version__
from rramsim.watchdog import sign_of_life


@dataclass(frozen=True, kw_only=True)
class TrainingTask(AbstractTask[StoredNetwork]):
    """Training of one network.

    Parameters
    ----------
    section
        What to train; its name and cells are no part of the identity.
    data_hash
        Of the data set that it is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
    seed
        Seed of the study, for a network that has none of its own.
    """

    section: NetworkSection
    data_hash: str
    seed: int

    @cached_property
    def id(self) -> str:
        """SHA-256 of the recipe and of the version of torch, which may round otherwise."""
        return content_id({"recipe": self.recipe, "torch": version("torch")})

    @cached_property
    def recipe(self) -> str:
        """SHA-256 of what is asked for: recipe, data, seed and version of rramsim."""
        # The seed stands beside, be it the study's or the network's own.
        recipe = {key: value for key, value in self.section.asked.items() if key not in ("name", "cells", "seed")}
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
        dataset = load_dataset(self.section.dataset)
        if dataset.hash != self.data_hash:
            raise NetworkError(f"the data set {dataset.name} is not the one that training was planned with")
        return train(self.section, dataset, seed=self._seed, checkpoint=Checkpoint(folder, self.id))

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


def train(
    section: NetworkSection, dataset: Dataset, *, seed: int, checkpoint: Checkpoint | None = None, device: str = "cpu"
) -> StoredNetwork:
    """Train a network.

    Parameters
    ----------
    section
        What to train.
    dataset
        What on; its training split alone is used.
    seed
        Seed of all that is drawn. The global random state is neither used nor changed.
    checkpoint
        Where its state is kept after each epoch, and found again; None to keep nothing.
    device
        As torch names it.

    Returns
    -------
    StoredNetwork
        The same for the same arguments with the same version of torch on the same type of processor, however often it
        was ended in between: others may round otherwise, and a training multiplies the difference.

    Raises
    ------
    NetworkError
        The model takes no images of the data set, or no augmentation that is asked for.
    """
    progress = _begin(section, dataset, seed=seed, device=device)
    checkpoint = checkpoint or Checkpoint(None, "")
    checkpoint.load(progress)
    with one_thread():
        while progress.epoch < section.epochs:
            progress.history.append(_epoch(section, dataset, progress, device))
            progress.epoch += 1
            checkpoint.save(progress)
    nodes = cast("TrainableNetwork", progress.network).nodes()
    return StoredNetwork(name=section.name, dataset=dataset.name, input_shape=dataset.shape, nodes=nodes)


def _begin(section: NetworkSection, dataset: Dataset, *, seed: int, device: str) -> Progress:
    generator = torch.Generator().manual_seed(seed)
    layers = find_model(section.model).layers(section.model_settings, dataset.shape, dataset.classes)
    only = section.quantized == "classifier"
    chosen = choices(layers, section.kind, section.activations, classifier_only=only)
    if section.augmentation and len(dataset.shape) != 3:
        raise NetworkError(f"augmentation is for images (channels, height, width), {dataset.name} has {dataset.shape}")
    network = TrainableNetwork(layers, chosen, dataset.shape, generator).to(device)
    if section.errors and section.kind is not None:
        for synapses in network.synapses:
            synapses.misread = misreader(error_rates(section.kind, section.errors), generator)
    optimiser = torch.optim.AdamW(network.parameters(), lr=section.learning_rate)
    return Progress(network=network, optimiser=optimiser, generator=generator)


def _epoch(section: NetworkSection, dataset: Dataset, progress: Progress, device: str) -> float:
    """Train on all images once; their mean loss."""
    split, network, optimiser = dataset.train, progress.network, progress.optimiser
    images, labels = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    if cosine(section, progress.epoch)[0] == 0:
        optimiser.state.clear()  # each cosine begins with a new optimiser, as in the public code
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(section, progress.epoch)
        group["weight_decay"] = weight_decay(section, progress.epoch, len(images))
    network.train()
    order = torch.randperm(len(images), generator=progress.generator)
    total = 0.0
    # Not from the last image on: batch normalisation cannot work on a batch of one.
    for start in range(0, len(images) - 1, section.batch_size):
        sign_of_life()
        batch = order[start : start + section.batch_size]
        given = images[batch].to(device)
        for name in section.augmentation:
            given = AUGMENTATIONS[name](given, progress.generator)
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(given), labels[batch].to(device))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += float(loss.detach()) * len(batch)
    return total / len(images)
