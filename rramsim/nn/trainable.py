"""A model in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from rramsim.nn.layers import QuantizedSynapses, TrainableLayer
from rramsim.nn.models.layers import Choice
from rramsim.nn.models.model import Layers, shapes
from rramsim.nn.network import Node, chain
from rramsim.nn.ops.op import Shape
from rramsim.torch_backend import torch


class TrainableNetwork(torch.nn.Module):
    """Layers of a model, one after the other.

    Parameters
    ----------
    layers
        Of the model.
    chosen
        What is chosen for each of them.
    inputs
        Shape of one image.
    generator
        Draws the initial weights.

    Raises
    ------
    NetworkError
        A layer does not take what comes from the one before it.
    """

    def __init__(self, layers: Layers, chosen: Sequence[Choice], inputs: Shape, generator: torch.Generator) -> None:
        super().__init__()
        built = zip(layers, shapes(layers, inputs), chosen, strict=False)
        self.body = torch.nn.Sequential(*(layer.build(shape, choice, generator) for layer, shape, choice in built))

    @property
    def layers(self) -> list[TrainableLayer]:
        """In the order in which they run."""
        return [cast("TrainableLayer", layer) for layer in self.body]

    @property
    def synapses(self) -> list[QuantizedSynapses]:
        """Those whose weights an array will store."""
        return [layer for layer in self.layers if isinstance(layer, QuantizedSynapses) and layer.kind is not None]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Class scores, (batch, classes).

        Parameters
        ----------
        images
            (batch, *shape).
        """
        scores: torch.Tensor = self.body(images)
        return scores

    def nodes(self) -> tuple[Node, ...]:
        """What it is ready to run, with what has been learnt so far."""
        return chain([layer.op() for layer in self.layers])
