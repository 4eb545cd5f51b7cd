"""Layers in training: latent real weights that are used, and stored, quantized.

References
----------
A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based synapse,
IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba.

Batch normalisation: S. Ioffe, C. Szegedy, Batch normalization: accelerating deep network training by reducing internal
covariate shift, ICML 2015, arXiv 1502.03167.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.op import AbstractOp, Shape
from rramsim.nn.quantizers import WeightEstimator, quantize
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

_LATENT_SPREAD = 0.03  # N(0, 0.03): init of the public code of the reference

# Weights as an array reads them, of those that are stored; gradients pass.
Misread = Callable[[torch.Tensor], torch.Tensor]


class TrainableLayer(torch.nn.Module):
    """A layer in training, and the operation that it becomes."""

    @abstractmethod
    def op(self) -> AbstractOp:
        """The operation, with what has been learnt so far."""


class QuantizedSynapses(TrainableLayer):
    """Weighted sums without bias; weights binary, ternary or real.

    Parameters
    ----------
    shape
        (outputs, inputs of a group, *kernel).
    kind
        The set of weights; None for real ones.
    generator
        Draws the initial latent weights.

    Attributes
    ----------
    misread
        What becomes of stored weights at each pass in training; None for what was programmed.
    """

    def __init__(self, shape: Shape, kind: WeightKind | None, generator: torch.Generator) -> None:
        super().__init__()
        self.kind = kind
        self.misread: Misread | None = None
        self.latent = torch.nn.Parameter(torch.randn(shape, generator=generator) * _LATENT_SPREAD)

    @property
    def weight(self) -> torch.Tensor:
        """Weights of this pass; gradients go to the latent ones."""
        if self.kind is None:
            return self.latent
        stored: torch.Tensor = WeightEstimator.apply(self.latent, self.kind)  # type: ignore[no-untyped-call]
        if self.misread is not None and self.training:
            stored = stored + (self.misread(stored.detach()) - stored.detach())
        return stored

    def stored(self) -> NDArray[np.int8] | NDArray[np.float32]:
        """The weights as a memory array holds them: int8 of their shape; float32 where they are real."""
        latent = self.latent.detach().cpu()
        if self.kind is None:
            real: NDArray[np.float32] = latent.contiguous().numpy().copy()
            return real
        stored: NDArray[np.int8] = quantize(latent, self.kind).to(torch.int8).contiguous().numpy()
        return stored


class QuantizedDense(QuantizedSynapses):
    """Fully connected."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Weighted sums, (batch, outputs).

        Parameters
        ----------
        values
            (batch, inputs).
        """
        return torch.nn.functional.linear(values, self.weight)

    def op(self) -> AbstractOp:
        """With stored weights."""
        return Dense(weights=self.stored(), kind=self.kind)


class QuantizedConvolution(QuantizedSynapses):
    """Convolution over one axis or two.

    Parameters
    ----------
    shape, kind, generator
        As for all synapses.
    stride, padding
        Along each axis.
    groups
        Groups of channels that do not see each other.
    """

    def __init__(
        self, shape: Shape, kind: WeightKind | None, generator: torch.Generator,
        *, stride: tuple[int, ...], padding: tuple[int, ...], groups: int,
    ) -> None:  # fmt: skip
        super().__init__(shape, kind, generator)
        self.stride, self.padding, self.groups = stride, padding, groups
        self._convolve = torch.nn.functional.conv1d if len(stride) == 1 else torch.nn.functional.conv2d

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Weighted sums at each position, (batch, outputs, *positions).

        Parameters
        ----------
        values
            (batch, channels, *positions).
        """
        sums: torch.Tensor = self._convolve(values, self.weight, None, self.stride, self.padding, 1, self.groups)
        return sums

    def op(self) -> AbstractOp:
        """With stored weights."""
        return Convolution(
            weights=self.stored(), kind=self.kind, stride=self.stride, padding=self.padding, groups=self.groups
        )


class Normalisation(TrainableLayer):
    """Batch normalisation of each channel.

    Parameters
    ----------
    shape
        Of one value: (features,) or (channels, *positions).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        kinds = (torch.nn.BatchNorm1d, torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)
        self.norm = kinds[len(shape) - 1](shape[0])

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Normalised, same shape.

        Parameters
        ----------
        values
            (batch, *shape).
        """
        normalised: torch.Tensor = self.norm(values)
        return normalised

    def op(self) -> AbstractOp:
        """Running statistics, folded: γ (x - mean) / √(var + ε) + β as scale · x + shift.

        Raises
        ------
        NetworkError
            There are none.
        """
        mean, variance = self.norm.running_mean, self.norm.running_var
        if mean is None or variance is None:
            raise NetworkError("the network was trained without running statistics")
        return fold_normalisation(self.norm.weight, self.norm.bias, mean, variance, self.norm.eps)


def fold_normalisation(
    gamma: torch.Tensor, beta: torch.Tensor, mean: torch.Tensor, variance: torch.Tensor, epsilon: float
) -> Affine:
    """γ (x - mean) / √(variance + ε) + β as scale · x + shift.

    Parameters
    ----------
    gamma, beta, mean, variance
        float32, (channels,).
    epsilon
        ε.

    Raises
    ------
    NetworkError
        They are not finite as scale and shift.
    """
    scale = (gamma / torch.sqrt(variance + epsilon)).detach().cpu()
    shift = beta.detach().cpu() - mean.cpu() * scale
    return Affine(scale=scale.numpy(), shift=shift.numpy())


class Fixed(TrainableLayer):
    """What learns nothing: the same operation in training.

    Parameters
    ----------
    op
        The operation.
    """

    def __init__(self, op: AbstractOp) -> None:
        super().__init__()
        self._op = op

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """As the operation does.

        Parameters
        ----------
        values
            (batch, *shape).
        """
        return self._op.run(values)

    def op(self) -> AbstractOp:
        """The operation."""
        return self._op
