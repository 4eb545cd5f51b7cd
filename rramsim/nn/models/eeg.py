"""The ConvNet of Dose et al. for motor imagery in EEG.

References
----------
H. Dose et al., An end-to-end deep learning approach to MI-EEG signal classification for BCIs, Expert Syst. Appl. 114,
532 (2018), doi 10.1016/j.eswa.2018.08.031; code hauke-d/cnn-eeg.
"""

from __future__ import annotations

from typing import cast

from rramsim.nn.models.layers import Act, Conv, Flat, Full, Norm, Pool
from rramsim.nn.models.mlp import Size
from rramsim.nn.models.model import AbstractModel, Layers
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section


class EegSettings(Section):
    """``width``: filters of both convolutions; ``hidden``: outputs of the full layer."""

    width: Size = 40
    hidden: Size = 80


class Eeg(AbstractModel):
    """Over time, then over all electrodes, pooled to the mean of 30 samples in steps of 15, then two full layers.

    Inputs are (1, samples, electrodes). The reference has biases; a batch normalisation after each layer takes their
    place here. Its first convolution is "same" with an even kernel of 30: torch pads 14 and 15, here 15 on both sides,
    which gives one sample more.
    """

    Settings = EegSettings

    @classmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """As in the reference."""
        given = cast("EegSettings", settings)
        electrodes = inputs[-1]
        return [
            Conv(outputs=given.width, kernel=(30, 1), padding=(15, 0)), Norm(), Act(),
            Conv(outputs=given.width, kernel=(1, electrodes)), Norm(), Act(),
            Pool(size=(30, 1), stride=(15, 1), mean=True), Flat(),
            Full(outputs=given.hidden), Norm(), Act(),
            Full(outputs=classes), Norm(),
        ]  # fmt: skip
