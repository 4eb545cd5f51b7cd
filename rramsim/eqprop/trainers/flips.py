"""Weights whose symbols change where the average gradient has pushed them past a threshold; no real weight is kept.

Awkward cases: the authors' code has one scale for each map of a convolution, rounds scales to four digits, and lets a
weight of a convolutional network flip at the threshold itself; here a link has one scale, as it is, and the threshold
must be passed. Ternary weights are our own.

References
----------
J. Laydevant, M. Ernoult, D. Querlioz, J. Grollier, Training dynamical binary neural networks with equilibrium
propagation, CVPR workshop 2021, arXiv 2103.08953; code jlaydevant/Binary-Equilibrium-Propagation, 3d9f68b: binary
weights, their momentum, and how scales learn.

K. Helwegen, J. Widdicombe, L. Geiger, Z. Liu, K.-T. Cheng, R. Nusselder, Latent weights do not exist: rethinking
binarized neural network optimization, NeurIPS 2019, arXiv 1906.02107: the rule for binary weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rramsim.eqprop.stored import StoredWeight, is_weight, stored_weight
from rramsim.eqprop.trainers.optimiser import Tensors, owner_of, owners_of
from rramsim.eqprop.trainers.storing import AbstractStoring, check_count, count, counters, replace_symbols
from rramsim.errors import InputError, NetworkError
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

_MOMENTUM, _SCALE = ".momentum", ".scale"
_STEP: Final = {WeightKind.BINARY: 2, WeightKind.TERNARY: 1}  # from a symbol to the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips(AbstractStoring):
    """m ← (1 − γ) m + γ · gradient; a symbol goes to the next one against m where |m| > τ. Biases: plain descent.

    A scale α is what quantisation gives of the initial weights, and stays, or learns as the authors have it:
    α ← α − rate · ⟨gradient, weights⟩ / 2.

    Parameters
    ----------
    gammas
        γ of each link, in the order of the network, above 0 and at most 1; then that of the weights of the loss.
    thresholds
        τ of each, not negative.
    scale_rates
        Of the scales; none for scales that stay.
    leave_zero
        A ternary weight leaves 0 past so many thresholds.

    Raises
    ------
    InputError
        Numbers are none of these.
    """

    name: ClassVar[str] = "flips"
    gammas: tuple[float, ...]
    thresholds: tuple[float, ...]
    scale_rates: tuple[float, ...] = ()
    leave_zero: float = 1.0

    def __post_init__(self) -> None:
        if not all(0 < gamma <= 1 for gamma in self.gammas):
            raise InputError(f"gammas are above 0 and at most 1 (got {self.gammas})")
        for what, values in (("thresholds", self.thresholds), ("scale_rates", self.scale_rates)):
            if not all(0 <= value < float("inf") for value in values):
                raise InputError(f"{what} are not negative (got {values})")
        if not 0 < self.leave_zero < float("inf"):
            raise InputError(f"leave_zero is above 0 (got {self.leave_zero})")

    def check(self, owners: Sequence[str]) -> None:
        """Refuse other than one number for each."""
        check_count("gammas", self.gammas, owners)
        check_count("thresholds", self.thresholds, owners)
        if self.scale_rates:
            check_count("scale_rates", self.scale_rates, owners)

    def begin(self, parameters: Mapping[str, torch.Tensor]) -> Tensors:
        """Momenta of 0, scales and counters."""
        memory: Tensors = {}
        for name, value in parameters.items():
            if is_weight(name):
                memory[name + _MOMENTUM] = torch.zeros_like(value)
                scale = stored_weight(value, self.weights).scale
                memory[name + _SCALE] = torch.full((1,), scale, dtype=value.dtype, device=value.device)
                memory |= counters([name], value)
        return memory

    def stored(self, parameters: Mapping[str, torch.Tensor], memory: Tensors) -> dict[str, StoredWeight]:
        """Signs of the weights, and scales that are kept beside them."""
        return {
            name: StoredWeight(
                kind=self.weights, symbols=value.sign().to(torch.int8), scale=float(memory[name + _SCALE])
            )
            for name, value in parameters.items()
            if is_weight(name)
        }

    def step(
        self, parameters: Tensors, gradients: Mapping[str, torch.Tensor], rates: Mapping[str, float], memory: Tensors
    ) -> None:
        """One step; learning rates are those of the biases.

        Raises
        ------
        NetworkError
            A scale that learns has come to 0.
        """
        numbers = {owner: number for number, owner in enumerate(owners_of(parameters))}
        with torch.no_grad():
            for name, value in parameters.items():
                if not is_weight(name):
                    value.sub_(gradients[name], alpha=rates[name])
                    continue
                number = numbers[owner_of(name)]
                scale = memory[name + _SCALE]
                if self.scale_rates:
                    scale.sub_((gradients[name] * value).sum(), alpha=self.scale_rates[number] / 2)
                    if float(scale) <= 0:
                        raise NetworkError(f"the scale of {name} has come to {float(scale):.3g}: lower scale_rates")
                gamma = self.gammas[number]
                momentum = memory[name + _MOMENTUM].mul_(1 - gamma).add_(gradients[name], alpha=gamma)
                symbols = self._next(value.sign(), momentum, self.thresholds[number])
                stored = StoredWeight(kind=self.weights, symbols=symbols, scale=float(scale))
                count(memory, name, replace_symbols(value, stored))

    def _next(self, symbols: torch.Tensor, momentum: torch.Tensor, threshold: float) -> torch.Tensor:
        limit = torch.where(symbols == 0, threshold * self.leave_zero, threshold)
        push = (momentum < -limit).to(torch.int8) - (momentum > limit).to(torch.int8)
        return (symbols.to(torch.int8) + _STEP[self.weights] * push).clamp_(-1, 1)
