"""How a training goes on: steps, learning rate, decay, images that are varied, weights that are misread.

AdamW [1]_ with cosine schedules [2]_ on the latent weights, as the public code of [3]_.

References
----------
.. [1] I. Loshchilov, F. Hutter, Decoupled weight decay regularization, ICLR 2019, arXiv 1711.05101.

.. [2] I. Loshchilov, F. Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017, arXiv 1608.03983.

.. [3] A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based
   synapse, IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from rramsim.nn.faults.misreads import draw_misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.settings import NetworkSection
from rramsim.torch_backend import torch
from rramsim.weights import ErrorType, WeightKind

_SHIFT = 4  # pixels that a crop moves an image by, at most

Vary = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


def cosine(section: NetworkSection, epoch: int) -> tuple[int, int]:
    """Where an epoch lies: how many of its cosine are over, and how many there are.

    Parameters
    ----------
    section
        What is trained.
    epoch
        From 0.
    """
    for length in section.restarts:
        if epoch < length:
            return epoch, length
        epoch -= length
    return epoch, section.epochs


def learning_rate(section: NetworkSection, epoch: int) -> float:
    """Learning rate of an epoch [1], which falls to 0 with half a cosine.

    Parameters
    ----------
    section
        What is trained.
    epoch
        From 0.
    """
    over, length = cosine(section, epoch)
    return section.learning_rate * (1 + math.cos(math.pi * over / length)) / 2


def weight_decay(section: NetworkSection, epoch: int, images: int) -> float:
    """Weight decay of an epoch [1].

    Parameters
    ----------
    section
        What is trained.
    epoch
        From 0.
    images
        How many there are to train on.
    """
    if section.decay == "plain":
        return section.weight_decay
    return section.weight_decay * math.sqrt(section.batch_size / (images * cosine(section, epoch)[1]))


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


AUGMENTATIONS: Mapping[str, Vary] = {"flip": flip, "crop": crop}


def error_rates(kind: WeightKind, errors: Mapping[ErrorType, float]) -> ReadErrorRates:
    """Rates of errors of several types.

    Parameters
    ----------
    kind
        The set of weights.
    errors
        Probability of each type, of a weight that can make such an error [1].

    Raises
    ------
    InputError
        The kind makes no such error, or probabilities of one weight add up to more than 1.
    """
    found = [row for error, rate in errors.items() for row in ReadErrorRates.of_type(kind, error, rate).rates]
    return ReadErrorRates(kind=kind, rates=tuple(found))


def misreader(rates: ReadErrorRates, generator: torch.Generator) -> Callable[[torch.Tensor], torch.Tensor]:
    """What becomes of stored weights at one pass, each apart from the others.

    Parameters
    ----------
    rates
        What each may be misread as.
    generator
        Draws, on the processor.
    """

    def misread(weights: torch.Tensor) -> torch.Tensor:
        seed = int(torch.randint(2**63 - 1, (1,), generator=generator))
        found = draw_misreads(weights.to("cpu", torch.int8).contiguous().numpy(), rates, seed)
        read = weights.clone(memory_format=torch.contiguous_format)
        values = torch.from_numpy(found.values).to(read.device, read.dtype)
        read.view(-1)[torch.from_numpy(found.positions).to(read.device)] = values
        return read

    return misread
