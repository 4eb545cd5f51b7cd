"""The gradient that all others estimate: backpropagation through the last steps of the free phase.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Estimate, Gradients, Phases, Run
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.machine import Machine, State
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class Bptt(AbstractEstimator):
    """T1 − T2 steps that nobody follows, then T2 that autograd does, and the loss of the last state.

    It uses no β. Its memory grows with T2.
    """

    name: ClassVar[str] = "bptt"

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """The gradient.

        Raises
        ------
        NetworkError
            T2 is larger than T1.
        """
        run, start = _begin(problem, phases)
        steps = phases.nudged.steps
        weights = _leaves(problem)
        with torch.enable_grad():
            state = _follow(problem, phases, weights, start, steps)
            loss = problem.network.loss.values(state[-1], problem.targets, weights).mean()
        gradients = _derivatives(loss, weights)
        free = tuple(value.detach() for value in state)
        return Estimate(gradients=gradients, free=free, settled=tuple(run.settled))


def bptt_steps(problem: Problem, phases: Phases) -> list[Gradients]:
    """Share of each of the last T2 steps in the gradient, the last step first.

    The parameters are taken as another set in each step; what the loss itself needs of them is in the last step's.

    Parameters
    ----------
    problem
        What is asked.
    phases
        T1 and T2.

    Raises
    ------
    NetworkError
        T2 is larger than T1.
    """
    _, state = _begin(problem, phases)
    copies = [_leaves(problem) for _ in range(phases.nudged.steps)]
    with torch.enable_grad():
        for weights in copies:
            state = _follow(problem, phases, weights, state, 1)
        loss = problem.network.loss.values(state[-1], problem.targets, copies[-1]).mean()
    leaves = [value for weights in copies for value in weights.values()]
    found = iter(torch.autograd.grad(loss, leaves, allow_unused=True))
    steps = [{name: _or_zero(next(found), value) for name, value in weights.items()} for weights in copies]
    return steps[::-1]


def _begin(problem: Problem, phases: Phases) -> tuple[Run, State]:
    """The free phase but for its last T2 steps; all of it where a tolerance ends it, which is at rest then."""
    first = phases.free.steps - phases.nudged.steps
    if first < 0:
        raise NetworkError(
            f"backpropagation through {phases.nudged.steps} steps needs a free phase of at least as many "
            f"(got {phases.free.steps})"
        )
    free = phases.free if phases.free.tolerance is not None else replace(phases.free, steps=max(first, 1))
    run = Run(problem, replace(phases, free=free))
    return run, (run.settle_free() if first else run.machine.state())


def _leaves(problem: Problem) -> Gradients:
    return {name: value.detach().clone().requires_grad_() for name, value in problem.parameters.items()}


def _follow(problem: Problem, phases: Phases, weights: Gradients, start: Sequence[torch.Tensor], steps: int) -> State:
    machine = Machine(problem.network, weights, problem.inputs, schedule=phases.schedule, followed=True)
    machine.load(start)
    for _ in range(steps):
        machine.step()
    return machine.state()


def _derivatives(loss: torch.Tensor, weights: Gradients) -> Gradients:
    found = torch.autograd.grad(loss, list(weights.values()), allow_unused=True)
    return {name: _or_zero(value, weights[name]) for name, value in zip(weights, found, strict=True)}


def _or_zero(value: torch.Tensor | None, like: torch.Tensor) -> torch.Tensor:
    return torch.zeros_like(like) if value is None else value
