"""Images of a data set as a network takes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.network import Network
from rramsim.errors import InputError, NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    r"""Images and labels of one part of a data set.

    Parameters
    ----------
    inputs
        (n, \*shape of an image).
    labels
        (n,), from 0 on.
    """

    inputs: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Images:
        """Some of them, from the beginning.

        Parameters
        ----------
        count
            How many.

        Raises
        ------
        InputError
            There are fewer.
        """
        check_count(count, len(self))
        return Images(inputs=self.inputs[:count], labels=self.labels[:count])

    def batches(self, size: int, order: torch.Tensor | None = None) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Inputs and labels, some at a time.

        Parameters
        ----------
        size
            How many; the last ones may be fewer.
        order
            Numbers of the images; None for that of the data set.
        """
        numbers = torch.arange(len(self)) if order is None else order
        for part in torch.split(numbers, size):
            there = part.to(self.inputs.device)
            yield self.inputs[there], self.labels[there]


def check_count(count: int | None, there: int) -> None:
    """Refuse to learn from more images than there are.

    Parameters
    ----------
    count
        How many; None for all.
    there
        How many there are.

    Raises
    ------
    InputError
        There are fewer.
    """
    if count is not None and not 1 <= count <= there:
        raise InputError(f"training.images: there are {there} training images, of which {count} are asked for")


def check_fit(dataset: Dataset, network: Network) -> None:
    """Refuse a network that does not take the images of a data set, or does not tell its classes apart.

    Parameters
    ----------
    dataset
        The data set.
    network
        What takes its images: values come in the order of the data set, whatever the shape.

    Raises
    ------
    NetworkError
        Images have another size, or there is another number of classes.
    """
    shape, classes = network.shapes[0], network.classes
    if math.prod(dataset.shape) != math.prod(shape):
        raise NetworkError(f"{dataset.name} has images of shape {dataset.shape}, the network takes {shape}")
    if dataset.classes != classes:
        raise NetworkError(f"{dataset.name} has {dataset.classes} classes, the network {classes}")


def unit_images(dataset: Dataset, split: Split, network: Network, device: str = "cpu") -> Images:
    """Images of a split from 0 to 1, which are the lowest and the highest value of the training images.

    Parameters
    ----------
    dataset
        The data set.
    split
        One of its parts.
    network
        What takes them.
    device
        Where they are, as torch names it.

    Raises
    ------
    NetworkError
        The network does not fit the data set.
    """
    check_fit(dataset, network)
    lowest, highest = float(dataset.train.images.min()), float(dataset.train.images.max())
    values = torch.from_numpy(split.images).reshape(-1, *network.shapes[0]).to(device)
    inputs = (values - lowest) / ((highest - lowest) or 1.0)
    return Images(inputs=inputs, labels=torch.from_numpy(split.labels).to(device))
