"""The ConvNet of the ternary papers for CIFAR-10, after VGG.

References
----------
A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based synapse,
IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba.
"""

from __future__ import annotations

from typing import cast

from rramsim.nn.models.layers import Act, Conv, Flat, Full, Norm, Pool
from rramsim.nn.models.mlp import Size
from rramsim.nn.models.model import AbstractModel, Layers
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section


class VggSettings(Section):
    """``width``: channels of the first convolution, N; ``hidden``: outputs of the first fully connected layer."""

    width: Size = 128
    hidden: Size = 512


class Vgg(AbstractModel):
    """Convolutions 3 × 3 of N, N, 2N, 2N, 4N, 4N channels, pooled after every second one, then two full layers."""

    Settings = VggSettings

    @classmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """As in the reference, a batch normalisation after the last layer included."""
        given = cast("VggSettings", settings)
        body: list[Layers] = []
        for factor in (1, 2, 4):
            conv = Conv(outputs=factor * given.width, kernel=3, padding=1)
            body.append((conv, Norm(), Act(), conv, Pool(size=2), Norm(), Act()))
        head = (Flat(), Full(outputs=given.hidden), Norm(), Act(), Full(outputs=classes), Norm())
        return [layer for part in (*body, head) for layer in part]
