"""Attributes that an operator has whether it is given constants or what depends on the image."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.imports.onnx.call import Call
from rramsim.nn.ops.op import require

Array: TypeAlias = NDArray[Any]
ROUNDINGS: Final[Mapping[str, Callable[[Array], Array]]] = {"ROUND": np.round, "CEIL": np.ceil, "FLOOR": np.floor}


def levels(call: Call, bits: Array) -> tuple[int, int] | None:
    """The least and the greatest integer that a Quant gives; None for -1 and +1, which one signed bit is.

    Parameters
    ----------
    call
        The node.
    bits
        Its bit width.
    """
    require(bits.size == 1 and bits.ravel()[0] in range(1, 33), f"its bit width is {bits.ravel()[:3].tolist()}")
    number, narrow, signed = int(bits.ravel()[0]), call.whole("narrow", 0) != 0, call.whole("signed", 1) != 0
    if signed and number == 1:
        return None
    low = narrow - 2 ** (number - 1) if signed else 0
    high = 2 ** (number - 1) - 1 if signed else 2**number - 1 - narrow
    require(low < high, "it has one level")
    return low, high


def mode(call: Call) -> str:
    """How a Quant rounds.

    Parameters
    ----------
    call
        The node.
    """
    found = call.text("rounding_mode", "ROUND").upper()
    require(found in ROUNDINGS, f"rounding_mode is {found}; known are {', '.join(ROUNDINGS)}")
    return found


def axes_of(call: Call, given: Array | None) -> tuple[int, ...] | None:
    """Axes that a node names, as an attribute or, in newer files, as what it takes.

    Parameters
    ----------
    call
        The node.
    given
        What it takes.
    """
    if given is not None:
        return tuple(int(axis) for axis in given.ravel())
    return call.sizes("axes", ()) if "axes" in call.attributes else None


def reduced_axes(call: Call, given: Array | None) -> tuple[int, ...] | None:
    """Axes that a reduction takes together; None for all of them.

    Parameters
    ----------
    call
        The node.
    given
        What it takes as axes.
    """
    axes, none = axes_of(call, given), call.whole("noop_with_empty_axes", 0) != 0
    return axes or (() if none else None)


def shape_of(shape: tuple[int, ...], call: Call) -> Array:
    """What a Shape gives: sizes from one axis to another.

    Parameters
    ----------
    shape
        All sizes.
    call
        The node.
    """
    return np.array(shape[call.whole("start", 0) : call.whole("end", len(shape))], np.int64)


def clip_bounds(call: Call, inputs: Sequence[Any]) -> tuple[float, float]:
    """Bounds of a Clip: attributes in older files, in newer ones what it takes.

    Parameters
    ----------
    call
        The node.
    inputs
        What it takes.
    """
    found = []
    for index, (name, default) in enumerate((("min", -math.inf), ("max", math.inf)), start=1):
        given = inputs[index] if len(inputs) > index else None
        if given is None:
            value = call.attributes.get(name, default)
        else:
            require(isinstance(given, np.ndarray) and given.size == 1, "its bounds must be constant numbers")
            value = given.ravel()[0]
        found.append(float(value))
    require(not any(math.isnan(bound) for bound in found), "a bound of it is NaN")
    return found[0], found[1]
