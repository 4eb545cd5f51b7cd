"""Discrete time, the nudge outside the activation, and states that stay within limits.

References
----------
J. Laydevant, M. Ernoult, D. Querlioz, J. Grollier, Training dynamical binary neural networks with equilibrium
propagation, CVPR workshop 2021, arXiv 2103.08953; code jlaydevant/Binary-Equilibrium-Propagation, 3d9f68b, its fully
connected networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.dynamics.dynamics import AbstractDynamics
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeOutsideClipped(AbstractDynamics):
    """s ← clip(σ(∂Φ/∂s) − β ∂L/∂s, lowest, highest); see :class:`~rramsim.eqprop.dynamics.outside.NudgeOutside`.

    Parameters
    ----------
    lowest, highest
        Limits of a state.

    Raises
    ------
    NetworkError
        They are none.
    """

    name: ClassVar[str] = "nudge_outside_clipped"
    descends: ClassVar[bool] = False
    lowest: float = 0.0
    highest: float = 1.0

    def __post_init__(self) -> None:
        if not self.lowest < self.highest:
            raise NetworkError(
                f"the lower limit of a state lies below the upper one (got {self.lowest}, {self.highest})"
            )

    def move(
        self,
        activation: AbstractActivation,
        state: torch.Tensor,
        drive: torch.Tensor,
        pull: torch.Tensor | None,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Activation of the drive, and the pull, within the limits."""
        moved = activation(drive, out)
        moved = moved if pull is None else torch.add(moved, pull, out=out)
        return torch.clamp(moved, self.lowest, self.highest, out=out)
