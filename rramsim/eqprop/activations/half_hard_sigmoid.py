"""Hard sigmoid of slope 1/2: that of the CIFAR-10 networks of scaled equilibrium propagation, not the one of slope 1.

References
----------
A. Laborieux, M. Ernoult, B. Scellier, Y. Bengio, J. Grollier, D. Querlioz, Scaling equilibrium propagation to deep
ConvNets by drastically reducing its gradient estimator bias, Frontiers in Neuroscience 15, 633674, 2021, doi
10.3389/fnins.2021.633674; code Laborieux-Axel/Equilibrium-Propagation, 93660ed, ``my_hard_sig``.
"""

from __future__ import annotations

from typing import ClassVar

from rramsim.eqprop.activations.clipped import AbstractClipped


class HalfHardSigmoid(AbstractClipped):
    """clip(x / 2, 0, 1)."""

    name: ClassVar[str] = "half_hard_sigmoid"
    lowest: ClassVar[float] = 0.0
    highest: ClassVar[float] = 1.0
    slope: ClassVar[float] = 0.5
