"""Images of a data set as a network takes them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rramsim.data.dataset import Dataset, Split
from rramsim.eqprop.network import Network
from rramsim.eqprop.scale import Scale
from rramsim.errors import InputError, NetworkError
from rramsim.torch_backend import torch
from rramsim.watchdog import sign_of_life


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

    def first(self, number: int | None) -> Images:
        """The first images.

        Parameters
        ----------
        number
            How many; None, or more than there are, for all.
        """
        return Images(inputs=self.inputs[:number], labels=self.labels[:number])

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
            sign_of_life()
            there = part.to(self.inputs.device)
            yield self.inputs[there], self.labels[there]


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


def check_images(number: int | None, dataset: Dataset) -> None:
    """Refuse to learn more images than there are.

    Parameters
    ----------
    number
        How many; None for all.
    dataset
        What of.

    Raises
    ------
    InputError
        There are fewer.
    """
    there = len(dataset.train)
    if number is not None and number > there:
        raise InputError(f"training.images: {dataset.name} has {there} training images (got {number})")


def unit_images(dataset: Dataset, split: Split, network: Network, device: str = "cpu") -> Images:
    """Images of a split as a network takes them, see :class:`~rramsim.eqprop.scale.Scale`.

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
        The network does not fit the data set; or an image has a value that is not finite.
    """
    check_fit(dataset, network)
    scale, images = Scale.of(dataset), torch.from_numpy(split.images).to(device)
    if not bool(torch.isfinite(images).all()):
        raise NetworkError(f"{dataset.name} has images with values that are not finite")
    return Images(inputs=scale.inputs(images, network), labels=torch.from_numpy(split.labels).to(device))
