"""Fully connected layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractConnection, AbstractMap, Shape
from rramsim.eqprop.pooling.pool import Context
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


class DenseMap(AbstractMap):
    """Weights (outputs, inputs) and biases (outputs,).

    Parameters
    ----------
    weight, bias
        Of the connection.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self._weight = weight
        self._transposed = weight.t()
        self._bias = bias

    def view(self, state: torch.Tensor) -> torch.Tensor:
        """(batch, units)."""
        return state if state.dim() == 2 else state.flatten(1)

    def forward(
        self, pre: torch.Tensor, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, Context]:
        """W s + b."""
        if base is None and self._bias is not None:
            return torch.addmm(self._bias, pre, self._transposed, out=out), ()
        sums = self._sum(pre, self._transposed, base, out)
        return (sums if self._bias is None else torch.add(sums, self._bias, out=out)), ()

    def backward(
        self, post: torch.Tensor, context: Context, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Wᵀ s."""
        return self._sum(post, self._weight, base, out)

    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """W δ."""
        return torch.mm(change, self._transposed)

    def gradient(self, pre: torch.Tensor, post: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Products of the states of the two ends, and the states of the layer behind."""
        return torch.mm(post.t(), pre), post.sum(0)

    @staticmethod
    def _sum(
        state: torch.Tensor, matrix: torch.Tensor, base: torch.Tensor | None, out: torch.Tensor | None
    ) -> torch.Tensor:
        return torch.mm(state, matrix, out=out) if base is None else torch.addmm(base, state, matrix, out=out)


@dataclass(frozen=True, slots=True)
class Dense(AbstractConnection):
    """Every unit to every unit; a map is taken as the row of its units.

    Parameters
    ----------
    units
        Of the layer behind it.
    """

    name: ClassVar[str] = "dense"
    units: int

    def shape(self, pre: Shape) -> Shape:
        """(units,).

        Raises
        ------
        NetworkError
            There is no unit.
        """
        if self.units < 1 or math.prod(pre) < 1:
            raise NetworkError(f"a fully connected layer has at least one unit and one input (got {self.units}, {pre})")
        return (self.units,)

    def weight_shape(self, pre: Shape) -> Shape:
        """(units, inputs)."""
        return (self.units, math.prod(pre))

    def bind(self, pre: Shape, weight: torch.Tensor, bias: torch.Tensor | None) -> DenseMap:
        """The connection with weights."""
        return DenseMap(weight, bias)
