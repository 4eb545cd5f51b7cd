"""Sums, products and choices of values and constants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.decisions import plain, ternary, through
from rramsim.nn.imports.assembly.values import (
    Graph,
    Normalised,
    Operand,
    Outside,
    Signed,
    Value,
    base,
    channelwise,
    scaled,
)
from rramsim.nn.ops.op import Shape, require

_ONE, _ZERO = np.ones(1), np.zeros(1)


def is_graph(operand: Operand) -> bool:
    """Whether something depends on the image.

    Parameters
    ----------
    operand
        A value or a constant.
    """
    return not isinstance(operand, np.ndarray)


def add(assembly: Assembly, first: Operand, second: Operand, *, times: float = 1.0) -> Value:
    """Sum: first + times · second.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    first, second
        Values or constants, not two of these.
    times
        1 or -1, or another factor.
    """
    if isinstance(second, np.ndarray):
        value = plain(assembly, _graph(first))
        return scaled(value, _ONE, times * channelwise(second, assembly.shape(value)))
    other = scaled(plain(assembly, second), np.array([times]), _ZERO)
    if isinstance(first, np.ndarray):
        return scaled(other, _ONE, channelwise(first, assembly.shape(other)))
    return assembly.add(plain(assembly, first), other)


def multiply(assembly: Assembly, first: Operand, second: Operand) -> Value:
    """Product.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    first, second
        Values or constants, not two of these.

    Raises
    ------
    NetworkError
        Two values, and not as a ternary activation is spelt.
    """
    if isinstance(first, np.ndarray):
        first, second = second, first
    value = _graph(first)
    if isinstance(second, np.ndarray):
        taken = plain(assembly, value)
        return scaled(taken, channelwise(second, assembly.shape(taken)), _ZERO)
    if isinstance(value, Outside):
        value, second = second, value
    if isinstance(value, Signed) and isinstance(second, Outside) and base(second).same(value.of):
        return ternary(assembly, second.of, second.bound)
    raise NetworkError("it multiplies two values that both depend on the image")


def divide(assembly: Assembly, first: Operand, second: Operand) -> Value:
    """Quotient.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    first
        A value.
    second
        A constant.

    Raises
    ------
    NetworkError
        It divides by a value, or by 0.
    """
    if not isinstance(second, np.ndarray):
        raise NetworkError("it divides by a value that depends on the image")
    value = plain(assembly, _graph(first))
    divisor = channelwise(second, assembly.shape(value))
    require(divisor.all(), "it divides by 0")
    return Value(node=value.node, factor=value.factor / divisor, shift=value.shift / divisor)


def choose(assembly: Assembly, where: Operand, yes: Operand, no: Operand) -> Value:
    """One constant where something holds, else another.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    where
        A comparison of a value.
    yes, no
        The constants.

    Raises
    ------
    NetworkError
        They are no constants, or it is no comparison.
    """
    if not (isinstance(yes, np.ndarray) and isinstance(no, np.ndarray)):
        raise NetworkError(
            "it chooses between values that depend on the image: only between constants, as torch.where(x >= 0, 1.0, "
            "-1.0); a ternary activation is torch.sign(x) * (x.abs() > threshold)"
        )
    value = plain(assembly, _graph(where))
    require(value.truth, "it chooses by what is no comparison")
    shape = assembly.shape(value)
    low, high = channelwise(no, shape), channelwise(yes, shape)
    return scaled(value, high - low, low)


def negated(assembly: Assembly, where: Operand) -> Graph:
    """The contrary of a comparison.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    where
        The comparison.
    """
    value = plain(assembly, _graph(where))
    require(value.truth, "it negates what is no comparison")
    found = scaled(value, -_ONE, _ONE)
    return Value(node=found.node, factor=found.factor, shift=found.shift, truth=True)


def reshaped(assembly: Assembly, operand: Operand, shape: Sequence[int]) -> Graph:
    """The same values in another shape.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operand
        The values.
    shape
        Of one image, without the batch.

    Raises
    ------
    NetworkError
        It is neither the same one nor one row.
    """
    graph = _graph(operand)
    before = assembly.shape(base(graph))
    if tuple(shape) == before:
        return graph
    if tuple(shape) == (math.prod(before),):
        return through(assembly, graph, assembly.flatten)
    raise NetworkError(
        f"it makes {tuple(shape)} of values of shape {before}: only one row can be made of channels and positions; "
        "images are as their data set has them"
    )


def averaged(assembly: Assembly, operand: Operand, axes: Sequence[int], *, keep: bool) -> Value:
    """Mean over positions.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operand
        The values.
    axes
        Which ones, the batch being 0.
    keep
        Whether the axes stay, of size 1.

    Raises
    ------
    NetworkError
        The mean is over images or channels, or over some of the positions and they do not stay.
    """
    value = plain(assembly, _graph(operand))
    shape = assembly.shape(value)
    found = {axis % (len(shape) + 1) for axis in axes}
    if len(shape) < 2 or found & {0, 1} or not (keep or len(found) == len(shape) - 1):
        raise NetworkError(f"it takes the mean over axes {sorted(found)} of values of shape {shape}: only of positions")
    size = tuple(there if axis in found else 1 for axis, there in enumerate(shape[1:], start=2))
    mean = assembly.average_pool(value, size, size)
    return mean if keep else assembly.flatten(mean)


def ending(assembly: Assembly, operand: Operand, axis: int, *, logarithm: bool) -> Normalised:
    """Scores after a softmax.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operand
        The scores.
    axis
        Over which it is taken, the batch being 0.
    logarithm
        Whether of its logarithm.
    """
    value = plain(assembly, _graph(operand))
    require(len(assembly.shape(value)) == 1 and axis in (1, -1), "a softmax is taken over class scores only")
    return Normalised(value, logarithm)


def scores(assembly: Assembly, operand: Operand) -> Value:
    """Class scores: a softmax at the end changes no order, and is left out.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operand
        What the network gives.
    """
    graph = _graph(operand)
    return graph.of if isinstance(graph, Normalised) else plain(assembly, graph)


def fits(size: Sequence[int], stride: Sequence[int], shape: Shape) -> bool:
    """Whether windows leave no position out, so that rounding their number up or down is the same.

    Parameters
    ----------
    size, stride
        Of the window, along each axis.
    shape
        (channels, *positions).
    """
    return all((there - wide) % step == 0 for wide, step, there in zip(size, stride, shape[1:], strict=False))


def _graph(operand: Operand) -> Graph:
    if isinstance(operand, np.ndarray):
        raise NetworkError("it depends on no image")
    return operand


def constant(operand: Operand | None, what: str) -> NDArray[Any]:
    """What must not depend on the image.

    Parameters
    ----------
    operand
        A value or a constant.
    what
        What it is, for the message.

    Raises
    ------
    NetworkError
        It depends on the image, or is not there.
    """
    if not isinstance(operand, np.ndarray):
        raise NetworkError(f"its {what} must be constant" if operand is not None else f"it has no {what}")
    return operand
