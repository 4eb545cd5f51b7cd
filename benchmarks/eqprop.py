"""A symmetric estimate against the same one by autograd: the primitive function's derivative, a new graph in each step.

So settles code on equilibrium propagation that leaves derivatives to autograd. Networks are drawn, not trained; both
sides begin with the same weights and images, have one thread, and give the same gradient.
"""

from __future__ import annotations

from functools import partial

import torch

from benchmarks.measurement import Effort, Figure, Part, ratios, take_turns
from rramsim.eqprop.connections.convolution import Convolution
from rramsim.eqprop.connections.dense import Dense
from rramsim.eqprop.estimators.phases import Gradients, Phases
from rramsim.eqprop.estimators.symmetric import Symmetric
from rramsim.eqprop.losses.mean_square import MeanSquare
from rramsim.eqprop.network import Network, chain
from rramsim.eqprop.parameters import draw_parameters
from rramsim.eqprop.primitive import primitive
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.torch_backend import one_thread

_BATCH = 20
_FASTER = 3.0
_SMALL = ("784-512-10", "784-64-10")  # calls take the time, not products: the others wait for the same BLAS
State = tuple[torch.Tensor, ...]


def dense(*units: int) -> Network:
    """A fully connected network for images of 28 × 28."""
    return chain((784,), [Dense(n) for n in units], activation="shifted_sigmoid", loss=MeanSquare())


def convolutional() -> Network:
    """That of the papers for MNIST: 5 × 5, 32 and 64 maps, max-pooling."""
    maps = [Convolution(channels=n, kernel=5) for n in (32, 64)]
    return chain((1, 28, 28), [*maps, Dense(10)], activation="hard_sigmoid", loss=MeanSquare())


# Network, T1, T2, β: those of the papers.
NETWORKS = {
    "784-512-10": (dense(512, 10), 40, 15, 0.1),
    "784-512-512-10": (dense(512, 512, 10), 100, 20, 0.5),
    "784-64-10": (dense(64, 10), 40, 15, 0.1),
    "convolutions": (convolutional(), 50, 10, 0.4),
}


def settled(problem: Problem, state: State, steps: int, beta: float) -> State:
    """Some steps, each from a graph of its own."""
    network = problem.network
    for _ in range(steps):
        leaves = tuple(value.detach().requires_grad_() for value in state)
        total = primitive(network, problem.parameters, problem.inputs, leaves).sum()
        if beta:
            total = total - beta * network.loss.values(leaves[-1], problem.targets, problem.parameters).sum()
        drives = torch.autograd.grad(total, leaves)
        state = tuple(function(drive) for function, drive in zip(network.functions, drives, strict=True))
    return state


def by_autograd(problem: Problem, phases: Phases) -> Gradients:
    """The symmetric estimate."""
    network, beta = problem.network, phases.beta
    zero = tuple(torch.zeros(problem.size, *shape) for shape in network.shapes[1:])
    free = settled(problem, zero, phases.free.steps, 0.0)
    leaves = {name: value.clone().requires_grad_() for name, value in problem.parameters.items()}
    up, down = (settled(problem, free, phases.nudged.steps, sign * beta) for sign in (1, -1))
    phi = [primitive(network, leaves, problem.inputs, tuple(value.detach() for value in side)) for side in (up, down)]
    total = (phi[1] - phi[0]).mean() / (2 * beta)
    return dict(zip(leaves, torch.autograd.grad(total, list(leaves.values())), strict=True))


def measure(effort: Effort) -> Part:
    """Networks of the papers."""
    figures, worst = [], 0.0
    with one_thread():
        for name, (network, free, nudged, beta) in NETWORKS.items():
            generator = torch.Generator().manual_seed(0)
            problem = Problem(
                network=network,
                parameters=draw_parameters(network, generator),
                inputs=torch.rand((_BATCH, *network.shapes[0]), generator=generator),
                targets=torch.randint(10, (_BATCH,), generator=generator),
            )
            phases = Phases(free=Stop(steps=free), nudged=Stop(steps=nudged), beta=beta)
            ways = {"autograd": partial(by_autograd, problem, phases), "rramsim": partial(_ours, problem, phases)}
            found, exact = ways["rramsim"](), ways["autograd"]()
            worst = max(worst, *(float((found[key] - exact[key]).norm() / exact[key].norm()) for key in exact))
            times = take_turns(ways, effort.rounds)
            steps = free + 2 * nudged
            target = {"at_least": _FASTER} if name in _SMALL else {}
            figures += [
                Figure.of(f"{name}: autograd / rramsim", ratios(times["autograd"], times["rramsim"]), "×", **target),
                Figure.of(f"{name}: rramsim", [1e6 * t / steps for t in times["rramsim"]], "µs/step"),
            ]
    notes = [f"one thread, float32, batches of {_BATCH}; gradients differ by {worst:.1g} of their length at most"]
    return Part(title="Equilibrium propagation: written out against autograd", figures=figures, notes=notes)


def _ours(problem: Problem, phases: Phases) -> Gradients:
    return Symmetric().estimate(problem, phases).gradients
