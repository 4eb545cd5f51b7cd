"""Fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.nn.ops.op import Shape, require
from rramsim.nn.ops.synapses import AbstractSynapses

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense(AbstractSynapses):
    """Every input to every output: weights (outputs, inputs)."""

    def shape(self, *inputs: Shape) -> Shape:
        """(outputs,), of (inputs,)."""
        (values,) = inputs
        require(self.weights.ndim == 2, f"weights have shape {self.weights.shape}, need (outputs, inputs)")
        wanted = (self.weights.shape[1],)
        require(values == wanted, f"weights have shape {self.weights.shape}, its input {values}; needs {wanted}")
        return (self.outputs,)

    def sums(self, values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Weighted sums."""
        from rramsim.torch_backend import torch

        return torch.nn.functional.linear(values, weights)
