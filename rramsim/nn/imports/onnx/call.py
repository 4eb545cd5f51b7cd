"""A node of an ONNX graph: what it takes, and its attributes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.values import Operand
from rramsim.nn.ops.op import require

# Of no matter to what a node gives for the operands that are taken here, whatever their value is.
_WITHOUT_EFFECT = frozenset(
    (
        "axis",  # of one scale for all
        "beta",  # of no bias
        "count_include_pad",  # of no padding
        "momentum", "ratio", "seed",  # of training
        "pads",  # beside auto_pad
        "rounding_mode",  # of one bit
        "saturate",  # of floats of 8 bits
        "storage_order",  # of indices that nobody takes
    )
)  # fmt: skip


class Attributes(Mapping[str, Any]):
    """Attributes of a node, which remember what was looked at: one that was not would be passed over in silence.

    Parameters
    ----------
    values
        By name.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)
        self._seen: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        value = self._values[name]
        self._seen.add(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def check_seen(self) -> None:
        """Refuse what nobody looked at.

        Raises
        ------
        NetworkError
            There is such an attribute.
        """
        for name in sorted(self._values.keys() - self._seen - _WITHOUT_EFFECT):
            raise NetworkError(f"its attribute {name} is not supported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One node of a graph.

    Parameters
    ----------
    kind
        Operator: of ONNX by its name, of others as ``domain::name``, in short ``qonnx::name``.
    name
        Of the node; that of what it gives where it has none.
    inputs
        Names of what it takes; empty for what it leaves out.
    output
        Name of what it gives.
    attributes
        By name; tensors as arrays.
    operands
        What it takes, once that is known.
    batch
        Number of images that the file is for; 0 where it leaves that open.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    output: str
    attributes: Attributes
    operands: tuple[Operand | None, ...] = ()
    batch: int = 0

    def operand(self, index: int) -> Operand | None:
        """What it takes, None for what it leaves out.

        Parameters
        ----------
        index
            Which one.
        """
        return self.operands[index] if index < len(self.operands) else None

    def whole(self, name: str, default: int) -> int:
        """An attribute that is an integer.

        Parameters
        ----------
        name, default
            Of the attribute.
        """
        value = self.attributes.get(name, default)
        require(isinstance(value, int), f"{name} is no integer")
        return int(value)

    def number(self, name: str, default: float) -> float:
        """An attribute that is a number.

        Parameters
        ----------
        name, default
            Of the attribute.
        """
        value = self.attributes.get(name, default)
        require(isinstance(value, float | int) and math.isfinite(value), f"{name} is no finite number")
        return float(value)

    def text(self, name: str, default: str) -> str:
        """An attribute that is a text.

        Parameters
        ----------
        name, default
            Of the attribute.
        """
        value = self.attributes.get(name, default)
        require(isinstance(value, str), f"{name} is no text")
        return str(value)

    def sizes(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """An attribute that is a list of integers.

        Parameters
        ----------
        name, default
            Of the attribute.
        """
        value = self.attributes.get(name, default)
        require(
            isinstance(value, tuple) and all(isinstance(one, int) for one in value), f"{name} is no list of integers"
        )
        return tuple(value)
