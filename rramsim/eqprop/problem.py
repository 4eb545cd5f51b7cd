"""What a gradient is asked of: a network, its parameters, images and what they should give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rramsim.eqprop.network import Network
from rramsim.eqprop.parameters import check_parameters
from rramsim.errors import NetworkError
from rramsim.torch_backend import torch

Reread: TypeAlias = Callable[[Mapping[str, torch.Tensor]], Mapping[str, torch.Tensor]]


def unchanged(parameters: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
    """Parameters that every phase has.

    Parameters
    ----------
    parameters
        Of the phase before.
    """
    return parameters


@dataclass(frozen=True, kw_only=True)
class Problem:
    r"""One batch of images for a network.

    Parameters
    ----------
    network
        The network.
    parameters
        Its parameters, all on one device and of one type.
    inputs
        (batch, \*shape of an image).
    targets
        Classes (batch,), or what the output should be (batch, classes).
    dtype
        Of states and drives; None for that of the parameters. bfloat16 needs half of the memory of float32 and loses
        most of a gradient at small β.
    reread
        Gives a nudged phase its parameters, from those of the phase before; the free phase has ``parameters``.

    Raises
    ------
    NetworkError
        Parts do not fit each other, or hold values that are not finite.
    """

    network: Network
    parameters: Mapping[str, torch.Tensor]
    inputs: torch.Tensor
    targets: torch.Tensor
    dtype: torch.dtype | None = None
    reread: Reread = unchanged

    def __post_init__(self) -> None:
        check_parameters(self.network, self.parameters)
        shape = tuple(self.inputs.shape)
        if shape[1:] != self.network.shapes[0] or not len(self.inputs):
            raise NetworkError(f"images have shape {shape}, the network takes (batch, *{self.network.shapes[0]})")
        if not bool(torch.isfinite(self.inputs).all()):
            raise NetworkError("images have values that are not finite")
        object.__setattr__(self, "targets", self._encoded())
        self.network.loss.check(self.targets)

    @property
    def size(self) -> int:
        """Images of the batch."""
        return len(self.inputs)

    def _encoded(self) -> torch.Tensor:
        classes, like = self.network.classes, next(iter(self.parameters.values()))
        targets = self.targets.to(like.device)
        if targets.dim() == 1 and not targets.is_floating_point() and len(targets) == self.size:
            if int(targets.min()) < 0 or int(targets.max()) >= classes:
                raise NetworkError(f"classes are numbered from 0 to {classes - 1} (got up to {int(targets.max())})")
            return torch.nn.functional.one_hot(targets.long(), classes).to(like.dtype)
        if tuple(targets.shape) != (self.size, classes):
            wanted = f"({self.size},) integers or ({self.size}, {classes})"
            raise NetworkError(f"targets have shape {tuple(targets.shape)}, need {wanted}")
        return targets.to(like.dtype)
