"""How a training goes on: steps, learning rate, decay, weights that are misread.

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
