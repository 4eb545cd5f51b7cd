"""What every dynamics is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.torch_backend import torch


class AbstractDynamics(ABC):
    """How one layer moves in one step.

    Attributes
    ----------
    name
        As settings have it.
    activated
        Whether connections see the activation of a state (its *rate*), and not the state itself.
    descends
        Whether a nudge adds β times the loss to what the dynamics descends, so that an estimate is one of its gradient.
    """

    name: ClassVar[str]
    activated: ClassVar[bool] = False
    descends: ClassVar[bool] = True

    @abstractmethod
    def move(
        self,
        activation: AbstractActivation,
        state: torch.Tensor,
        drive: torch.Tensor,
        pull: torch.Tensor | None,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The state after one step.

        Parameters
        ----------
        activation
            Of the layer.
        state
            Before the step; unchanged unless it is ``out``.
        drive
            By the other layers, of the shape of the state; unchanged.
        pull
            Of the nudge, of the same shape; None for none.
        out
            Where the state is written to; None for a new tensor.
        """
