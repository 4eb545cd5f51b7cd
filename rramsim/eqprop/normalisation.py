"""What is taken off images, and what they are divided by, before a network sees them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalisation:
    """(x − mean) / std of images x from 0 to 1; part of a network, whose weights are of no use with another one.

    Parameters
    ----------
    mean, std
        One of each for every channel, or one for all.

    Raises
    ------
    NetworkError
        There is not one std for each mean, or a number is none that images can be divided by.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.mean or len(self.mean) != len(self.std):
            raise NetworkError(f"images are normalised by as many means as stds (got {self.mean} and {self.std})")
        if not all(map(math.isfinite, self.mean)) or not all(0 < value < math.inf for value in self.std):
            raise NetworkError(f"means are finite and stds above 0 (got {self.mean} and {self.std})")

    def check(self, shape: tuple[int, ...]) -> None:
        """Refuse images that have another number of channels.

        Parameters
        ----------
        shape
            Of one image, the channels first; one channel where there is no other dimension.

        Raises
        ------
        NetworkError
            They have.
        """
        channels = shape[0] if len(shape) > 1 else 1
        if len(self.mean) not in (1, channels):
            raise NetworkError(f"normalise has {len(self.mean)} means for images of {channels} channels: give 1 or all")

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """The images as the network takes them.

        Parameters
        ----------
        images
            (batch, channels, …) from 0 to 1.
        """
        shape = (1, -1, *(1 for _ in images.shape[2:]))
        mean, std = (images.new_tensor(values).reshape(shape) for values in (self.mean, self.std))
        return (images - mean) / std
