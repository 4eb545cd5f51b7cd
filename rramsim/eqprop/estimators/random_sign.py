"""One nudged phase, to either side.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.one_sided import OneSided
from rramsim.eqprop.estimators.phases import Estimate, Phases
from rramsim.eqprop.problem import Problem
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class RandomSign(AbstractEstimator):
    """An estimate with the sign of β drawn once for a batch: its bias is of the order of β² on average.

    Parameters
    ----------
    positive
        Probability that β keeps its sign.
    of
        Which estimate: a one-sided or a continual one.

    Raises
    ------
    NetworkError
        It is no probability; or the estimate nudges to both sides.
    """

    name: ClassVar[str] = "random_sign"
    positive: float = 0.5
    of: AbstractEstimator = field(default_factory=OneSided)

    @property
    def phased(self) -> bool:
        """Where the estimate is."""
        return self.of.phased

    @property
    def weights_stay(self) -> bool:
        """Where they are in the estimate."""
        return self.of.weights_stay

    def __post_init__(self) -> None:
        if not 0 <= self.positive <= 1:
            raise NetworkError(f"the probability of a positive beta lies between 0 and 1 (got {self.positive})")
        if self.of.joins:
            raise NetworkError(f"a sign changes nothing for the estimator {self.of.name!r}, which nudges to both sides")

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it with a sign of the generator's.

        Raises
        ------
        NetworkError
            There is no generator.
        """
        if generator is None:
            raise NetworkError("a random sign needs a generator to draw it")
        kept = float(torch.rand((), generator=generator)) < self.positive
        signed = phases if kept else replace(phases, beta=-phases.beta)
        return self.of.estimate(problem, signed, generator)

    def at(self, rates: Mapping[str, float]) -> RandomSign:
        """It, of an estimate at these rates."""
        return replace(self, of=self.of.at(rates))
