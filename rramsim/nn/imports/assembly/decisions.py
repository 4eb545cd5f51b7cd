"""Activations, from whatever they are spelt with: comparisons, signs, clips and roundings.

``Activate`` knows two that array inputs can have: binary, +1 from 0 on and -1 below, and ternary, whose threshold is
fixed. A comparison with another number is a binary one of a shifted value; a ternary one with another threshold is that
of a scaled value. A sign, which gives 0 at 0, is taken where that is proved to be one of the two, and else refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.engines.thresholds import TERNARY_THRESHOLD
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.clips import ALONE, AT_ZERO, sign, unclipped
from rramsim.nn.imports.assembly.values import (
    Clipped,
    Graph,
    Magnitude,
    Numbers,
    Outside,
    Rounded,
    Signed,
    Value,
    scaled,
)
from rramsim.nn.ops.op import require

_ZERO = np.zeros(1)
_EXACT = 2**24  # sums up to it are exact as float32
_AT_ONCE = 2**22  # sums that a proof looks at


def plain(assembly: Assembly, graph: Graph) -> Value:
    """A value that any operation can take.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        What was computed.

    Raises
    ------
    NetworkError
        No operation gives it.
    """
    if isinstance(graph, Value):
        return graph
    if isinstance(graph, Signed):
        return _sign(assembly, graph.of)
    raise NetworkError(ALONE[type(graph)])


def through(assembly: Assembly, graph: Graph, function: Callable[[Value], Value]) -> Graph:
    """What moves values or takes the greatest of them, and what they are clipped to afterwards.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The values.
    function
        What is done with them.
    """
    if isinstance(graph, Clipped):
        return Clipped(function(graph.of), graph.low, graph.high)
    return function(plain(assembly, graph))


def compare(assembly: Assembly, graph: Graph, bound: Numbers, *, above: bool, equal: bool) -> Graph:
    """Whether a value is above, or below, a number.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    bound
        One number, or one for each channel.
    above
        Whether it is to be above, else below.
    equal
        Whether the number itself counts.
    """
    if isinstance(graph, Magnitude):
        require(above and not equal and (bound == bound[0]).all(), ALONE[Magnitude])
        return Outside(graph.of, float(bound[0]))
    # x >= b; x > b as not (x <= b), and that as -x >= -b.
    value = unclipped(graph, bound, closed_above=above == equal)
    sign = 1.0 if above == equal else -1.0
    found = _binary(assembly, scaled(value, np.array([sign]), -sign * bound))
    factor = 0.5 if equal else -0.5
    return replace(scaled(found, np.array([factor]), np.array([0.5])), truth=True)


def bipolar(assembly: Assembly, graph: Graph, scale: Numbers) -> Value:
    """+scale where a value is 0 or above, else -scale.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    scale
        One number, or one for each channel.
    """
    return scaled(_binary(assembly, unclipped(graph, _ZERO, closed_above=True)), scale, _ZERO)


def ternary(assembly: Assembly, graph: Graph, bound: float) -> Value:
    """Sign of a value that is farther from 0 than a bound, else 0.

    The bound becomes the fixed one by a factor: the largest that leaves 0 what is equal to the bound.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    bound
        The bound.
    """
    if bound <= 0:
        return _sign(assembly, graph)
    value = unclipped(graph, np.array([bound]), closed_above=False)
    unclipped(graph, np.array([-bound]), closed_above=True)
    wanted = np.float32(bound)
    require(1e-30 < wanted < 1e30, f"its threshold is {bound}")
    factor = np.float32(TERNARY_THRESHOLD / wanted)
    while factor * wanted > TERNARY_THRESHOLD:
        factor = np.nextafter(factor, np.float32(0))
    while np.nextafter(factor, np.float32(np.inf)) * wanted <= TERNARY_THRESHOLD:
        factor = np.nextafter(factor, np.float32(np.inf))
    if wanted == TERNARY_THRESHOLD:
        factor = np.float32(1)
    return assembly.activation(scaled(value, np.array([float(factor)]), _ZERO), "ternary")


def quantised(assembly: Assembly, graph: Graph, scale: Numbers, low: int, high: int) -> Value:
    """The nearest multiple of a scale, halves to even ones, within bounds.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    scale
        One number, or one for each channel; positive.
    low, high
        The least and the greatest multiple.

    Raises
    ------
    NetworkError
        There are more than the two or three that an activation can have.
    """
    require((scale > 0).all(), "its scale is not above 0")
    one = bool((scale == scale[0]).all())
    if (low, high) == (-1, 1):
        if one:
            return scaled(ternary(assembly, graph, 0.5 * float(scale[0])), scale, _ZERO)
        return scaled(ternary(assembly, scaled(plain(assembly, graph), 1 / scale, _ZERO), 0.5), scale, _ZERO)
    if high - low != 1:
        raise NetworkError(
            f"its values have {high - low + 1} levels; what an array is given is binary (BipolarQuant, or "
            "torch.where(x >= 0, 1.0, -1.0)), ternary (2 bits, signed and narrow) or real (ReLU)"
        )
    found = compare(assembly, graph, (low + 0.5) * scale, above=True, equal=low % 2 == 1)
    return scaled(plain(assembly, found), scale, low * scale)


def clip(assembly: Assembly, graph: Graph, low: float, high: float) -> Graph:
    """A value between two bounds.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    low, high
        The bounds.
    """
    require(low < high, f"its bounds are {low} and {high}")
    if isinstance(graph, Rounded):
        return _rounded(assembly, graph.of, low, high)
    if isinstance(graph, Clipped):
        return Clipped(graph.of, max(low, graph.low), min(high, graph.high))
    value = plain(assembly, graph)
    return relu(assembly, value) if (low, high) == (0, np.inf) else Clipped(value, low, high)


def rounded(assembly: Assembly, graph: Graph) -> Graph:
    """The nearest integer, halves to even ones.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    """
    if isinstance(graph, Clipped):
        return _rounded(assembly, graph.of, graph.low, graph.high)
    return Rounded(plain(assembly, graph))


def relu(assembly: Assembly, graph: Graph) -> Value:
    """The value where it is above 0, else 0.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    graph
        The value.
    """
    value = plain(assembly, graph)
    if value.unshifted and (value.factor > 0).all():  # a factor above 0 may follow
        return scaled(assembly.activation(replace(value, factor=np.ones(1)), "real"), value.factor, _ZERO)
    return assembly.activation(value, "real")


def _rounded(assembly: Assembly, value: Value, low: float, high: float) -> Value:
    require(np.isfinite([low, high]).all() and low == round(low) and high == round(high), ALONE[Rounded])
    return quantised(assembly, value, np.ones(1), int(low), int(high))


def _binary(assembly: Assembly, value: Value) -> Value:
    """+1 where a value is 0 or above, else -1. A factor counts by its sign alone where nothing is added."""
    if value.unshifted:
        value = replace(value, factor=np.sign(value.factor))
    return assembly.activation(value, "binary")


def _sign(assembly: Assembly, graph: Graph) -> Value:
    """A sign, where it is proved to be a binary or a ternary activation."""
    value = sign(graph).of
    bound = assembly.integers(value)
    require(bound is not None and bound <= _EXACT, AT_ZERO)
    if value.unshifted and value.factor.all():
        value = replace(value, factor=np.sign(value.factor))
        return assembly.activation(value, "ternary")  # of integers: none lies between 0 and the threshold
    zero = _zero(value.factor.astype(np.float32), value.shift.astype(np.float32), int(bound or 0))
    if zero is not None:
        raise NetworkError(f"{AT_ZERO}; here the sum {zero[1]} of channel {zero[0]} does")
    return _binary(assembly, value)


def _zero(factor: NDArray[np.float32], shift: NDArray[np.float32], bound: int) -> tuple[int, int] | None:
    """Channel and sum of which factor · sum + shift, rounded after each of the two, is 0; None where there is none."""
    factor, shift = np.broadcast_arrays(factor, shift)
    for channel in range(factor.size):
        for first in range(-bound, bound + 1, _AT_ONCE):
            sums = np.arange(first, min(first + _AT_ONCE, bound + 1), dtype=np.float32)
            zero = np.flatnonzero(sums * factor[channel] + shift[channel] == 0)
            if zero.size:
                return channel, first + int(zero[0])
    return None
