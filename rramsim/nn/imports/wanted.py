"""What is asked of a network that is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rramsim.nn.ops.op import Shape
from rramsim.weights import WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a study, or who calls, says of a network.

    Parameters
    ----------
    name
        Its name in tables.
    dataset
        The data set that it is for.
    input_shape
        Of one image.
    weights
        The set of weights that its cells store; ``real`` where none are stored; None for the smallest that holds them.
    quantized
        ``all``: every layer of weights is stored; ``classifier``: fully connected ones alone.
    real_layers
        Names of other layers whose weights are in no array.
    """

    name: str
    dataset: str
    input_shape: Shape
    weights: WeightKind | Literal["real"] | None = None
    quantized: Literal["all", "classifier"] = "all"
    real_layers: tuple[str, ...] = ()

    def keeps_real(self, layer: str, *, full: bool) -> bool:
        """Whether the weights of a layer are in no array.

        Parameters
        ----------
        layer
            Its name.
        full
            Whether it is fully connected.
        """
        only = self.quantized == "classifier" and not full
        return self.weights == "real" or only or layer in self.real_layers
