"""Weights that change in every step of a nudged phase.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Equilibrium propagation with continual weight updates,
2020, arXiv 2005.04168.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Estimate, Gradients, Phases, Run
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.machine import State
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Settling, Stop
from rramsim.errors import NetworkError, close_matches
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class Continual(AbstractEstimator):
    """θ ← θ + (η / β) (∂Φ(s after a step) − ∂Φ(s before it)) after every step.

    What θ has changed by, over −η, is the estimate: one step of plain descent with the same learning rates leaves the
    weights that the phase ended with. With η → 0 it is the estimate that changes no weights. Separate weights make it
    C-VF: each product is of the state before the step with the change of what it drives.

    Parameters
    ----------
    rates
        Learning rate η, one for all or by the names of parameters; 0 for weights that stay until the phase is over.
    symmetric
        Whether a third phase to the other side follows. Both begin at the free state, *with the weights that it was
        reached with*, and count half.
    """

    name: ClassVar[str] = "continual"
    rates: float | Mapping[str, float] = 1e-4
    symmetric: bool = False

    @property
    def weights_stay(self) -> bool:
        """They change in every step."""
        return False

    def at(self, rates: Mapping[str, float]) -> Continual:
        """It, with these rates."""
        return replace(self, rates=rates)

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it with β of either sign; weights change in a copy.

        Raises
        ------
        NetworkError
            A learning rate is missing, unknown or negative; the nudged phase has no fixed number of steps.
        """
        rates = self._rates(problem)
        if phases.nudged.tolerance is not None:
            raise NetworkError("continual updates need a fixed number of nudged steps, and no tolerance")
        free_run = Run(problem, phases)
        free = free_run.settle_free()
        found, settled = Gradients(), free_run.settled
        for beta in (phases.beta, -phases.beta) if self.symmetric else (phases.beta,):
            gradients, how = _nudge(problem, phases, free, beta, rates)
            share = 0.5 if self.symmetric else 1.0
            for name, value in gradients.items():
                found[name] = found[name] + value * share if name in found else value * share
            settled.append(how)
        return Estimate(gradients=found, free=free, settled=tuple(settled))

    def _rates(self, problem: Problem) -> dict[str, float]:
        names = problem.parameters.keys()
        rates = dict.fromkeys(names, self.rates) if isinstance(self.rates, int | float) else dict(self.rates)
        for name in names ^ rates.keys():
            missing = "has no learning rate" if name in names else f"is unknown; {close_matches(name, names)}"
            raise NetworkError(f"continual updates: parameter {name!r} {missing}")
        for name, rate in rates.items():
            if not 0 <= rate < float("inf"):
                raise NetworkError(f"continual updates: the learning rate of {name} is not negative (got {rate})")
        return rates


def _nudge(
    problem: Problem, phases: Phases, free: State, beta: float, rates: Mapping[str, float]
) -> tuple[Gradients, Settling]:
    """One nudged phase with weights that change; the change, as a gradient."""
    weights = {name: value.clone() for name, value in problem.parameters.items()}
    run = Run(problem, phases, weights)
    run.machine.load(free)
    run.machine.nudge(problem.targets, beta)
    total = {name: torch.zeros_like(value) for name, value in weights.items()}
    before, strength = free, 0.0  # the free state was not nudged
    with torch.no_grad():
        for _ in range(phases.nudged.steps):
            how = settle(run.machine, Stop(steps=1))  # says where and when it diverges
            after = run.machine.state()
            for name, value in run.moved(before, after, beta, strength, before).items():
                total[name] += value
                weights[name] -= rates[name] * value
            run.machine.refresh()
            before, strength = after, beta
    return total, Settling(steps=phases.nudged.steps, residuals=how.residuals)
