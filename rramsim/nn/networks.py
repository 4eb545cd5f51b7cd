"""Networks in training: fully connected, a batch normalisation after every layer, the last one included.

References
----------
Batch normalisation: S. Ioffe, C. Szegedy, Batch normalization: accelerating deep network training by reducing internal
covariate shift, ICML 2015, arXiv 1502.03167.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

from rramsim.nn.backend import torch
from rramsim.nn.layers import QuantizedLinear
from rramsim.nn.quantizers import activate
from rramsim.weights import WeightKind


class Perceptron(torch.nn.Module):
    """Multi-layer perceptron with quantized weights; real inputs, batch normalisation after each layer.

    Parameters
    ----------
    sizes
        Inputs, hidden layers, classes.
    kind
        The set of weights of every layer.
    activations
        ``binary``, ``ternary`` or ``real``.
    generator
        Draws the initial weights.
    """

    def __init__(self, sizes: Sequence[int], kind: WeightKind, activations: str, generator: torch.Generator) -> None:
        super().__init__()
        self.activations = activations
        self.layers = torch.nn.ModuleList(
            QuantizedLinear(inputs, outputs, kind, generator) for inputs, outputs in pairwise(sizes)
        )
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm1d(outputs) for outputs in sizes[1:])

    def stages(self) -> Iterator[tuple[QuantizedLinear, torch.nn.BatchNorm1d]]:
        """Each layer with the normalisation that follows it."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            yield cast("QuantizedLinear", layer), cast("torch.nn.BatchNorm1d", norm)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Class scores.

        Parameters
        ----------
        images
            Standardised images, shape (batch, inputs).

        Returns
        -------
        torch.Tensor
            Shape (batch, classes).
        """
        values = images
        last = len(self.layers) - 1
        for index, (layer, norm) in enumerate(self.stages()):
            values = norm(layer(values))
            if index < last:
                values = activate(values, self.activations)
        return values
