"""Real time: steps down an energy.

References
----------
B. Scellier, Y. Bengio, Equilibrium propagation: bridging the gap between energy-based models and backpropagation,
Frontiers in Computational Neuroscience 11, 24, 2017, doi 10.3389/fncom.2017.00024.

M. Ernoult, J. Grollier, D. Querlioz, Y. Bengio, B. Scellier, Updates of equilibrium prop match gradients of backprop
through time in an RNN with static input, NeurIPS 2019, arXiv 1905.13633.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True)
class RealTime(AbstractDynamics):
    """s ← s − dt ∂(E + β L)/∂s of the energy E = ‖s‖² / 2 − Φ(ρ(s)), see :mod:`rramsim.eqprop.energy`.

    Every layer sees rates ρ(s), the output units among them, and each drive is weighed by the slope ρ'(s): so it is the
    derivative of an energy. Output units without that slope, as in the code of 2019, descend none; units that are
    :class:`~rramsim.eqprop.activations.linear.Linear` do.

    Parameters
    ----------
    dt
        Step, in units of the time constant; above 0, at most 1.
    clip
        Lowest and highest state; None for no limits.

    Raises
    ------
    NetworkError
        The step or the limits are none.
    """

    name: ClassVar[str] = "real_time"
    activated: ClassVar[bool] = True
    dt: float = 0.1
    clip: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 0 < self.dt <= 1:
            raise NetworkError(f"dt is above 0 and at most 1 (got {self.dt})")
        if self.clip is not None and not self.clip[0] < self.clip[1]:
            raise NetworkError(f"the lower limit of a state lies below the upper one (got {self.clip})")

    def move(
        self,
        activation: AbstractActivation,
        state: torch.Tensor,
        drive: torch.Tensor,
        pull: torch.Tensor | None,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """One step of Euler's."""
        force = activation.derivative(state) * drive
        force = force if pull is None else force + pull
        moved = torch.lerp(state, force, self.dt, out=out)  # s + dt (force − s)
        return moved if self.clip is None else torch.clamp(moved, *self.clip, out=out)
