"""Images that are varied while a network learns: by nn and by eqprop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rramsim.torch_backend import torch

_SHIFT = 4  # pixels that a crop moves an image by, at most

Vary = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Every second image, left and right exchanged.

    Parameters
    ----------
    images
        (batch, channels, height, width).
    generator
        Draws which.
    """
    flipped = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(flipped.to(images.device).reshape(-1, 1, 1, 1), images.flip(-1), images)


def crop(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Images moved by up to 4 pixels along both axes; the edge is repeated.

    Parameters
    ----------
    images
        (batch, channels, height, width).
    generator
        Draws how far.
    """
    moves = torch.randint(-_SHIFT, _SHIFT + 1, (len(images), 2), generator=generator).to(images.device)
    axes = []
    for axis, size in enumerate(images.shape[2:]):
        places = torch.arange(size, device=images.device) + moves[:, axis : axis + 1]
        axes.append(places.clamp(0, size - 1))
    rows, columns = axes
    batch = torch.arange(len(images), device=images.device).reshape(-1, 1, 1)
    return images.permute(0, 2, 3, 1)[batch, rows.unsqueeze(2), columns.unsqueeze(1)].permute(0, 3, 1, 2)


AUGMENTATIONS: Final[Mapping[str, Vary]] = {"flip": flip, "crop": crop}
