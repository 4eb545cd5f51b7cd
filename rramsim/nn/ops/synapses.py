"""Layers of weights: in a memory array where these are binary or ternary, elsewhere where they are real."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.mapping import require_weights
from rramsim.nn.ops.op import AbstractOp, numbers, require
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import torch

Weights = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractSynapses(AbstractOp):
    """Weighted sums without bias.

    Parameters
    ----------
    weights
        int8 of the kind, or float32; (outputs, inputs of a group, *kernel).
    kind
        The set of weights that cells store; None for real weights, which no array stores.

    Raises
    ------
    NetworkError
        Weights of another type, or not of the kind; none at all.
    """

    weights: NDArray[Any]
    kind: WeightKind | None = None

    def __post_init__(self) -> None:
        require(self.weights.ndim >= 2 and self.weights.size > 0, f"weights have shape {self.weights.shape}")
        if self.kind is None:
            numbers(self.weights, "real weights")
        else:
            require(self.weights.dtype == np.int8, f"{self.kind} weights must be int8, are {self.weights.dtype}")
            require_weights(self.weights, self.kind, where="weights")

    @property
    def outputs(self) -> int:
        """How many sums each input gives, or maps of sums."""
        return int(self.weights.shape[0])

    @property
    def fan_in(self) -> int:
        """How many weights one sum has."""
        return int(self.weights[0].size)

    def largest(self, *inputs: float) -> float:
        """All weights of a sum at their greatest."""
        return inputs[0] * self.fan_in * (1.0 if self.kind is not None else float(np.abs(self.weights).max()))

    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Sums with its own weights."""
        from rramsim.torch_backend import torch

        return self.sums(values[0], torch.from_numpy(self.weights).to(torch.float32))

    @abstractmethod
    def sums(self, values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Sums with other weights, as they were read.

        Parameters
        ----------
        values
            What goes in: float32, (batch, *shape).
        weights
            float32, shape of ``weights``.
        """
