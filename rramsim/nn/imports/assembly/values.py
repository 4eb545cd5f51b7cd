"""What a network that is read computes, before it is known by which operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.ops.op import Shape, require

Numbers = NDArray[np.float64]  # (1,) for every channel alike, or (channels,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Value:
    """factor · node + shift.

    Scales of weights and activations, biases and normalisations are gathered here, in double precision, until an
    operation needs the sum itself: they become one :class:`~rramsim.nn.ops.affine.Affine`, or, where nothing but the
    sign counts, none.

    Parameters
    ----------
    node
        Number of the node, -1 for the image.
    factor, shift
        A number, or one for each channel.
    truth
        Whether it is the result of a comparison: 0 or 1.
    """

    node: int
    factor: Numbers
    shift: Numbers
    truth: bool = False

    @property
    def unshifted(self) -> bool:
        """Whether it is the node times a factor."""
        return not self.shift.any()

    @property
    def plain(self) -> bool:
        """Whether it is the node itself."""
        return self.unshifted and bool((self.factor == 1).all())

    @property
    def common_factor(self) -> float | None:
        """The factor, where it is one for all channels, not 0, and nothing is added; else None."""
        first = float(self.factor[0])
        return first if self.unshifted and first and bool((self.factor == first).all()) else None

    def same(self, other: object) -> bool:
        """Whether another value is this one.

        Parameters
        ----------
        other
            The other one.
        """
        return (
            isinstance(other, Value)
            and other.node == self.node
            and np.array_equal(other.factor, self.factor)
            and np.array_equal(other.shift, self.shift)
        )


@dataclass(frozen=True, slots=True, eq=False)
class Signed:
    """-1, 0 or +1, as the sign of a value."""

    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class Magnitude:
    """A value, clipped or not, without its sign."""

    of: Value | Clipped


@dataclass(frozen=True, slots=True, eq=False)
class Outside:
    """1 where a value, clipped or not, is farther from 0 than a bound, else 0."""

    of: Value | Clipped
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class Clipped:
    """A value between two bounds, infinite ones included."""

    of: Value
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Rounded:
    """A value rounded to the nearest integer, halves to even ones."""

    of: Value


@dataclass(frozen=True, slots=True, eq=False)
class Normalised:
    """Scores after a softmax, or the logarithm of one: the greatest one is the same."""

    of: Value
    logarithm: bool


Graph: TypeAlias = Value | Signed | Magnitude | Outside | Clipped | Rounded | Normalised
Operand: TypeAlias = "Graph | NDArray[Any]"  # arrays are constants


def base(graph: Graph) -> Value:
    """The value that something is worked out from.

    Parameters
    ----------
    graph
        What is worked out.
    """
    return graph if isinstance(graph, Value) else base(graph.of)


def of_node(node: int) -> Value:
    """What a node gives.

    Parameters
    ----------
    node
        Its number.
    """
    return Value(node=node, factor=np.ones(1), shift=np.zeros(1))


def scaled(value: Value, factor: Numbers, shift: Numbers) -> Value:
    """Affine: factor · value + shift.

    Parameters
    ----------
    value
        The value.
    factor, shift
        A number, or one for each channel.
    """
    return Value(node=value.node, factor=value.factor * factor, shift=value.shift * factor + shift)


def channelwise(constant: NDArray[Any], shape: Shape) -> Numbers:
    """A constant that meets a value, as a number for each channel.

    Parameters
    ----------
    constant
        As it is broadcast.
    shape
        Of the value, without the batch.

    Returns
    -------
    numpy.ndarray
        (1,) or (channels,).

    Raises
    ------
    NetworkError
        It is not finite, differs between positions, or would make the value larger.
    """
    found = np.asarray(constant, np.float64)
    full = (1, *shape)
    require(found.size > 0 and np.isfinite(found).all(), "a constant in it is not a finite number")
    if found.ndim > len(full):
        raise NetworkError(f"a constant of shape {found.shape} does not fit values of shape {shape}")
    found = found.reshape((1,) * (len(full) - found.ndim) + found.shape)
    for axis, size in enumerate(full):
        grows = axis > 0 and found.shape[axis] not in (1, size)
        first = found.take([0], axis)
        if grows or (axis != 1 and not (found == first).all()):
            raise NetworkError(
                f"a constant of shape {np.shape(constant)} differs within a channel of values of shape {shape}: one "
                "number, or one for each channel, can be stored"
            )
        found = found if axis == 1 else first
    numbers = found.ravel()
    return numbers[:1] if (numbers == numbers[0]).all() else numbers
