"""Let a network settle."""

from __future__ import annotations

import math

from rramsim.eqprop.relaxation.machine import Machine, State
from rramsim.eqprop.relaxation.stop import Settling, Stop
from rramsim.eqprop.steppers.eager import Eager
from rramsim.eqprop.steppers.stepper import AbstractStepper
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

_LARGEST = 1e6  # of a state; activations that are not clipped give such where a network diverges


_EAGER = Eager()


def settle(machine: Machine, stop: Stop, *, traced: bool = False, stepper: AbstractStepper = _EAGER) -> Settling:
    """Move a network until it has settled; its memory does not grow with the steps.

    Parameters
    ----------
    machine
        The network, as it is; left as it has become.
    stop
        When it is over.
    traced
        Whether residuals of each look are kept.
    stepper
        What makes the steps.

    Raises
    ------
    NetworkError
        It diverges; the message says where and when. Or the stepper cannot be used where the network is.
    """
    before = machine.state()
    with torch.inference_mode():
        found = _settle(machine, stop, traced, stepper)
        if not all(map(math.isfinite, found.residuals)) or _largest(machine.present()) > _LARGEST:
            machine.load(before)
            raise NetworkError(_where(machine, found.steps))
    return found


def _settle(machine: Machine, stop: Stop, traced: bool, stepper: AbstractStepper) -> Settling:
    steps = stepper.bind(machine)
    spare = [value.clone() for value in machine.present()]
    every = stop.steps if stop.tolerance is None and not traced else stop.every
    trace, made, converged = [], 0, False
    while made < stop.steps and not converged:
        block = min(every, stop.steps - made)
        steps(block - 1)
        for kept, value in zip(spare, machine.present(), strict=True):
            kept.copy_(value)
        steps(1)
        made += block
        residuals = _residuals(spare, machine.present())
        if traced:
            trace.append((made, residuals))
        if not all(map(math.isfinite, residuals)):
            break
        converged = stop.tolerance is not None and max(residuals) <= stop.tolerance
    told = None if stop.tolerance is None else converged
    return Settling(steps=made, residuals=residuals, converged=told, trace=tuple(trace))


def _residuals(before: list[torch.Tensor], after: State) -> tuple[float, ...]:
    moves = [(new - old).abs_().amax() for old, new in zip(before, after, strict=True)]
    return tuple(map(float, torch.stack(moves).tolist()))


def _largest(state: State) -> float:
    return float(torch.stack([value.abs().amax() for value in state]).amax())


def _where(machine: Machine, steps: int) -> str:
    """Make the same steps again and look at each: told once something is wrong, so that it costs nothing otherwise."""
    for step in range(1, steps + 1):
        machine.step()
        for number, value in enumerate(machine.present(), 1):
            largest = float(value.abs().amax())
            if not largest <= _LARGEST:
                return (
                    f"the relaxation diverges: layer {number} of {machine.network.layers} reaches {largest:g} in step "
                    f"{step}; smaller weights, an activation that is clipped or a smaller beta or dt may help"
                )
    return f"the relaxation diverges within {steps} steps"
