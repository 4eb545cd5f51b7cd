"""Weights as a memory array holds them: a symbol for each, and one scale for all of a link.

Awkward case: sign(0) is +1, since a binary cell has no third state.

References
----------
M. Rastegari, V. Ordonez, J. Redmon, A. Farhadi, XNOR-Net: ImageNet classification using binary convolutional neural
networks, ECCV 2016, arXiv 1603.05279: the scale that is nearest to real weights is the mean of their magnitudes.

F. Li, B. Liu, J. Yan, Ternary weight networks, arXiv 1605.04711: weights within 0.7 of that mean become 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rramsim.eqprop.feedback.feedback import BACKWARD, WEIGHT
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

TERNARY_THRESHOLD = 0.7  # of the mean magnitude


@dataclass(frozen=True, kw_only=True)
class StoredWeight:
    """Weights of one link.

    Parameters
    ----------
    kind
        Which symbols there are.
    symbols
        -1, 0 and +1 in int8, of the shape of the weights.
    scale
        What a symbol is multiplied with; not negative.
    """

    kind: WeightKind
    symbols: torch.Tensor
    scale: float

    def values(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """The weights that a network computes with.

        Parameters
        ----------
        dtype
            Of what is returned.
        """
        return self.symbols.to(dtype) * self.scale


def stored_weight(weight: torch.Tensor, kind: WeightKind) -> StoredWeight:
    """The symbols and the scale that are nearest to real weights by the mean of squares; of ternary ones, nearly so.

    Parameters
    ----------
    weight
        Real weights, of any shape.
    kind
        Of the symbols.

    Examples
    --------
    >>> found = stored_weight(torch.tensor([0.5, -0.1, -0.9]), WeightKind.TERNARY)
    >>> found.symbols.tolist(), round(found.scale, 3)
    ([1, 0, -1], 0.7)
    """
    sizes = weight.detach().abs().double()  # the mean of equal float32 is then that very number
    signs = torch.where(weight < 0, -1, 1).to(torch.int8)
    if kind is WeightKind.BINARY:
        return StoredWeight(kind=kind, symbols=signs, scale=float(sizes.mean().to(weight.dtype)))
    kept = sizes > TERNARY_THRESHOLD * sizes.mean()
    scale = float(sizes[kept].mean().to(weight.dtype)) if bool(kept.any()) else 0.0
    return StoredWeight(kind=kind, symbols=signs * kept, scale=scale)


def held_weight(weight: torch.Tensor, kind: WeightKind) -> StoredWeight | None:
    """The symbols and the scale of weights that are stored already, exactly; None of others.

    Parameters
    ----------
    weight
        Weights, of any shape.
    kind
        Of the symbols.
    """
    sizes = weight.detach().abs()
    scale = sizes.max()
    symbols = (sizes == scale) | ((sizes == 0) if kind is WeightKind.TERNARY else False)
    if not bool(symbols.all()):
        return None
    return StoredWeight(kind=kind, symbols=weight.detach().sign().to(torch.int8), scale=float(scale))


def is_weight(name: str) -> bool:
    """Whether an array holds a parameter: weights of either direction, and not biases.

    Parameters
    ----------
    name
        Of the parameter.
    """
    return name.rpartition(".")[2] in (WEIGHT, BACKWARD)


def quantised(parameters: Mapping[str, torch.Tensor], kind: WeightKind) -> dict[str, torch.Tensor]:
    """Parameters with the weights of every link, and of a readout, as an array stores them; biases stay as they are.

    Parameters
    ----------
    parameters
        Of a network.
    kind
        Of the symbols.
    """
    return {
        name: stored_weight(value, kind).values(value.dtype) if is_weight(name) else value
        for name, value in parameters.items()
    }
