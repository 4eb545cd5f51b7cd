"""Separate weights that learn by the same rule: with equal decay they become equal, as Kolen and Pollack found.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674.

J. F. Kolen, J. B. Pollack, Backpropagation without weight transport, IEEE International Conference on Neural Networks
1994, doi 10.1109/ICNN.1994.374486.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.connections.connection import AbstractMap
from rramsim.eqprop.feedback.feedback import BACKWARD, BIAS, WEIGHT, Ends, Tensors, contrast_of
from rramsim.eqprop.feedback.separate import AbstractSeparate


@dataclass(frozen=True, slots=True)
class Same(AbstractSeparate):
    """Both get the mean of what symmetric weights would get through the forward and through the backward ones."""

    name: ClassVar[str] = "same"

    def contrast(self, forward: AbstractMap, backward: AbstractMap, first: Ends, second: Ends, at: Ends) -> Tensors:
        """One change for both."""
        weight, bias = contrast_of(forward, first, second)
        mean = (weight + contrast_of(backward, first, second)[0]) / 2
        return {WEIGHT: mean, BIAS: bias, BACKWARD: mean.clone()}
