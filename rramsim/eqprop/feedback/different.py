"""Separate weights that learn by different rules, each from what its own end sees.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.feedback.feedback import BACKWARD, BIAS, WEIGHT, Ends, Tensors
from rramsim.eqprop.feedback.separate import AbstractSeparate


@dataclass(frozen=True, slots=True)
class Different(AbstractSeparate):
    """A weight changes with the state of the layer that it drives; the layer that drives stays where they are compared.

    For the network whose states drive each other so, this is the derivative of a scalar product: of the drive with the
    change of what is driven.
    """

    name: ClassVar[str] = "different"

    def contrast(self, forward: AbstractMap, backward: AbstractMap, first: Ends, second: Ends, at: Ends) -> Tensors:
        """(state before) ⊗ (change behind) forward, (change before) ⊗ (state behind) backward."""
        weight, bias = forward.gradient(at.pre, second.post - first.post)
        back = backward.gradient(second.pre, at.post)[0] - backward.gradient(first.pre, at.post)[0]
        return {WEIGHT: weight, BIAS: bias, BACKWARD: back}
