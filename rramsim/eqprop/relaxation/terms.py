"""What adds up to the drive of a layer: a link from before it, a link from behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.pooling.pool import Context
from rramsim.torch_backend import torch

# Adds to what is there already (None: nothing yet), and may write to a buffer (None: it must not).
Term: TypeAlias = Callable[["torch.Tensor | None", "torch.Tensor | None"], torch.Tensor]


class Evaluated:
    """Drive and context of a map at the present rate of the layer before it: worked out once, until that has moved.

    Parameters
    ----------
    through
        The map.
    rates
        Of all layers, the input first; seen as they are when they are needed.
    pre
        Number of the layer before.
    """

    def __init__(self, through: AbstractMap, rates: list[torch.Tensor], pre: int) -> None:
        self._map = through
        self._rates = rates
        self._pre = pre
        self._found: tuple[torch.Tensor, Context] | None = None

    def forget(self) -> None:
        """The layer before, or a weight, has changed."""
        self._found = None

    @property
    def drive(self) -> torch.Tensor:
        """Of the layer behind."""
        return self._evaluate()[0]

    @property
    def context(self) -> Context:
        """For what comes back."""
        return self._evaluate()[1]

    def _evaluate(self) -> tuple[torch.Tensor, Context]:
        if self._found is None:
            self._found = self._map.forward(self._map.view(self._rates[self._pre]))
        return self._found


@dataclass(frozen=True, slots=True)
class FromBefore:
    """Drive through a map whose derivative does not depend on what is before it, or that nobody else evaluates.

    Parameters
    ----------
    through, rates, pre
        As for :class:`Evaluated`.
    """

    through: AbstractMap
    rates: list[torch.Tensor]
    pre: int

    def __call__(self, base: torch.Tensor | None, out: torch.Tensor | None) -> torch.Tensor:
        """The base and the drive.

        Parameters
        ----------
        base
            What is there already.
        out
            Where the sum may be written to.
        """
        return self.through.forward(self.through.view(self.rates[self.pre]), base, out)[0]


@dataclass(frozen=True, slots=True)
class FromEvaluated:
    """Drive through a map that is evaluated for its context as well.

    Parameters
    ----------
    evaluated
        The map at the layer before.
    """

    evaluated: Evaluated

    def __call__(self, base: torch.Tensor | None, out: torch.Tensor | None) -> torch.Tensor:
        """The base and the drive.

        Parameters
        ----------
        base
            What is there already.
        out
            Where the sum may be written to.
        """
        return self.evaluated.drive if base is None else torch.add(base, self.evaluated.drive, out=out)


@dataclass(frozen=True, slots=True)
class FromBehind:
    """Drive that comes back through a map.

    Parameters
    ----------
    through
        The map, with backward weights.
    rates
        Of all layers, the input first.
    pre, post
        Numbers of the layer that is driven and of the one that drives it.
    evaluated
        The map at the layer before, where its derivative depends on that.
    """

    through: AbstractMap
    rates: list[torch.Tensor]
    pre: int
    post: int
    evaluated: Evaluated | None

    def __call__(self, base: torch.Tensor | None, out: torch.Tensor | None) -> torch.Tensor:
        """The base and the drive.

        Parameters
        ----------
        base
            What is there already.
        out
            Where the sum may be written to.
        """
        view = self.through.view
        context = () if self.evaluated is None else self.evaluated.context
        seen = None if base is None else view(base)
        drive = self.through.backward(self.rates[self.post], context, seen, None if out is None else view(out))
        rate = self.rates[self.pre]
        return drive if drive.dim() == rate.dim() else drive.view(rate.shape)
