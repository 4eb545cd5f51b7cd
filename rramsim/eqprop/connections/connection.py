"""What every kind of connection is: a description, and the maps that it becomes with weights."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

from rramsim.eqprop.pooling.pool import Context
from rramsim.torch_backend import torch

Shape: TypeAlias = tuple[int, ...]


class AbstractMap(ABC):
    """A connection with weights: how the layers before (*pre*) and behind it (*post*) drive each other.

    Its term of the primitive function is ``value``; ``forward`` and ``backward`` are the derivatives of that by the two
    states, ``gradient`` by the parameters, all written out. ``base`` is what they add to; ``out`` is where the sum
    may be written to, and is what autograd cannot follow.

    Attributes
    ----------
    contextual
        Whether ``backward`` needs a context of the state before it; if not, it is ().
    """

    contextual: bool = False

    def prepare(self) -> None:  # noqa: B027 - most keep nothing
        """Take the weights as they are now for all that follows, until the next call.

        Without it they are seen where they are; with it a map may keep them in an order that is faster to use.
        """

    @abstractmethod
    def view(self, state: torch.Tensor) -> torch.Tensor:
        r"""A state as it takes it: (batch, units) where it is fully connected.

        Parameters
        ----------
        state
            (batch, \*shape) of a layer before it; a view of the same memory.
        """

    @abstractmethod
    def forward(
        self, pre: torch.Tensor, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, Context]:
        """Drive of the layer behind, and the context at this state.

        Parameters
        ----------
        pre
            State of the layer before, as :meth:`view` gives it.
        base
            What the drive is added to; unchanged unless it is ``out``.
        out
            Where it may be written to; where the result is then is what is returned.
        """

    @abstractmethod
    def backward(
        self, post: torch.Tensor, context: Context, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Drive of the layer before, as :meth:`view` gives it.

        Parameters
        ----------
        post
            State of the layer behind.
        context
            At the state of the layer before.
        base, out
            As in :meth:`forward`.
        """

    @abstractmethod
    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """How the drive of the layer behind changes with the state of the layer before, to first order.

        Parameters
        ----------
        change
            Of the state of the layer before, as :meth:`view` gives it.
        context
            At that state.
        """

    @abstractmethod
    def gradient(self, pre: torch.Tensor, post: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Derivatives of the value, summed over the batch, by the weights and by the biases.

        Parameters
        ----------
        pre, post
            States of the layers before, as :meth:`view` gives it, and behind.
        """

    def value(self, pre: torch.Tensor, post: torch.Tensor) -> torch.Tensor:
        """Its term of the primitive function, (batch,): the product of the drive and the state of the layer behind.

        Parameters
        ----------
        pre, post
            States of the layers before, as :meth:`view` gives it, and behind.
        """
        return (self.forward(pre)[0] * post).flatten(1).sum(1)


class AbstractConnection(ABC):
    """A connection as a plain value.

    Attributes
    ----------
    name
        As settings have it.
    """

    name: ClassVar[str]

    @abstractmethod
    def shape(self, pre: Shape) -> Shape:
        """Shape of the layer behind.

        Parameters
        ----------
        pre
            Shape of the layer before.

        Raises
        ------
        NetworkError
            It takes no such layer.
        """

    @abstractmethod
    def weight_shape(self, pre: Shape) -> Shape:
        r"""Shape of its weights: (outputs, \*inputs of one output).

        Parameters
        ----------
        pre
            Shape of the layer before.
        """

    def positions(self, pre: Shape) -> int:
        """How often a state of the layer before uses each weight: once, or at each place of a kernel.

        Parameters
        ----------
        pre
            Shape of the layer before.
        """
        return 1

    @abstractmethod
    def bind(self, pre: Shape, weight: torch.Tensor, bias: torch.Tensor | None) -> AbstractMap:
        """The connection with weights, of which it keeps views: they may change in place.

        Parameters
        ----------
        pre
            Shape of the layer before.
        weight
            Of the shape of :meth:`weight_shape`.
        bias
            (outputs,); None for none.
        """

    def bound(self, pre: Shape) -> float:
        """Largest initial weight or bias: 1 / √inputs of one output, as torch initialises its layers.

        Parameters
        ----------
        pre
            Shape of the layer before.
        """
        return 1 / math.sqrt(math.prod(self.weight_shape(pre)[1:]))
