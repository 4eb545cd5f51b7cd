"""Layers with latent real weights that are used, and stored, quantized.

References
----------
A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based synapse,
IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba.
"""

from __future__ import annotations

from rramsim.nn.backend import torch
from rramsim.nn.quantizers import WeightEstimator, quantize
from rramsim.weights import WeightKind

_LATENT_SPREAD = 0.03  # N(0, 0.03): init of the public code of the reference


class QuantizedLinear(torch.nn.Module):
    """Fully connected layer without bias, weights binary or ternary.

    Parameters
    ----------
    inputs, outputs
        Sizes.
    kind
        The set of weights.
    generator
        Draws the initial latent weights.
    """

    def __init__(self, inputs: int, outputs: int, kind: WeightKind, generator: torch.Generator) -> None:
        super().__init__()
        self.kind = kind
        self.latent = torch.nn.Parameter(torch.randn(outputs, inputs, generator=generator) * _LATENT_SPREAD)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Weighted sums.

        Parameters
        ----------
        inputs
            Activations before the layer, shape (batch, inputs).

        Returns
        -------
        torch.Tensor
            Shape (batch, outputs); gradients go to the latent weights.
        """
        weight: torch.Tensor = WeightEstimator.apply(self.latent, self.kind)  # type: ignore[no-untyped-call]
        return torch.nn.functional.linear(inputs, weight)

    def stored(self) -> torch.Tensor:
        """The weights as a memory array holds them: int8 of shape (outputs, inputs)."""
        return quantize(self.latent.detach(), self.kind).to(torch.int8)
