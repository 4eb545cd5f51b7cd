"""Shares of the steps of a nudged phase in an estimate: each is to be that of one step of backpropagation.

References
----------
M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633, theorem 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from rramsim.eqprop.estimators.phases import Gradients, Phases, Run
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.machine import State
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Stop


def nudged_steps(problem: Problem, phases: Phases, *, symmetric: bool = False) -> list[Gradients]:
    """Share of each nudged step in the estimate, the first step first; they add up to the estimate.

    Parameters
    ----------
    problem
        What is asked.
    phases
        How long, how strongly.
    symmetric
        Whether shares are of the symmetric estimate, or of the one-sided one.

    Raises
    ------
    NetworkError
        The network diverges.
    """
    run = Run(problem, phases)
    free = run.settle_free()
    there = _one_side(run, free, phases.beta)
    if not symmetric:
        return list(there)
    pairs = zip(list(there), list(_one_side(run, free, -phases.beta)), strict=True)
    return [{name: (up[name] + down[name]) / 2 for name in up} for up, down in pairs]


def _one_side(run: Run, free: State, beta: float) -> Iterator[Gradients]:
    run.machine.load(free)
    run.machine.nudge(run.problem.targets, beta)
    before, strength = free, 0.0
    for _ in range(run.phases.nudged.steps):
        settle(run.machine, Stop(steps=1))
        after = run.machine.state()
        yield run.moved(before, after, beta, strength, free)
        before, strength = after, beta
