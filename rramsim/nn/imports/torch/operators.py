"""Operations of torch (ATen), as nodes of a stored network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from typing import Final

import numpy as np

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly import arithmetic, clips, decisions
from rramsim.nn.imports.assembly.arithmetic import constant
from rramsim.nn.imports.assembly.assembly import Assembly, Steps
from rramsim.nn.imports.assembly.normalisation import normalise
from rramsim.nn.imports.assembly.values import Value, base, channelwise
from rramsim.nn.imports.torch import layout
from rramsim.nn.imports.torch.operation import Followed, Operation, Operator, on_axes
from rramsim.nn.ops.op import require
from rramsim.torch_backend import torch


def _convolution(assembly: Assembly, operation: Operation) -> Followed:
    value = decisions.plain(assembly, operation.graph("input"))
    weights = constant(operation["weight"], "weights")
    axes = weights.ndim - 2
    require(not operation["transposed"], "it is a transposed convolution")
    require(set(operation["dilation"]) <= {1}, "its dilation must be 1")
    stride, padding = (on_axes(operation[name], axes) for name in ("stride", "padding"))
    steps = Steps(stride=stride, padding=padding, groups=operation["groups"])
    sums = assembly.convolution(value, weights, operation.layer, steps)
    bias = operation["bias"]
    return sums if bias is None else arithmetic.add(assembly, sums, constant(bias, "bias").reshape(-1, *(1,) * axes))


def _product(assembly: Assembly, operation: Operation) -> Followed:
    """Product x · W, with W as it is multiplied: (inputs, outputs)."""
    value = decisions.plain(assembly, operation.graph("self" if operation.name == "mm" else "mat1"))
    weights = constant(operation["mat2"], "weights")
    sums = assembly.dense(value, weights.T, operation.layer)
    if operation.name == "mm":
        return sums
    require((operation["beta"], operation["alpha"]) == (1, 1), "its alpha and beta must be 1")
    return arithmetic.add(assembly, sums, constant(operation["self"], "bias"))


def _normalisation(assembly: Assembly, operation: Operation) -> Followed:
    require(
        not operation.arguments.get("training"), "it normalises by what is in a batch: it has no running statistics"
    )
    value = decisions.plain(assembly, operation.graph("input"))
    mean = constant(operation["running_mean"], "running mean")
    variance = constant(operation["running_var"], "running variance")
    weight, bias = operation["weight"], operation["bias"]
    gamma = np.ones_like(mean) if weight is None else constant(weight, "weight")
    beta = np.zeros_like(mean) if bias is None else constant(bias, "bias")
    return normalise(assembly, value, (gamma, beta, mean, variance), operation["eps"])


def _sum(assembly: Assembly, operation: Operation, *, sign: float, reverse: bool = False) -> Followed:
    names = ("other", "self") if reverse else ("self", "other")
    first, second = (operation.operand(name) for name in names)
    times = sign * float(operation.arguments.get("alpha", 1))
    if reverse and times != -1:  # rsub: other - alpha · self
        raise NetworkError("its alpha must be 1")
    return arithmetic.add(assembly, first, second, times=times)


def _compare(assembly: Assembly, operation: Operation, *, above: bool, equal: bool) -> Followed:
    first, second = operation.operand("self"), operation.operand("other")
    if isinstance(first, np.ndarray):
        first, second, above = second, first, not above
    bound = constant(second, "second operand")
    assert not isinstance(first, np.ndarray)  # one of both depends on the image
    wanted = channelwise(bound, assembly.shape(base(first)))
    return decisions.compare(assembly, first, wanted, above=above, equal=equal)


def _clamp(assembly: Assembly, operation: Operation) -> Followed:
    names = ("min_val", "max_val") if operation.name == "hardtanh" else ("min", "max")
    bounds = []
    for name, default in zip(names, (-math.inf, math.inf), strict=True):
        bound = operation.arguments.get(name)
        require(bound is None or isinstance(bound, int | float), "its bounds must be numbers")
        bounds.append(default if bound is None else float(bound))
    return decisions.clip(assembly, operation.graph("self"), *bounds)


def _same(_assembly: Assembly, operation: Operation) -> Followed:
    given: Followed = operation["self"]
    return given


def _copy(_assembly: Assembly, operation: Operation) -> Followed:
    kind = operation.arguments.get("dtype")
    require(kind in (None, torch.float32, torch.float64), f"it makes values of type {kind}")
    return operation.graph("self")


def _multiply(assembly: Assembly, operation: Operation) -> Value:
    return arithmetic.multiply(assembly, operation.operand("self"), operation.operand("other"))


def _divide(assembly: Assembly, operation: Operation) -> Value:
    require(operation.arguments.get("rounding_mode") is None, "it rounds its quotient")
    return arithmetic.divide(assembly, operation.operand("self"), operation.operand("other"))


def _where(assembly: Assembly, operation: Operation) -> Value:
    return arithmetic.choose(assembly, *(operation.operand(name) for name in ("condition", "self", "other")))


def _softmax(assembly: Assembly, operation: Operation) -> Followed:
    logarithm = operation.name == "_log_softmax"
    return arithmetic.ending(assembly, operation.graph("self"), operation["dim"], logarithm=logarithm)


OPERATORS: Final[Mapping[str, Operator]] = {
    "_adaptive_avg_pool2d": partial(layout.adaptive, mean=True),
    "_log_softmax": _softmax,
    "_native_batch_norm_legit_no_training": _normalisation,
    "_softmax": _softmax,
    "_to_copy": _copy,
    "_unsafe_view": layout.view,
    "abs": lambda _assembly, operation: clips.magnitude(operation.graph("self")),
    "adaptive_max_pool2d": partial(layout.adaptive, mean=False),
    "add": partial(_sum, sign=1.0),
    "addmm": _product,
    "alias": _same,
    "avg_pool2d": partial(layout.pool, mean=True),
    "clamp": _clamp,
    "clamp_max": _clamp,
    "clamp_min": _clamp,
    "clone": _same,
    "convolution": _convolution,
    "detach": _same,
    "div": _divide,
    "ge": partial(_compare, above=True, equal=True),
    "gt": partial(_compare, above=True, equal=False),
    "hardtanh": _clamp,
    "le": partial(_compare, above=False, equal=True),
    "lift_fresh": _same,
    "logical_not": lambda assembly, operation: arithmetic.negated(assembly, operation.graph("self")),
    "lt": partial(_compare, above=False, equal=False),
    "max_pool2d_with_indices": partial(layout.pool, mean=False),
    "mean": layout.mean,
    "mm": _product,
    "mul": _multiply,
    "native_batch_norm": _normalisation,
    "neg": lambda assembly, operation: arithmetic.multiply(assembly, operation.graph("self"), np.array(-1.0)),
    "permute": layout.permute,
    "relu": lambda assembly, operation: decisions.relu(assembly, operation.graph("self")),
    "round": lambda assembly, operation: decisions.rounded(assembly, operation.graph("self")),
    "rsub": partial(_sum, sign=-1.0, reverse=True),
    "sign": lambda _assembly, operation: clips.sign(operation.graph("self")),
    "squeeze": layout.squeeze,
    "sub": partial(_sum, sign=-1.0),
    "unsqueeze": layout.unsqueeze,
    "view": layout.view,
    "where": _where,
}
