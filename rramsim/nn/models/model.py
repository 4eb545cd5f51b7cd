"""What a model is: layers for images of a shape, with settings of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from rramsim.errors import NetworkError
from rramsim.nn.models.layers import AbstractLayer, AbstractWeighted, Act, Choice, Full
from rramsim.nn.ops.op import Shape
from rramsim.validation import Section
from rramsim.weights import WeightKind

Layers = Sequence[AbstractLayer]


class AbstractModel(ABC):
    """A model.

    Attributes
    ----------
    Settings
        Keys of ``[network.settings]``.
    """

    Settings: ClassVar[type[Section]]

    @classmethod
    @abstractmethod
    def layers(cls, settings: Section, inputs: Shape, classes: int) -> Layers:
        """Layers in the order in which they run.

        Parameters
        ----------
        settings
            Of its own ``Settings``.
        inputs
            Shape of one image.
        classes
            How many scores it ends in.

        Raises
        ------
        NetworkError
            It takes no images of that shape.
        """


def shapes(layers: Layers, inputs: Shape) -> list[Shape]:
    """Shape of what goes into each layer, and of what comes out at last.

    Parameters
    ----------
    layers
        Of a model.
    inputs
        Shape of one image.

    Raises
    ------
    NetworkError
        A layer does not take what comes from the one before it.
    """
    found = [inputs]
    for number, layer in enumerate(layers):
        try:
            found.append(layer.shape(found[-1]))
        except NetworkError as error:
            raise NetworkError(f"layer {number} ({type(layer).__name__}): {error}") from None
    return found


def weight_count(layers: Layers, inputs: Shape) -> int:
    """How many weights there are.

    Parameters
    ----------
    layers
        Of a model.
    inputs
        Shape of one image.
    """
    return sum(layer.weights(shape) for layer, shape in zip(layers, shapes(layers, inputs), strict=False))


def choices(
    layers: Layers, kind: WeightKind | None, activations: str, *, classifier_only: bool = False
) -> list[Choice]:
    """What is chosen for each layer.

    Of the classifier only: fully connected layers, and activations that go into them; the rest has real weights and
    activations.

    Parameters
    ----------
    layers
        Of a model.
    kind
        The set of weights; None for real ones.
    activations
        ``binary``, ``ternary`` or ``real``.
    classifier_only
        Whether that is for the classifier only.
    """
    found: list[Choice] = []
    real = Choice(kind=None, activations="real")
    for number, layer in enumerate(layers):
        target = layer
        if isinstance(layer, Act):
            target = next((one for one in layers[number:] if isinstance(one, AbstractWeighted)), layer)
        chosen = not classifier_only or isinstance(target, Full)
        found.append(Choice(kind=kind, activations=activations) if chosen else real)
    return found
