"""Networks of which units are left out for a batch.

A unit that stays is σ(drive) / keep, another one 0: each unit has an activation of its own, and so the thinned network
is one like any other. Its estimate is that of its own gradient, as long as it stays the same through all phases. The
mean over draws of what a unit shows is that of the whole network, which is used without masks or factors.

References
----------
N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, Dropout: a simple way to prevent neural
networks from overfitting, Journal of Machine Learning Research 15, 1929, 2014: https://jmlr.org/papers/v15, no doi.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar

from rramsim.eqprop.activations.activation import AbstractActivation
from rramsim.eqprop.activations.catalog import activation
from rramsim.eqprop.network import Network
from rramsim.errors import InputError
from rramsim.torch_backend import torch


class Masked(AbstractActivation):
    """Values of an activation, each times a factor.

    Parameters
    ----------
    function
        The activation.
    factors
        Of the shape of the drive.
    """

    name: ClassVar[str] = "masked"

    def __init__(self, function: AbstractActivation, factors: torch.Tensor) -> None:
        self._function = function
        self._factors = factors

    def __call__(self, drive: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Its values."""
        return torch.mul(self._function(drive, out), self._factors.to(drive.dtype), out=out)

    def derivative(self, drive: torch.Tensor) -> torch.Tensor:
        """Its slopes."""
        return self._function.derivative(drive) * self._factors.to(drive.dtype)


@dataclass(frozen=True, kw_only=True, eq=False)
class ThinnedNetwork(Network):
    r"""A network for one batch, whose units show what factors leave of them.

    Parameters
    ----------
    factors
        For each layer of the state (batch, \*shape), or None for units as they are.
    """

    factors: tuple[torch.Tensor | None, ...]

    @cached_property
    def functions(self) -> tuple[AbstractActivation, ...]:
        """Activation of each layer, from layer 1 on."""
        pairs = zip(map(activation, self.activations), self.factors, strict=True)
        return tuple(function if factors is None else Masked(function, factors) for function, factors in pairs)


def check_keep(network: Network, keep: Sequence[float]) -> None:
    """Refuse shares of units that cannot be kept.

    Parameters
    ----------
    network
        The network.
    keep
        Probability for each layer of the state that a unit stays.

    Raises
    ------
    InputError
        There is another number of layers, one is no probability above 0, or units are left out that a loss or a nudge
        sees whatever their activation.
    """
    if len(keep) != network.layers:
        raise InputError(f"training.keep: {network.layers} probabilities are needed, one a layer (got {len(keep)})")
    if not all(0 < share <= 1 for share in keep):
        raise InputError(f"training.keep: probabilities are above 0 and at most 1 (got {tuple(keep)})")
    read = (
        bool(network.loss.shapes(network.shapes[-1])) and network.dynamics.descends and not network.dynamics.activated
    )
    if keep[-1] < 1 and not read:
        raise InputError(
            "training.keep: units of the last layer are left out only before a readout, with the nudge inside the "
            f"activation (got {keep[-1]} for it)"
        )


def thinned(
    network: Network, keep: Sequence[float], batch: int, generator: torch.Generator, device: str | torch.device = "cpu"
) -> ThinnedNetwork:
    """A network without some units, others for each image.

    Parameters
    ----------
    network
        The network.
    keep
        See :func:`check_keep`.
    batch
        Images.
    generator
        Draws which, on the processor.
    device
        Where states are.

    Raises
    ------
    InputError
        See :func:`check_keep`.
    """
    check_keep(network, keep)
    factors: list[torch.Tensor | None] = []
    for share, shape in zip(keep, network.shapes[1:], strict=True):
        stays = torch.rand((batch, *shape), generator=generator) < share if share < 1 else None
        factors.append(None if stays is None else (stays.float() / share).to(device))
    given = {field.name: getattr(network, field.name) for field in fields(network)}
    return ThinnedNetwork(**given, factors=tuple(factors))
