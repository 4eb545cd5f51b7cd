"""Operators of ONNX and QONNX, as nodes of a stored network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly import arithmetic, clips, decisions
from rramsim.nn.imports.assembly.arithmetic import constant
from rramsim.nn.imports.assembly.assembly import Assembly, Steps
from rramsim.nn.imports.assembly.normalisation import normalise
from rramsim.nn.imports.assembly.values import Graph, Magnitude, Operand, Value, base, channelwise
from rramsim.nn.imports.onnx.attributes import axes_of, clip_bounds, levels, mode, reduced_axes
from rramsim.nn.imports.onnx.call import Call
from rramsim.nn.imports.onnx.graph import BATCH
from rramsim.nn.ops.op import Shape, require

Operator = Callable[[Assembly, Call], Graph]


def _graph(call: Call, index: int = 0) -> Graph:
    operand = call.operand(index)
    if operand is None or isinstance(operand, np.ndarray):
        raise NetworkError(f"what it takes as number {index + 1} must depend on the image")
    return operand


def _operand(call: Call, index: int) -> Operand:
    operand = call.operand(index)
    if operand is None:
        raise NetworkError(f"it has no input {index + 1}")
    return operand


def _constant(call: Call, index: int, what: str) -> NDArray[Any]:
    return constant(call.operand(index), what)


def _conv(assembly: Assembly, call: Call) -> Graph:
    value = decisions.plain(assembly, _graph(call))
    weights = _constant(call, 1, "weights")
    require(weights.ndim in (3, 4), f"its weights have shape {weights.shape}: only 1 or 2 axes of positions")
    kernel = weights.shape[2:]
    axes = len(kernel)
    require(call.sizes("kernel_shape", kernel) == kernel, "kernel_shape is not that of its weights")
    require(set(call.sizes("dilations", (1,) * axes)) <= {1}, "dilations must be 1")
    stride = call.sizes("strides", (1,) * axes)
    shape = assembly.shape(value)
    steps = Steps(stride=stride, padding=_padding(call, kernel, stride, shape), groups=call.whole("group", 1))
    sums = assembly.convolution(value, weights, call.name, steps)
    return _with_bias(assembly, call, sums)


def _with_bias(assembly: Assembly, call: Call, sums: Value, times: float = 1.0) -> Value:
    if call.operand(2) is None:
        return sums
    bias = _constant(call, 2, "bias")
    channels, *rest = assembly.shape(sums)
    require(bias.size in (1, channels), f"its bias has shape {bias.shape}, there are {channels} outputs")
    return arithmetic.add(assembly, sums, bias.reshape(-1, *(1 for _ in rest)), times=times)


def _padding(call: Call, size: Shape, stride: Shape, shape: Shape) -> Shape:
    """Zeros on either side of each axis, which are as many on both."""
    axes, auto = len(size), call.text("auto_pad", "NOTSET")
    require(len(stride) == axes and len(shape) == axes + 1, f"{list(size)} is no window over values of shape {shape}")
    require(min(stride) > 0, f"strides are {list(stride)}")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        sizes = zip(size, stride, shape[1:], strict=True)
        both = [max(0, (math.ceil(there / step) - 1) * step + wide - there) for wide, step, there in sizes]
        require(not any(pad % 2 for pad in both), f"{auto} pads by {both}, more on one side than on the other")
        return tuple(pad // 2 for pad in both)
    require(auto in ("NOTSET", "VALID"), f"auto_pad is {auto}")
    pads = call.sizes("pads", (0,) * 2 * axes)
    if auto == "VALID":
        return (0,) * axes
    require(len(pads) == 2 * axes and pads[:axes] == pads[axes:], f"pads {list(pads)} differ from side to side")
    return pads[:axes]


def _gemm(assembly: Assembly, call: Call) -> Graph:
    require(call.whole("transA", 0) == 0, "transA must be 0")
    weights = _constant(call, 1, "weights")
    require(weights.ndim == 2, f"its weights have shape {weights.shape}")
    weights = weights if call.whole("transB", 0) else weights.T
    weights = weights * weights.dtype.type(call.number("alpha", 1.0))
    sums = assembly.dense(decisions.plain(assembly, _graph(call)), weights, call.name)
    return _with_bias(assembly, call, sums, call.number("beta", 1.0))


def _matmul(assembly: Assembly, call: Call) -> Graph:
    value = decisions.plain(assembly, _graph(call))
    weights = _constant(call, 1, "weights")
    require(weights.ndim == 2, f"its weights have shape {weights.shape}, need (inputs, outputs)")
    return assembly.dense(value, weights.T, call.name)


def _normalisation(assembly: Assembly, call: Call) -> Graph:
    require(call.whole("training_mode", 0) == 0, "training_mode must be 0")
    value = decisions.plain(assembly, _graph(call))
    learnt = [_constant(call, index, "numbers") for index in range(1, 5)]
    return normalise(assembly, value, learnt, call.number("epsilon", 1e-5))


def _pool(assembly: Assembly, call: Call, *, mean: bool) -> Graph:
    graph = _graph(call)
    shape = assembly.shape(base(graph))
    size = call.sizes("kernel_shape", ())
    stride = call.sizes("strides", (1,) * len(size))
    require(size and min(size) > 0, f"kernel_shape is {list(size)}")
    require(not any(_padding(call, size, stride, shape)), "it pads; only a convolution can")
    require(set(call.sizes("dilations", (1,) * len(size))) <= {1}, "dilations must be 1")
    if call.whole("ceil_mode", 0) and not arithmetic.fits(size, stride, shape):
        raise NetworkError(f"ceil_mode takes windows that reach beyond values of shape {shape}; use ceil_mode = 0")
    if mean:
        return assembly.average_pool(decisions.plain(assembly, graph), size, stride)
    return decisions.through(assembly, graph, lambda value: assembly.max_pool(value, size, stride))


def _global_pool(assembly: Assembly, call: Call, *, mean: bool) -> Graph:
    graph = _graph(call)
    size = assembly.shape(base(graph))[1:]
    require(size, "it pools what has no positions")
    if mean:
        return assembly.average_pool(decisions.plain(assembly, graph), size, size)
    return decisions.through(assembly, graph, lambda value: assembly.max_pool(value, size, size))


def _reduce_mean(assembly: Assembly, call: Call) -> Graph:
    given = None if call.operand(1) is None else _constant(call, 1, "axes")
    axes = reduced_axes(call, given)
    require(axes, "it names no axes")
    return arithmetic.averaged(assembly, _graph(call), axes or (), keep=call.whole("keepdims", 1) != 0)


def _flatten(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    rank = len(assembly.shape(base(graph))) + 1
    axis = call.whole("axis", 1)
    require(axis in (1, 1 - rank), f"axis is {axis}; only 1 leaves images apart")
    return decisions.through(assembly, graph, assembly.flatten)


def _reshape(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    shape = assembly.shape(base(graph))
    target = [int(size) for size in _constant(call, 1, "shape").ravel()]
    require(target, "it makes one number of all images")
    if not call.whole("allowzero", 0):
        before = (BATCH, *shape)
        target = [before[axis] if size == 0 and axis < len(before) else size for axis, size in enumerate(target)]
    rest = target[1:]
    if -1 in rest:
        known = math.prod(size for size in rest if size != -1)
        require(rest.count(-1) == 1 and known > 0, f"it makes shape {target}")
        rest[rest.index(-1)] = math.prod(shape) // known
    # -1 takes what is left, the images, where the rest is one of them.
    apart = math.prod(rest) == math.prod(shape) and target[0] in {BATCH, -1, call.batch or BATCH}
    require(apart, f"it makes shape {target} of values of shape {shape}: images must stay apart")
    return arithmetic.reshaped(assembly, graph, rest)


def _squeeze(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    shape = assembly.shape(base(graph))
    axes = axes_of(call, None if call.operand(1) is None else _constant(call, 1, "axes"))
    require(axes, "it names no axes")
    gone = {axis % (len(shape) + 1) for axis in axes or ()}
    require(
        0 not in gone and all(shape[axis - 1] == 1 for axis in gone), f"it takes axes {sorted(gone)} out of {shape}"
    )
    rest = [size for axis, size in enumerate(shape, start=1) if axis not in gone]
    return arithmetic.reshaped(assembly, graph, rest)


def _transpose(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    rank = len(assembly.shape(base(graph))) + 1
    order = call.sizes("perm", tuple(reversed(range(rank))))
    require(order == tuple(range(rank)), f"it puts axes in the order {list(order)}: channels come before positions")
    return graph


def _two(function: Callable[[Assembly, Operand, Operand], Graph], assembly: Assembly, call: Call) -> Graph:
    return function(assembly, _operand(call, 0), _operand(call, 1))


def _compare(assembly: Assembly, call: Call, *, above: bool, equal: bool) -> Graph:
    first, second = _operand(call, 0), _operand(call, 1)
    if isinstance(first, np.ndarray):
        first, second, above = second, first, not above
    bound = constant(second, "second operand")
    if isinstance(first, np.ndarray):
        raise NetworkError("it depends on no image")
    wanted = channelwise(bound, assembly.shape(base(first)))
    return decisions.compare(assembly, first, wanted, above=above, equal=equal)


def _clip(assembly: Assembly, call: Call) -> Graph:
    low, high = clip_bounds(call, [call.operand(index) for index in range(3)])
    return decisions.clip(assembly, _graph(call), low, high)


def _cast(_assembly: Assembly, call: Call) -> Graph:
    require(call.whole("to", 0) in (1, 11), "it makes values of another type than float or double")
    return _graph(call)


def _quant(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    shape = assembly.shape(base(graph))
    scale = channelwise(_constant(call, 1, "scale"), shape)
    bounds = levels(call, _constant(call, 3, "bit width"))
    require(not channelwise(_constant(call, 2, "zero point"), shape).any(), "its zero point must be 0")
    if bounds is None:
        return decisions.bipolar(assembly, graph, scale)
    require(mode(call) == "ROUND", f"rounding_mode is {mode(call)}, of an activation only ROUND is known")
    return decisions.quantised(assembly, graph, scale, *bounds)


def _bipolar(assembly: Assembly, call: Call) -> Graph:
    graph = _graph(call)
    return decisions.bipolar(assembly, graph, channelwise(_constant(call, 1, "scale"), assembly.shape(base(graph))))


def _dropout(_assembly: Assembly, call: Call) -> Graph:
    training = call.operand(2)
    require(training is None or not constant(training, "training_mode").any(), "training_mode must be false")
    return _graph(call)


def _softmax(assembly: Assembly, call: Call, *, logarithm: bool) -> Graph:
    return arithmetic.ending(assembly, _graph(call), call.whole("axis", -1), logarithm=logarithm)


def _magnitude(_assembly: Assembly, call: Call) -> Magnitude:
    return clips.magnitude(_graph(call))


OPERATORS: Final[Mapping[str, Operator]] = {
    "Abs": _magnitude,
    "Add": partial(_two, arithmetic.add),
    "AveragePool": partial(_pool, mean=True),
    "BatchNormalization": _normalisation,
    "Cast": _cast,
    "Clip": _clip,
    "Conv": _conv,
    "Div": partial(_two, arithmetic.divide),
    "Dropout": _dropout,
    "Flatten": _flatten,
    "Gemm": _gemm,
    "GlobalAveragePool": partial(_global_pool, mean=True),
    "GlobalMaxPool": partial(_global_pool, mean=False),
    "Greater": partial(_compare, above=True, equal=False),
    "GreaterOrEqual": partial(_compare, above=True, equal=True),
    "Identity": lambda _assembly, call: _graph(call),
    "Less": partial(_compare, above=False, equal=False),
    "LessOrEqual": partial(_compare, above=False, equal=True),
    "LogSoftmax": partial(_softmax, logarithm=True),
    "MatMul": _matmul,
    "MaxPool": partial(_pool, mean=False),
    "Mul": partial(_two, arithmetic.multiply),
    "Neg": lambda assembly, call: arithmetic.multiply(assembly, _graph(call), np.array(-1.0)),
    "Not": lambda assembly, call: arithmetic.negated(assembly, _graph(call)),
    "ReduceMean": _reduce_mean,
    "Relu": lambda assembly, call: decisions.relu(assembly, _graph(call)),
    "Reshape": _reshape,
    "Round": lambda assembly, call: decisions.rounded(assembly, _graph(call)),
    "Sign": lambda _assembly, call: clips.sign(_graph(call)),
    "Softmax": partial(_softmax, logarithm=False),
    "Squeeze": _squeeze,
    "Sub": partial(_two, partial(arithmetic.add, times=-1.0)),
    "Transpose": _transpose,
    "Where": lambda assembly, call: arithmetic.choose(
        assembly, _operand(call, 0), _operand(call, 1), _operand(call, 2)
    ),
    "qonnx::BipolarQuant": _bipolar,
    "qonnx::IntQuant": _quant,
    "qonnx::Quant": _quant,
}
