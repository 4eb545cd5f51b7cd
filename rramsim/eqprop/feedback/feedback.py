"""What every kind of feedback is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.torch_backend import torch

Tensors = dict[str, torch.Tensor]
WEIGHT, BIAS, BACKWARD = "weight", "bias", "backward"


@dataclass(frozen=True, slots=True)
class Ends:
    """States of the two layers that a connection joins.

    Parameters
    ----------
    pre
        Of the layer before, as the connection's map views it.
    post
        Of the layer behind.
    """

    pre: torch.Tensor
    post: torch.Tensor


def contrast_of(through: AbstractMap, first: Ends, second: Ends) -> tuple[torch.Tensor, torch.Tensor]:
    """How a term's derivatives by weights and biases differ between two states, summed over the batch.

    Parameters
    ----------
    through
        The connection with its weights.
    first, second
        The states; the difference is that of the second less the first.
    """
    if first.pre is second.pre:  # the input, which does not move: the derivative is linear in the state behind
        return through.gradient(first.pre, second.post - first.post)
    (before, bias_before), (after, bias_after) = (through.gradient(ends.pre, ends.post) for ends in (first, second))
    return after.sub_(before), bias_after.sub_(bias_before)


class AbstractFeedback(ABC):
    """How a connection drives the layer before it.

    Attributes
    ----------
    name
        As settings have it.
    separate
        Whether it has backward weights of its own; there is no primitive function then.
    """

    name: ClassVar[str]
    separate: ClassVar[bool]

    def initial(self, weight: torch.Tensor, drawn: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """Backward weights before any learning.

        Parameters
        ----------
        weight
            Forward weights, on the processor.
        drawn
            Weights of the same distribution, drawn apart.
        generator
            Draws what else there is to draw.
        """
        return drawn

    @abstractmethod
    def contrast(self, forward: AbstractMap, backward: AbstractMap, first: Ends, second: Ends, at: Ends) -> Tensors:
        """What two states differ by for the parameters, summed over the batch: what raises the term of the second.

        Parameters
        ----------
        forward, backward
            The connection with its forward and its backward weights; one thing where they are shared.
        first, second
            The two states.
        at
            The state that they are compared at: the free one, or that before a step.

        Returns
        -------
        dict of Tensor
            By ``weight``, ``bias`` and, of separate weights, ``backward``.
        """
