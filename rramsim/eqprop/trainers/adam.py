"""Adam.

References
----------
D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015, arXiv 1412.6980.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.trainers.optimiser import AbstractOptimiser, Tensors
from rramsim.errors import InputError
from rramsim.torch_backend import torch

_STEPS = "steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(AbstractOptimiser):
    """θ ← θ − rate · m / (√v + ε), of running means m of gradients and v of their squares, both freed of their start.

    Parameters
    ----------
    first, second
        Share of a mean that a step keeps, from 0 on, below 1.
    epsilon
        Above 0.
    decay
        Of weights and biases, which is added to the gradient; not negative.

    Raises
    ------
    InputError
        They are not.
    """

    name: ClassVar[str] = "adam"
    first: float = 0.9
    second: float = 0.999
    epsilon: float = 1e-8
    decay: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.first < 1 or not 0 <= self.second < 1:
            raise InputError(f"first and second lie between 0 and 1, which they are below (got {self})")
        if not 0 < self.epsilon < float("inf"):
            raise InputError(f"epsilon is above 0 (got {self.epsilon})")
        if not 0 <= self.decay < float("inf"):
            raise InputError(f"weight decay is not negative (got {self.decay})")

    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """Means of 0, and no step."""
        means = {f"{mean}.{name}": torch.zeros_like(value) for mean in "mv" for name, value in parameters.items()}
        return means | {_STEPS: torch.zeros(1, dtype=torch.float64)}

    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """One step."""
        with torch.no_grad():
            steps = int(memory[_STEPS].add_(1))
            start, start_of_squares = 1 - self.first**steps, 1 - self.second**steps
            for name, value in parameters.items():
                gradient, mean, squares = gradients[name], memory[f"m.{name}"], memory[f"v.{name}"]
                if self.decay:
                    gradient = gradient.add(value, alpha=self.decay)
                mean.lerp_(gradient, 1 - self.first)
                squares.mul_(self.second).addcmul_(gradient, gradient, value=1 - self.second)
                scale = squares.sqrt().div_(start_of_squares**0.5).add_(self.epsilon)
                value.addcdiv_(mean, scale, value=-rates[name] / start)
