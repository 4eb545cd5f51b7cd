"""Multi-layer perceptron."""

from __future__ import annotations

from typing import Annotated, cast

from pydantic import Field, StrictInt

from rramsim.nn.models.layers import Act, Flat, Full, Norm
from rramsim.nn.models.model import AbstractModel, Layers
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section

Size = Annotated[StrictInt, Field(gt=0, le=100_000)]


class MlpSettings(Section):
    """``hidden``: outputs of each hidden layer."""

    hidden: tuple[Size, ...] = (128,)


class Mlp(AbstractModel):
    """Fully connected layers, a batch normalisation after each, the last one included."""

    Settings = MlpSettings

    @classmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """Hidden layers with activations, and the last one without."""
        hidden = cast("MlpSettings", settings).hidden
        flat = [] if len(inputs) == 1 else [Flat()]
        body = [layer for outputs in hidden for layer in (Full(outputs=outputs), Norm(), Act())]
        return [*flat, *body, Full(outputs=classes), Norm()]
