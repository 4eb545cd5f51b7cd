"""What every operation is: a plain value that knows its shapes, and how to run in torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError

if TYPE_CHECKING:
    import torch

Shape = tuple[int, ...]  # of one value, without the batch: (features,) or (channels, *positions)


class AbstractOp(ABC):
    """One operation. Subclasses are frozen dataclasses; fields that are arrays are stored as tensors, others as text.

    Attributes
    ----------
    arity
        How many values it takes.
    """

    arity: ClassVar[int] = 1

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its arrays by name."""
        return {name: value for name, value in self._values.items() if isinstance(value, np.ndarray)}

    @property
    def settings(self) -> dict[str, Any]:
        """Its other fields by name: numbers, texts, lists of them, None."""
        others = {name: value for name, value in self._values.items() if not isinstance(value, np.ndarray)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in others.items()}

    @property
    def _values(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @abstractmethod
    def shape(self, *inputs: Shape) -> Shape:
        """Shape of the result.

        Parameters
        ----------
        *inputs
            Shapes of what goes in.

        Raises
        ------
        NetworkError
            It takes no such shapes.
        """

    @abstractmethod
    def largest(self, *inputs: float) -> float:
        """Bound of its values' magnitude, whatever is misread.

        Parameters
        ----------
        *inputs
            Bounds of what goes in.
        """

    @abstractmethod
    def run(self, *values: torch.Tensor) -> torch.Tensor:
        """Compute in torch.

        Parameters
        ----------
        *values
            What goes in: float32, (batch, *shape) each.
        """


def require(holds: object, message: str) -> None:
    """Refuse a network that cannot run.

    Parameters
    ----------
    holds
        Whether it can.
    message
        What is wrong.

    Raises
    ------
    NetworkError
        It cannot.
    """
    if not holds:
        raise NetworkError(message)


def numbers(values: NDArray[Any], what: str, *, ndim: int | None = None) -> None:
    """Refuse an array that is not of finite float32 numbers.

    Parameters
    ----------
    values
        The array.
    what
        What it is, for the message.
    ndim
        How many axes it must have; None for any.

    Raises
    ------
    NetworkError
        It is of another type or number of axes, is empty, or holds what is not finite.
    """
    require(values.dtype == np.float32, f"{what} must be float32, is {values.dtype}")
    require(ndim is None or values.ndim == ndim, f"{what} must have {ndim} axes, has shape {values.shape}")
    require(values.size > 0 and np.isfinite(values).all(), f"{what} must be finite numbers, shape {values.shape}")
