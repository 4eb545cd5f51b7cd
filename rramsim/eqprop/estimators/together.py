"""Both nudged phases as one batch of twice the size: half as many calls, and each weight is read once for both."""

from __future__ import annotations

from rramsim.eqprop.estimators.phases import Run
from rramsim.eqprop.relaxation.machine import Machine, State
from rramsim.eqprop.relaxation.settle import settle
from rramsim.torch_backend import torch


def settle_sides(run: Run, start: State, beta: float) -> tuple[State, State]:
    """States that nudges of β and of −β lead to: one after the other, or together where the phases say so.

    Together, both have as many steps, and the residual of the one that moved more. Phases that read weights of their
    own follow each other all the same.

    Parameters
    ----------
    run
        After its free phase.
    start
        Where both begin.
    beta
        Strength of the nudge.

    Raises
    ------
    NetworkError
        The network diverges.
    """
    if not run.phases.together or run.rereads:
        return run.settle_nudged(start, beta), run.settle_nudged(start, -beta)
    problem, phases = run.problem, run.phases
    with torch.no_grad():
        machine = Machine(
            problem.network, run.parameters, _twice(problem.inputs), schedule=phases.schedule, dtype=problem.dtype
        )
        machine.load([_twice(value) for value in start])
        like = next(iter(run.parameters.values()))
        signs = like.new_ones((2 * problem.size, 1))
        signs[problem.size :] = -1
        machine.nudge(_twice(problem.targets), beta * signs)
        how = settle(machine, phases.nudged, stepper=phases.stepper)
        run.settled += [how, how]
        there, back = zip(*(torch.split(value, problem.size) for value in machine.state()), strict=True)
    return there, back


def _twice(value: torch.Tensor) -> torch.Tensor:
    return torch.cat([value, value])
