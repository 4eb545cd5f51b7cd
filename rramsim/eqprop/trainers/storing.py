"""What optimisers of weights that an array stores have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rramsim.eqprop.stored import StoredWeight, quantised
from rramsim.eqprop.trainers.optimiser import AbstractOptimiser, Tensors
from rramsim.errors import InputError
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

_CHANGES = ".changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbstractStoring(AbstractOptimiser):
    """Weights are a scale times a symbol, before the first step and after every one; biases are real.

    Parameters
    ----------
    weights
        Symbols that there are: binary (-1, +1) or ternary (-1, 0, +1).
    """

    weights: WeightKind = WeightKind.BINARY

    @property
    def stores(self) -> WeightKind:
        """The symbols."""
        return self.weights

    def initial(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """The drawn ones, with weights as they are stored."""
        return quantised(parameters, self.weights)

    def changes(self, memory: Tensors) -> dict[str, int]:
        """Counted by :func:`count`."""
        return {name.removesuffix(_CHANGES): int(value) for name, value in memory.items() if name.endswith(_CHANGES)}


def counters(names: Sequence[str], like: torch.Tensor) -> Tensors:
    """Counters of changed symbols, for the memory of an optimiser.

    Parameters
    ----------
    names
        Of the weights.
    like
        Something on the same device.
    """
    return {name + _CHANGES: torch.zeros(1, dtype=torch.int64, device=like.device) for name in names}


def count(memory: Tensors, name: str, changed: torch.Tensor) -> None:
    """Count the symbols of a weight that a step has changed.

    Parameters
    ----------
    memory
        With counters.
    name
        Of the weights.
    changed
        Which, of any shape.
    """
    memory[name + _CHANGES].add_(changed.sum())


def replace_symbols(value: torch.Tensor, stored: StoredWeight) -> torch.Tensor:
    """Put other symbols, and another scale, in the place of weights.

    Parameters
    ----------
    value
        The weights; they change in place.
    stored
        What they become.

    Returns
    -------
    Tensor
        Where the symbols were others.
    """
    changed = stored.symbols != value.sign()
    value.copy_(stored.values(value.dtype))
    return changed


def check_count(what: str, values: Sequence[float], owners: Sequence[str]) -> None:
    """Refuse settings that are not one for each link.

    Parameters
    ----------
    what
        Their key, for the message.
    values
        The settings.
    owners
        Links, and what else has parameters, in the order of the network.

    Raises
    ------
    InputError
        There are more or fewer.
    """
    if len(values) != len(owners):
        raise InputError(
            f"optimiser.{what}: {len(owners)} numbers are needed, of {', '.join(owners)} (got {len(values)})"
        )
