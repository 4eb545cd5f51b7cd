"""Convolution over one axis or two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rramsim.nn.ops.op import Shape, require
from rramsim.nn.ops.synapses import AbstractSynapses

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution(AbstractSynapses):
    """Cross-correlation with weights (outputs, channels of a group, *kernel), as networks call a convolution.

    Parameters
    ----------
    weights, kind
        As for all layers of weights.
    stride, padding
        Along each axis; what lies outside is 0.
    groups
        Groups of channels that do not see each other.
    """

    stride: tuple[int, ...]
    padding: tuple[int, ...]
    groups: int = 1

    def shape(self, *inputs: Shape) -> Shape:
        """(outputs, *positions), of (channels, *positions)."""
        (values,) = inputs
        kernel = self.weights.shape[2:]
        axes = len(kernel)
        require(axes in {1, 2}, f"weights have shape {self.weights.shape}, need (outputs, channels, *kernel of 1 or 2)")
        require(
            len(self.stride) == len(self.padding) == axes and min(self.stride) > 0 and min(self.padding) >= 0,
            f"stride {list(self.stride)} and padding {list(self.padding)} must be given for {axes} axes, from 1 and 0",
        )
        channels = self.weights.shape[1] * self.groups
        require(
            self.groups > 0 and self.outputs % self.groups == 0 and len(values) == axes + 1 and values[0] == channels,
            f"weights have shape {self.weights.shape} in {self.groups} groups, its input {values}",
        )
        sizes = zip(values[1:], kernel, self.stride, self.padding, strict=True)
        found = tuple((size + 2 * pad - width) // step + 1 for size, width, step, pad in sizes)
        require(min(found) > 0, f"a kernel of {list(kernel)} does not fit into {list(values[1:])}")
        return (self.outputs, *found)

    def sums(self, values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        """Weighted sums at each position."""
        from rramsim.torch_backend import torch

        convolve = torch.nn.functional.conv1d if len(self.stride) == 1 else torch.nn.functional.conv2d
        sums: torch.Tensor = convolve(values, weights, None, self.stride, self.padding, 1, self.groups)
        return sums
