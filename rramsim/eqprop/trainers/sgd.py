"""Stochastic gradient descent with momentum and weight decay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.trainers.optimiser import AbstractOptimiser, Tensors
from rramsim.errors import InputError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Sgd(AbstractOptimiser):
    """v ← momentum · v + gradient + decay · θ, then θ ← θ − rate · v.

    Parameters
    ----------
    momentum
        From 0 on, below 1.
    decay
        Of weights and biases; not negative.

    Raises
    ------
    InputError
        They are not.
    """

    name: ClassVar[str] = "sgd"
    momentum: float = 0.0
    decay: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.momentum < 1:
            raise InputError(f"momentum lies between 0 and 1, which it is below (got {self.momentum})")
        if not 0 <= self.decay < float("inf"):
            raise InputError(f"weight decay is not negative (got {self.decay})")

    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """Velocities of 0."""
        return {name: torch.zeros_like(value) for name, value in parameters.items()} if self.momentum else {}

    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """One step."""
        with torch.no_grad():
            for name, value in parameters.items():
                change = gradients[name]
                if self.decay:
                    change = change.add(value, alpha=self.decay)
                if self.momentum:
                    change = memory[name].mul_(self.momentum).add_(change)
                value.sub_(change, alpha=rates[name])
