"""One nudged phase after the free one.

References
----------
B. Scellier, Y. Bengio, Equilibrium propagation: bridging the gap between energy-based models and backpropagation,
Frontiers in Computational Neuroscience 11, 24, 2017, doi 10.3389/fncom.2017.00024.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Estimate, Phases, Run
from rramsim.eqprop.problem import Problem
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class OneSided(AbstractEstimator):
    """(∂Φ(s*) − ∂Φ(s_β)) / β: its bias is of the order of β."""

    name: ClassVar[str] = "one_sided"

    @property
    def phased(self) -> bool:
        """It is."""
        return True

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it with β as it is given, of either sign."""
        run = Run(problem, phases)
        free = run.settle_free()
        nudged = run.settle_nudged(free, phases.beta)
        gradients = run.between((0.0, free), (phases.beta, nudged), free)
        return Estimate(gradients=gradients, free=free, settled=tuple(run.settled))
