"""Constants of an ONNX file that are worked out of others, in numpy: quantised weights, transposed ones, shapes.

References
----------
Quant, BipolarQuant: A. Pappalardo, Y. Umuroglu, M. Blott et al., QONNX: representing arbitrary-precision quantized
neural networks, 2022, arXiv 2206.07527; code fastmachinelearning/qonnx, src/qonnx/custom_op/general.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.imports.onnx.attributes import (
    ROUNDINGS,
    axes_of,
    clip_bounds,
    levels,
    mode,
    reduced_axes,
    shape_of,
)
from rramsim.nn.imports.onnx.call import Call
from rramsim.nn.imports.onnx.graph import BATCH, LARGEST
from rramsim.nn.ops.op import require

Array: TypeAlias = NDArray[Any]
Inputs: TypeAlias = Sequence[Array | None]
_TYPES: Final[Mapping[int, type[Any]]] = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    11: np.float64, 12: np.uint32, 13: np.uint64,
}  # fmt: skip


def fold(call: Call, inputs: Inputs) -> Array:
    """What an operator gives of constants.

    Parameters
    ----------
    call
        The node.
    inputs
        What it takes; None for what it leaves out.

    Raises
    ------
    NetworkError
        It cannot be worked out.
    """
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(FOLDED[call.kind](call, inputs))
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError, ZeroDivisionError) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(f"its constants do not fit each other: {error}") from None
    require(found.size <= LARGEST, f"it makes a constant of shape {found.shape}")
    return found


def _elementwise(function: Callable[..., Any]) -> Callable[[Call, Inputs], Array]:
    def folded(_call: Call, inputs: Inputs) -> Array:
        given = [_there(one) for one in inputs]
        _check_size(*given)
        return np.asarray(function(*given))

    return folded


def _check_size(*given: Array) -> None:
    shape = np.broadcast_shapes(*(one.shape for one in given))
    require(math.prod(shape) <= LARGEST, f"it makes a constant of shape {shape}")


def _there(array: Array | None) -> Array:
    if array is None:
        raise NetworkError("it leaves out what it needs")
    return array


def _quant(call: Call, inputs: Inputs) -> Array:
    values, scale, zero, bits = (_there(one) for one in inputs)
    bounds = levels(call, bits)
    _check_size(values, scale, zero)
    found = values / scale + zero
    found = np.where(found >= 0, 1, -1) if bounds is None else ROUNDINGS[mode(call)](np.clip(found, *bounds))
    return np.asarray((found - zero) * scale, np.float32)


def _bipolar(_call: Call, inputs: Inputs) -> Array:
    values, scale = (_there(one) for one in inputs)
    _check_size(values, scale)
    return np.asarray(np.where(values >= 0, 1, -1) * scale, np.float32)


def _dequantise(call: Call, inputs: Inputs) -> Array:
    values, scale = _there(inputs[0]), _there(inputs[1])
    zero = inputs[2] if len(inputs) > 2 and inputs[2] is not None else np.zeros((), np.int64)
    if scale.ndim == 1 and scale.size > 1:
        shape = [1] * values.ndim
        shape[call.whole("axis", 1)] = scale.size
        scale, zero = scale.reshape(shape), zero.reshape(shape) if zero.ndim else zero
    _check_size(values, scale, zero)
    return np.asarray((values.astype(np.int64) - zero.astype(np.int64)) * scale, np.float32)


def _constant(call: Call, _inputs: Inputs) -> Array:
    kinds = {"value_float": np.float32, "value_floats": np.float32, "value_int": np.int64, "value_ints": np.int64}
    for name, value in call.attributes.items():
        if name == "value":
            return np.asarray(value)
        if name in kinds:
            return np.asarray(value, kinds[name])
    raise NetworkError("its value is no tensor of numbers")


def _filled(call: Call, inputs: Inputs) -> Array:
    shape = _sizes(inputs[0])
    value = np.asarray(call.attributes.get("value", np.zeros(1, np.float32)))
    return np.full(shape, value.ravel()[0], value.dtype)


def _expand(_call: Call, inputs: Inputs) -> Array:
    values = _there(inputs[0])
    shape = np.broadcast_shapes(values.shape, _sizes(inputs[1]))
    require(math.prod(shape) <= LARGEST, f"it makes a constant of shape {shape}")
    return np.broadcast_to(values, shape)


def _sizes(array: Array | None) -> tuple[int, ...]:
    """Sizes of a constant: what is alike for all images is there once."""
    shape = tuple(1 if size == BATCH else int(size) for size in _there(array).ravel())
    require(math.prod(shape) <= LARGEST, f"it makes a constant of shape {shape}")
    return shape


def _reduced(function: Callable[..., Any]) -> Callable[[Call, Inputs], Array]:
    def folded(call: Call, inputs: Inputs) -> Array:
        axes = reduced_axes(call, inputs[1] if len(inputs) > 1 else None)
        return np.asarray(function(_there(inputs[0]), axis=axes, keepdims=call.whole("keepdims", 1) != 0))

    return folded


def _cast(call: Call, inputs: Inputs) -> Array:
    to = call.whole("to", 0)
    require(to in _TYPES, f"it makes values of type {to}")
    return _there(inputs[0]).astype(_TYPES[to])


def _clip(call: Call, inputs: Inputs) -> Array:
    low, high = clip_bounds(call, inputs)
    return np.clip(_there(inputs[0]), low, high)


def _reshape(call: Call, inputs: Inputs) -> Array:
    values, target = _there(inputs[0]), _there(inputs[1])
    keep = not call.whole("allowzero", 0)
    shape = [values.shape[axis] if size == 0 and keep else int(size) for axis, size in enumerate(target.ravel())]
    return values.reshape(shape)


def _transpose(call: Call, inputs: Inputs) -> Array:
    values = _there(inputs[0])
    order = call.sizes("perm", tuple(reversed(range(values.ndim))))
    return values.transpose(order)


def _flatten(call: Call, inputs: Inputs) -> Array:
    values, axis = _there(inputs[0]), call.whole("axis", 1)
    return values.reshape(math.prod(values.shape[:axis]), -1)


def _squeeze(call: Call, inputs: Inputs) -> Array:
    axes = axes_of(call, inputs[1] if len(inputs) > 1 else None)
    return np.squeeze(_there(inputs[0]), axes)


def _unsqueeze(call: Call, inputs: Inputs) -> Array:
    axes = axes_of(call, inputs[1] if len(inputs) > 1 else None)
    require(axes is not None, "it names no axes")
    return np.expand_dims(_there(inputs[0]), axes or ())


def _concat(call: Call, inputs: Inputs) -> Array:
    parts = [np.atleast_1d(_there(one)) for one in inputs]
    require(sum(part.size for part in parts) <= LARGEST, "it makes a constant that is too large")
    return np.concatenate(parts, axis=call.whole("axis", 0))


def _gather(call: Call, inputs: Inputs) -> Array:
    values, places, axis = _there(inputs[0]), _there(inputs[1]), call.whole("axis", 0)
    require(values.size * places.size <= LARGEST, "it makes a constant that is too large")
    return np.take(values, places.astype(np.int64), axis=axis)


def _shape(call: Call, inputs: Inputs) -> Array:
    return shape_of(_there(inputs[0]).shape, call)


def _divide(first: Array, second: Array) -> Array:
    if first.dtype.kind not in "iu" or second.dtype.kind not in "iu":
        return np.asarray(first / second)
    whole = first // second  # towards minus infinity, where ONNX leaves out what is behind the point
    return np.asarray(whole + ((first % second != 0) & ((first < 0) != (second < 0))).astype(whole.dtype))


FOLDED: Final[Mapping[str, Callable[[Call, Inputs], Array]]] = {
    "Abs": _elementwise(np.abs),
    "Add": _elementwise(np.add),
    "Cast": _cast,
    "Ceil": _elementwise(np.ceil),
    "Clip": _clip,
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "DequantizeLinear": _dequantise,
    "Div": _elementwise(_divide),
    "Equal": _elementwise(np.equal),
    "Expand": _expand,
    "Flatten": _flatten,
    "Floor": _elementwise(np.floor),
    "Gather": _gather,
    "Greater": _elementwise(np.greater),
    "GreaterOrEqual": _elementwise(np.greater_equal),
    "Identity": lambda _call, inputs: _there(inputs[0]),
    "Less": _elementwise(np.less),
    "LessOrEqual": _elementwise(np.less_equal),
    "Max": _elementwise(lambda *given: np.maximum.reduce(np.broadcast_arrays(*given))),
    "Min": _elementwise(lambda *given: np.minimum.reduce(np.broadcast_arrays(*given))),
    "Mul": _elementwise(np.multiply),
    "Neg": _elementwise(np.negative),
    "Not": _elementwise(np.logical_not),
    "Reciprocal": _elementwise(np.reciprocal),
    "ReduceMax": _reduced(np.max),
    "ReduceMean": _reduced(np.mean),
    "ReduceSum": _reduced(np.sum),
    "Reshape": _reshape,
    "Round": _elementwise(np.round),
    "Shape": _shape,
    "Sign": _elementwise(np.sign),
    "Sqrt": _elementwise(np.sqrt),
    "Squeeze": _squeeze,
    "Sub": _elementwise(np.subtract),
    "Transpose": _transpose,
    "Unsqueeze": _unsqueeze,
    "Where": _elementwise(np.where),
    "qonnx::BipolarQuant": _bipolar,
    "qonnx::IntQuant": _quant,
    "qonnx::Quant": _quant,
}
