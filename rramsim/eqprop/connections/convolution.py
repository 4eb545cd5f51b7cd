"""Convolutions with pooling behind them; a drive comes back through the transposed convolution of what is unpooled.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractConnection, AbstractMap, Shape
from rramsim.eqprop.connections.correlation import Correlation
from rramsim.eqprop.pooling.maximum import MaxPool
from rramsim.eqprop.pooling.pool import AbstractPool, Context
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


class ConvolutionMap(AbstractMap):
    """Kernels (channels, channels before, height, width) and biases (channels,), the biases pooled with the sums.

    Parameters
    ----------
    described
        The connection as a plain value.
    pre
        Shape of the layer before.
    weight, bias
        Of the connection.
    """

    def __init__(self, described: Convolution, pre: Shape, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        self._pool = described.pool
        self._correlation = Correlation(weight, described.stride, described.padding, pre)
        self._bias = bias
        self.contextual = described.pool.contextual

    def prepare(self) -> None:
        """Put the kernels in the order in which they are used."""
        self._correlation.prepare()

    def view(self, state: torch.Tensor) -> torch.Tensor:
        """The state itself."""
        return state

    def forward(
        self, pre: torch.Tensor, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, Context]:
        """pool(w ∗ s + b)."""
        sums = self._correlation.forward(pre, self._bias)
        drive, context = self._pool(sums)
        if base is not None:
            return torch.add(base, drive, out=out), context
        return (sums.clone() if drive is sums else drive), context  # of its own: the next step overwrites the sums

    def backward(
        self, post: torch.Tensor, context: Context, base: torch.Tensor | None = None, out: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Transposed convolution of the state, unpooled at the context."""
        drive = self._correlation.backward(self._pool.back(post, context))
        if base is not None:
            return torch.add(base, drive, out=out)
        return drive.clone() if out is None else out.copy_(drive)

    def tangent(self, change: torch.Tensor, context: Context) -> torch.Tensor:
        """The derivative of the pooling, of w ∗ δ."""
        return self._pool.tangent(self._correlation.forward(change, None), context)

    def gradient(self, pre: torch.Tensor, post: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Correlations of the state before with the unpooled state behind, and the sums of the latter."""
        sums = self._correlation.forward(pre, self._bias) if self.contextual else pre
        return self._correlation.gradient(pre, self._pool.back(post, self._pool(sums)[1] if self.contextual else ()))


@dataclass(frozen=True, slots=True)
class Convolution(AbstractConnection):
    """Square kernels over maps.

    Parameters
    ----------
    channels
        Of the layer behind it.
    kernel
        Units a side.
    padding
        Rows and columns of zeros at each edge.
    stride
        Units from kernel to kernel.
    pool
        What is behind it.
    """

    name: ClassVar[str] = "convolution"
    channels: int
    kernel: int = 3
    padding: int = 0
    stride: int = 1
    pool: AbstractPool = field(default_factory=MaxPool)

    def shape(self, pre: Shape) -> Shape:
        """(channels, height, width), pooled.

        Raises
        ------
        NetworkError
            The layer before has no maps, or maps that the kernel or the pooling does not fit.
        """
        if len(pre) != 3:
            raise NetworkError(f"a convolution takes maps (channels, height, width), and not a layer of shape {pre}")
        if min(self.channels, self.kernel, self.stride) < 1 or self.padding < 0:
            raise NetworkError(f"channels, kernel and stride are at least 1, padding at least 0 (got {self})")
        height, width = (self._size(size) for size in pre[1:])
        return (self.channels, self.pool.size(height), self.pool.size(width))

    def weight_shape(self, pre: Shape) -> Shape:
        """(channels, channels before, kernel, kernel)."""
        return (self.channels, pre[0], self.kernel, self.kernel)

    def positions(self, pre: Shape) -> int:
        """Places of the kernel, those before the pooling."""
        return self._size(pre[1]) * self._size(pre[2])

    def bind(self, pre: Shape, weight: torch.Tensor, bias: torch.Tensor | None) -> ConvolutionMap:
        """The connection with weights."""
        return ConvolutionMap(self, pre, weight, bias)

    def _size(self, size: int) -> int:
        if size + 2 * self.padding < self.kernel:
            raise NetworkError(f"a kernel of {self.kernel} does not fit in {size} units padded by {self.padding}")
        return (size + 2 * self.padding - self.kernel) // self.stride + 1
