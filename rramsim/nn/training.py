"""Train a small network with quantized weights.

AdamW [1]_ with a cosine schedule [2]_ on the latent weights, as the public code of [3]_; no errors are injected here.

References
----------
.. [1] I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019, arXiv 1711.05101.

.. [2] I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, arXiv 1608.03983;
   without restarts.

.. [3] A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based
   synapse, IEEE AICAS 2020, arXiv 2005.01973.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rramsim.errors import NetworkError
from rramsim.files import content_id
from rramsim.nn.backend import one_thread, torch
from rramsim.nn.datasets import Dataset, load_dataset
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.networks import Perceptron
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.op import AbstractOp
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import network_bytes, parse_network
from rramsim.runs.task import AbstractTask
from rramsim.version import __version__
from rramsim.watchdog import sign_of_life

_WEIGHT_DECAY = 1e-3


@dataclass(frozen=True, kw_only=True)
class TrainingTask(AbstractTask[StoredNetwork]):
    """Training of one network.

    Parameters
    ----------
    section
        What to train; its name and cells are no part of the identity.
    data_hash
        Of the data set that it is planned with, see :attr:`rramsim.nn.datasets.Dataset.hash`.
    seed
        Seed of the study.
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
        recipe = self.section.model_dump(mode="json", exclude={"name", "file", "cells"})
        return content_id({"training": recipe, "data": self.data_hash, "seed": self.seed, "rramsim": __version__})

    @property
    def about(self) -> Mapping[str, str]:
        """The network's name and data set."""
        return {"training": self.section.name, "dataset": self.section.dataset}

    def run(self, needed: Sequence[StoredNetwork], folder: Path | None) -> StoredNetwork:
        """Train in this process.

        Parameters
        ----------
        needed, folder
            Not used.

        Raises
        ------
        NetworkError
            This process has another data set than the task was planned with.
        """
        dataset = load_dataset(self.section.dataset)
        if dataset.hash != self.data_hash:
            raise NetworkError(f"the data set {dataset.name} is not the one that training was planned with")
        return train(self.section, dataset, seed=self.seed)

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


def train(section: NetworkSection, dataset: Dataset, *, seed: int) -> StoredNetwork:
    """Train a network.

    Parameters
    ----------
    section
        What to train.
    dataset
        What on; its training split alone is used.
    seed
        Seed of initial weights and of the order of images. The global random state is neither used nor changed.

    Returns
    -------
    StoredNetwork
        The same for the same arguments with the same version of torch on the same type of processor: others may round
        otherwise, and a training multiplies the difference.
    """
    generator = torch.Generator().manual_seed(seed)
    images, labels = torch.from_numpy(dataset.train.images), torch.from_numpy(dataset.train.labels)
    sizes = (images.shape[1], *section.hidden, dataset.classes)
    network = Perceptron(sizes, section.weights, section.activations, generator)
    optimiser = torch.optim.AdamW(network.parameters(), lr=section.learning_rate, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, section.epochs)
    network.train()
    with one_thread():
        for _ in range(section.epochs):
            sign_of_life()
            order = torch.randperm(len(images), generator=generator)
            # Not from the last image on: batch normalisation cannot work on a batch of one.
            for start in range(0, len(images) - 1, section.batch_size):
                batch = order[start : start + section.batch_size]
                optimiser.zero_grad()
                loss = torch.nn.functional.cross_entropy(network(images[batch]), labels[batch])
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            schedule.step()
    return _stored(section, dataset, network)


def _stored(section: NetworkSection, dataset: Dataset, network: Perceptron) -> StoredNetwork:
    ops: list[AbstractOp] = []
    for layer, norm in network.stages():
        # y = gamma (x - mean) / sqrt(var + eps) + beta, as scale * x + shift
        scale = (norm.weight / torch.sqrt(_buffer(norm.running_var) + norm.eps)).detach()
        shift = (norm.bias - _buffer(norm.running_mean) * scale).detach()
        ops.append(Dense(weights=layer.stored().numpy(), kind=layer.kind))
        ops += [Affine(scale=scale.numpy(), shift=shift.numpy()), Activate(to=section.activations)]
    nodes = chain(ops[:-1])  # scores are not activated
    return StoredNetwork(name=section.name, dataset=dataset.name, input_shape=dataset.shape, nodes=nodes)


def _buffer(values: torch.Tensor | None) -> torch.Tensor:
    if values is None:
        raise NetworkError("the network was trained without running statistics")
    return values
