"""The exact estimate for weights that differ between the two directions.

At the free state s* let M be the derivative of the drives by the states, and D the slopes of the activation. The
gradient of the loss C needs the adjoint state, (1 − Mᵀ D)⁻¹ ∂C; a nudge gives (1 − M D)⁻¹ ∂C, which is another one
where M ≠ Mᵀ. So the antisymmetric part is turned over in nudged phases: (Mᵀ − M)(s − s*) is added to the drives,
whose derivative at s* is Mᵀ then. Nothing changes for shared weights. Mᵀ is the network with forward and backward
weights exchanged, at the poolings of the free state: it is written out here as the drives are.

References
----------
B. Scellier, A. Goyal, J. Binas, T. Mesnard, Y. Bengio, Generalization of equilibrium propagation to vector field
dynamics, 2018, arXiv 1808.04873: the problem.

AsymEP, arXiv 2602.03670, 2026; code thimotedupuch/EquilibriumPropagation.jl, docs/src/nonconservative_ep.md. It adds
−2 A (s − s*) with A = (J − Jᵀ) / 2 to ds/dt = F(s). This is that rule for F(s) = σ(drive) − s, with the antisymmetric
part of the drives inside σ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.dynamics.inside import NudgeInside
from rramsim.eqprop.estimators.estimator import AbstractEstimator
from rramsim.eqprop.estimators.phases import Estimate, Phases, Run
from rramsim.eqprop.feedback.different import Different
from rramsim.eqprop.pooling.pool import Context
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.wiring import Wire
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class Asymmetric(AbstractEstimator):
    """Two nudged phases from the free state, in which the antisymmetric part of the drives is turned over."""

    name: ClassVar[str] = "asymmetric"

    def estimate(self, problem: Problem, phases: Phases, generator: torch.Generator | None = None) -> Estimate:
        """Estimate it.

        Raises
        ------
        NetworkError
            The network does not move in discrete time with the nudge inside the activation; or its separate weights
            learn by the same rule, which is no gradient.
        """
        network, beta = problem.network, phases.beta
        if not isinstance(network.dynamics, NudgeInside):
            raise NetworkError(f"the asymmetric estimate needs dynamics 'nudge_inside' (got {network.dynamics.name!r})")
        if any(link.separate and not isinstance(link.feedback, Different) for link in network.links):
            raise NetworkError("the asymmetric estimate needs separate weights that learn by 'different' rules")
        run = Run(problem, phases)
        free = run.settle_free()
        with torch.no_grad():
            for wire in run.machine.wires:
                if wire.link.separate:
                    _turn_over(run.machine, wire)
        there = run.settle_nudged(free, beta)
        back = run.settle_nudged(free, -beta)
        gradients = run.between((-beta, back), (beta, there), free)
        return Estimate(gradients=gradients, free=free, settled=tuple(run.settled))


def _turn_over(machine: Machine, wire: Wire) -> None:
    """Give both ends of a link the drives of (Mᵀ − M)(s − s*), of the present state s*."""
    pre, post = wire.link.pre, wire.link.post
    at = tuple(machine.rates[number].clone() for number in (pre, post))
    forward, backward = ((side, _context(side, at[0])) for side in (wire.forward, wire.backward))

    def behind(base: torch.Tensor | None, out: torch.Tensor | None) -> torch.Tensor:
        change = wire.forward.view(machine.rates[pre] - at[0])
        drive = backward[0].tangent(change, backward[1]) - forward[0].tangent(change, forward[1])
        return drive if base is None else torch.add(base, drive, out=out)

    def before(base: torch.Tensor | None, out: torch.Tensor | None) -> torch.Tensor:
        change = machine.rates[post] - at[1]
        drive = forward[0].backward(change, forward[1]) - backward[0].backward(change, backward[1])
        shaped = drive.view(at[0].shape)
        return shaped if base is None else torch.add(base, shaped, out=out)

    machine.add_term(post, behind)
    machine.add_term(pre, before)


def _context(side: AbstractMap, rate: torch.Tensor) -> Context:
    return side.forward(side.view(rate))[1] if side.contextual else ()
