"""MobileNet V1.

References
----------
A. G. Howard et al., MobileNets: efficient convolutional neural networks for mobile vision applications, 2017, arXiv
1704.04861, table 1.
"""

from __future__ import annotations

from rramsim.nn.models.layers import Act, Conv, Flat, Full, Norm, Pool
from rramsim.nn.models.model import AbstractModel, Layers
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section

# Channels and stride of each separable convolution.
_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *(((512, 1),) * 5), (1024, 2), (1024, 1))


class MobileNetSettings(Section):
    """Nothing to choose: width 1."""


class MobileNet(AbstractModel):
    """Separable convolutions, then the mean of all positions and one full layer."""

    Settings = MobileNetSettings

    @classmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """As in table 1 of the reference."""
        body: list[Layers] = [(Conv(outputs=32, kernel=3, stride=2, padding=1), Norm(), Act())]
        channels = 32
        for outputs, stride in _BLOCKS:
            depthwise = Conv(outputs=channels, kernel=3, stride=stride, padding=1, groups=0)
            body.append((depthwise, Norm(), Act(), Conv(outputs=outputs, kernel=1), Norm(), Act()))
            channels = outputs
        head = (Pool(size=0, mean=True), Flat(), Full(outputs=classes), Norm())
        return [layer for part in (*body, head) for layer in part]
