"""Two nudged phases, one to either side, both from the free state.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Estimate, Phases, Run
from rramsim.eqprop.estimators.together import settle_sides
from rramsim.eqprop.problem import Problem
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class Symmetric(AbstractEstimator):
    """(∂Φ(s_−β) − ∂Φ(s_β)) / 2β: its bias is of the order of β²."""

    name: ClassVar[str] = "symmetric"

    @property
    def phased(self) -> bool:
        """It is."""
        return True

    @property
    def joins(self) -> bool:
        """It does."""
        return True

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it: the third phase begins at the free state again."""
        run, beta = Run(problem, phases), phases.beta
        free = run.settle_free()
        there, back = settle_sides(run, free, beta)
        gradients = run.between((-beta, back), (beta, there), free)
        return Estimate(gradients=gradients, free=free, settled=tuple(run.settled))
