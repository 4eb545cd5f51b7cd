"""One operation of torch (ATen) on what depends on the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.values import Graph, Operand
from rramsim.nn.ops.op import Shape, require


@dataclass(frozen=True, slots=True, eq=False)
class Widened:
    """A signal as an image of one line: so torch pools signals."""

    of: Graph


Followed: TypeAlias = Graph | Widened


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Parameters
    ----------
    name
        Of ATen.
    layer
        Where it is.
    arguments
        By the names that ATen gives them; what depends on the image as values, other tensors as arrays.
    shape
        Of what it gives, without the batch.
    """

    name: str
    layer: str
    arguments: Mapping[str, Any]
    shape: Shape

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    def operand(self, name: str) -> Operand:
        """A tensor or a number.

        Parameters
        ----------
        name
            Of the argument.

        Raises
        ------
        NetworkError
            It is a signal as an image.
        """
        value = self.arguments[name]
        if isinstance(value, Widened):
            raise NetworkError("it takes a signal as an image; only pooling does")
        # A number meets single precision as such.
        return np.asarray(np.float32(value)) if isinstance(value, bool | int | float) else value

    def graph(self, name: str) -> Graph:
        """What depends on the image.

        Parameters
        ----------
        name
            Of the argument.

        Raises
        ------
        NetworkError
            It does not.
        """
        found = self.operand(name)
        if isinstance(found, np.ndarray) or found is None:
            raise NetworkError(f"its {name} must depend on the image")
        return found


Operator = Callable[[Assembly, Operation], Followed]

# What these give depends on the shape of a value alone.
SHAPES: Final = frozenset(
    {"zeros_like", "ones_like", "full_like", "empty_like", "new_zeros", "new_ones", "new_full", "new_empty", "size",
     "sym_size", "dim", "numel"}
)  # fmt: skip


def on_axes(given: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis, as torch takes them.

    Parameters
    ----------
    given
        One for all, or one for each.
    axes
        How many there are.
    """
    found = (given,) if isinstance(given, int) else tuple(given)
    found = found * axes if len(found) == 1 else found
    require(len(found) == axes, f"{list(found)} is for {len(found)} axes, there are {axes}")
    return found
