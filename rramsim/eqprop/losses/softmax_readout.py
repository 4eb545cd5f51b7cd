"""Cross-entropy of a softmax that reads the last layer and is no part of the state.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from rramsim.eqprop.connections.connection import Shape
from rramsim.eqprop.losses.loss import AbstractLoss, Parameters
from rramsim.eqprop.losses.shares import check_shares
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

WEIGHT: Final = "readout.weight"
BIAS: Final = "readout.bias"


@dataclass(frozen=True, slots=True)
class SoftmaxReadout(AbstractLoss):
    """−Σ y ln softmax(W s + b): it pulls at the last layer with β Wᵀ (y − softmax(W s + b)).

    Parameters
    ----------
    units
        Classes.
    """

    name: ClassVar[str] = "softmax_readout"
    units: int

    def classes(self, last: Shape) -> int:
        """Those of the readout.

        Raises
        ------
        NetworkError
            There is only one.
        """
        if self.units < 2:
            raise NetworkError(f"a softmax readout tells at least 2 classes apart (got {self.units})")
        return self.units

    def shapes(self, last: Shape) -> dict[str, Shape]:
        """Weights and biases of the readout."""
        return {WEIGHT: (self.units, math.prod(last)), BIAS: (self.units,)}

    def check(self, target: torch.Tensor) -> None:
        """Refuse what is no shares of the classes."""
        check_shares(target)

    def values(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """Cross-entropies."""
        return -(target * torch.log_softmax(self.scores(state, parameters), 1)).sum(1)

    def pull(
        self, state: torch.Tensor, target: torch.Tensor, beta: float | torch.Tensor, parameters: Parameters
    ) -> torch.Tensor:
        """β Wᵀ (y − softmax(W s + b)) of targets that add up to 1."""
        error = self._error(state, target, parameters).mul_(beta)
        return torch.mm(error, parameters[WEIGHT]).view(state.shape)

    def gradient(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> dict[str, torch.Tensor]:
        """Those of the cross-entropy by the readout."""
        error = self._error(state, target, parameters).neg_()
        return {WEIGHT: torch.mm(error.t(), state.flatten(1)), BIAS: error.sum(0)}

    def scores(self, state: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        """W s + b."""
        return torch.addmm(parameters[BIAS], state.flatten(1), parameters[WEIGHT].t())

    def _error(self, state: torch.Tensor, target: torch.Tensor, parameters: Parameters) -> torch.Tensor:
        return torch.sub(target, torch.softmax(self.scores(state, parameters), 1))
