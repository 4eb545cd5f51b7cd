"""Free and nudged phases: what every estimator is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rramsim.eqprop.problem import Problem, unchanged
from rramsim.eqprop.relaxation.machine import Machine, State
from rramsim.eqprop.relaxation.schedule import AbstractSchedule
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Settling, Stop
from rramsim.eqprop.relaxation.synchronous import Synchronous
from rramsim.eqprop.steppers.eager import Eager
from rramsim.eqprop.steppers.stepper import AbstractStepper
from rramsim.eqprop.wiring import contrasts, wires
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

Gradients = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """How long a network settles, and how strongly it is nudged.

    Parameters
    ----------
    free
        Of the free phase (T1 steps of the papers).
    nudged
        Of each nudged phase (T2).
    beta
        Strength of the nudge, not 0. Estimators that nudge both ways take its absolute value first.
    schedule
        Which layers move when.
    stepper
        What makes the steps. Estimators that look at each step, and backpropagation where autograd follows, make them
        call by call.
    together
        Whether an estimate with two nudged phases lets both settle as one batch of twice the size.

    Raises
    ------
    NetworkError
        β is 0 or not finite: nothing would move.
    """

    free: Stop
    nudged: Stop
    beta: float
    schedule: AbstractSchedule = field(default_factory=Synchronous)
    stepper: AbstractStepper = field(default_factory=Eager)
    together: bool = False

    def __post_init__(self) -> None:
        if not 0 < abs(self.beta) < float("inf"):
            raise NetworkError(
                f"beta is a number other than 0: a network that is not nudged learns nothing (got {self.beta})"
            )


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A gradient, and how it was come by.

    Parameters
    ----------
    gradients
        Of the mean loss of the batch, by the names of the parameters: a step of descent goes against them.
    free
        State after the free phase, from layer 1 on.
    settled
        How each phase went, the free one first.
    """

    gradients: Gradients
    free: State
    settled: tuple[Settling, ...]


class Run:
    """A network on its way through the phases of one estimate.

    Parameters
    ----------
    problem
        What is asked.
    phases
        How.
    parameters
        Others than those of the problem: of weights that change on the way.
    """

    def __init__(self, problem: Problem, phases: Phases, parameters: Gradients | None = None) -> None:
        self.problem = problem
        self.phases = phases
        self.parameters = problem.parameters if parameters is None else parameters
        self._wire()
        self._inputs = problem.inputs.to(next(iter(self.parameters.values())))
        self.settled: list[Settling] = []

    def _wire(self) -> None:
        problem = self.problem
        with torch.no_grad():
            self.machine = Machine(
                problem.network, self.parameters, problem.inputs, schedule=self.phases.schedule, dtype=problem.dtype
            )
            self.wires = wires(problem.network, self.parameters)

    @property
    def rereads(self) -> bool:
        """Whether each phase reads weights of its own."""
        return self.problem.reread is not unchanged

    def _reread(self) -> None:
        found = self.problem.reread(self.parameters)
        if found is not self.parameters:
            self.parameters = found
            self._wire()

    def settle_free(self) -> State:
        """The free phase, from zero; the state that it ends in."""
        with torch.no_grad():
            self.machine.nudge(None)
            self.settled.append(settle(self.machine, self.phases.free, stepper=self.phases.stepper))
            return self.machine.state()

    def settle_nudged(self, start: State, beta: float) -> State:
        """A nudged phase; the state that it ends in.

        Parameters
        ----------
        start
            Where it begins.
        beta
            Strength of the nudge.
        """
        self._reread()
        with torch.no_grad():
            self.machine.load(start)
            self.machine.nudge(self.problem.targets, beta)
            self.settled.append(settle(self.machine, self.phases.nudged, stepper=self.phases.stepper))
            return self.machine.state()

    def rates(self, state: State) -> State:
        """What connections see of a state, the input first; of the type of the parameters.

        Parameters
        ----------
        state
            Of each layer, from layer 1 on.
        """
        network, like = self.problem.network, self._inputs
        layers = [value.to(like.dtype) for value in state]
        if network.dynamics.activated:
            layers = [function(value) for function, value in zip(network.functions, layers, strict=True)]
        return (like, *layers)

    def between(self, first: tuple[float, State], second: tuple[float, State], at: State) -> Gradients:
        """Gradient of the mean loss from two states: with shared weights, (dΦ₁ − dΦ₂) / (β₂ − β₁) of Φ − β L.

        Parameters
        ----------
        first, second
            β, and the state that it leads to.
        at
            State that they are compared at, where weights are separate.
        """
        (weak, before), (strong, after) = first, second
        scale = self.problem.size * (strong - weak)
        with torch.no_grad():
            change = contrasts(self.wires, self.rates(before), self.rates(after), self.rates(at))
            found = {name: value.div_(-scale) for name, value in change.items()}
            return found | self.readout(((strong, after), (-weak, before)), scale)

    def readout(self, states: Iterable[tuple[float, State]], scale: float) -> Gradients:
        """Gradient by parameters of the loss itself, of the mean over the batch.

        Parameters
        ----------
        states
            Factor of the loss, and the state whose loss it is.
        scale
            What the sum is divided by.
        """
        loss, found = self.problem.network.loss, Gradients()
        for factor, state in states:
            if factor == 0:
                continue
            last = state[-1].to(self._inputs.dtype)
            for name, value in loss.gradient(last, self.problem.targets, self.parameters).items():
                share = value * (factor / scale)
                found[name] = found[name] + share if name in found else share
        return found

    def moved(self, before: State, after: State, beta: float, strength: float, at: State) -> Gradients:
        """Share of one nudged step in the gradient of the mean loss.

        Parameters
        ----------
        before, after
            States before and after the step.
        beta
            Strength of the nudge.
        strength
            That of the step before; 0 for the first step, which begins at the free state.
        at
            State that they are compared at, where weights are separate.
        """
        scale = self.problem.size * beta
        with torch.no_grad():
            change = contrasts(self.wires, self.rates(before), self.rates(after), self.rates(at))
            found = {name: value.div_(-scale) for name, value in change.items()}
            return found | self.readout(((beta, after), (-strength, before)), scale)
