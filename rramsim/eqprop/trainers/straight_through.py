"""Real weights that learn behind the stored ones, which the network computes with.

References
----------
M. Courbariaux, Y. Bengio, J.-P. David, BinaryConnect: training deep neural networks with binary weights during
propagations, NeurIPS 2015, arXiv 1511.00363: binary weights for the phases, real ones that are clipped for the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.stored import StoredWeight, is_weight, stored_weight
from rramsim.eqprop.trainers.optimiser import Tensors
from rramsim.eqprop.trainers.storing import AbstractStoring, count, counters, replace_symbols
from rramsim.errors import InputError
from rramsim.torch_backend import torch

_LATENT, _VELOCITY = ".latent", ".velocity"


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightThrough(AbstractStoring):
    """Gradients by the stored weights move real ones: v ← momentum · v + gradient, w ← w − rate · v.

    What is stored is :func:`~rramsim.eqprop.stored.stored_weight` of the real weights, scale and all.

    Parameters
    ----------
    momentum
        From 0 on, below 1.

    Raises
    ------
    InputError
        It is not.
    """

    name: ClassVar[str] = "straight_through"
    momentum: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise InputError(f"momentum lies between 0 and 1, which it is below (got {self.momentum})")

    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """The real weights, velocities of 0, and counters."""
        memory: Tensors = {}
        for name, value in parameters.items():
            if is_weight(name):
                memory[name + _LATENT] = value.clone()
                memory |= counters([name], value)
            if self.momentum:
                memory[name + _VELOCITY] = torch.zeros_like(value)
        return memory

    def stored(self, parameters: Mapping[str, torch.Tensor], memory: Tensors) -> dict[str, StoredWeight]:
        """Of the real weights."""
        return {name: stored_weight(memory[name + _LATENT], self.weights) for name in parameters if is_weight(name)}

    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """One step."""
        with torch.no_grad():
            for name, value in parameters.items():
                change = gradients[name]
                if self.momentum:
                    change = memory[name + _VELOCITY].mul_(self.momentum).add_(change)
                real = memory.get(name + _LATENT, value)
                real.sub_(change, alpha=rates[name])
                if is_weight(name):
                    count(memory, name, replace_symbols(value, stored_weight(real, self.weights)))
