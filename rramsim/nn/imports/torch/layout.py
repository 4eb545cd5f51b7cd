"""Pooling and shapes in torch."""

from __future__ import annotations

from rramsim.nn.imports.assembly import arithmetic, decisions
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.values import base
from rramsim.nn.imports.torch.operation import Followed, Operation, Widened, on_axes
from rramsim.nn.ops.op import Shape, require
from rramsim.torch_backend import torch


def pool(assembly: Assembly, operation: Operation, *, mean: bool) -> Followed:
    """Pooling by windows of one size.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    mean
        Whether the mean, else the greatest.
    """
    given = operation["self"]
    graph = given.of if isinstance(given, Widened) else operation.graph("self")
    shape = assembly.shape(base(graph))
    seen = (shape[0], 1, *shape[1:]) if isinstance(given, Widened) else shape
    axes = len(seen) - 1
    size = on_axes(operation["kernel_size"], axes)
    stride = on_axes(operation["stride"] or size, axes)
    require(not any(on_axes(operation["padding"], axes)), "it pads; only a convolution can")
    require(set(on_axes(operation.arguments.get("dilation", 1), axes)) <= {1}, "its dilation must be 1")
    require(operation.arguments.get("divisor_override") is None, "divisor_override is not supported")
    require(
        not operation["ceil_mode"] or arithmetic.fits(size, stride, seen), "ceil_mode takes windows beyond its input"
    )
    return _pooled(assembly, given, size, stride, mean=mean)


def adaptive(assembly: Assembly, operation: Operation, *, mean: bool) -> Followed:
    """Pooling into a number of windows.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    mean
        Whether the mean, else the greatest.
    """
    given = operation["self"]
    graph = given.of if isinstance(given, Widened) else operation.graph("self")
    shape = assembly.shape(base(graph))
    seen = (shape[0], 1, *shape[1:]) if isinstance(given, Widened) else shape
    wanted = on_axes(operation["output_size"], len(seen) - 1)
    whole = all(want and there % want == 0 for want, there in zip(wanted, seen[1:], strict=True))
    require(whole, f"{list(wanted)} windows of one size do not make up {list(seen[1:])} positions")
    size = tuple(there // want for want, there in zip(wanted, seen[1:], strict=True))
    return _pooled(assembly, given, size, size, mean=mean)


def _pooled(assembly: Assembly, given: Followed, size: Shape, stride: Shape, *, mean: bool) -> Followed:
    if isinstance(given, Widened):
        require(size[0] == 1, "it pools a signal over a second axis")
        found = _pooled(assembly, given.of, size[1:], stride[1:], mean=mean)
        assert not isinstance(found, Widened)  # of a value
        return Widened(found)
    if mean:
        return assembly.average_pool(decisions.plain(assembly, given), size, stride)
    return decisions.through(assembly, given, lambda value: assembly.max_pool(value, size, stride))


def mean(assembly: Assembly, operation: Operation) -> Followed:
    """Mean over positions.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    """
    named, given = operation.arguments.get("dim"), operation["self"]
    axes: list[int] = [] if named is None else [named] if isinstance(named, int) else list(named)
    require(axes, "it takes the mean over all images")
    require(operation.arguments.get("dtype") in (None, torch.float32), "it changes the type of values")
    if isinstance(given, Widened):
        # Of a signal as (batch, channels, 1, positions), both axes of an image.
        require(
            {axis % 4 for axis in axes} == {2, 3} and operation["keepdim"], "it takes a mean of a signal as an image"
        )
        return Widened(arithmetic.averaged(assembly, given.of, [2], keep=True))
    return arithmetic.averaged(assembly, operation.graph("self"), axes, keep=operation["keepdim"])


def view(assembly: Assembly, operation: Operation) -> Followed:
    """The same values in another shape.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    """
    return arithmetic.reshaped(assembly, operation.graph("self"), operation.shape)


def unsqueeze(assembly: Assembly, operation: Operation) -> Followed:
    """A signal as an image of one line.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    """
    graph, axis = operation.graph("self"), operation["dim"]
    require(len(assembly.shape(base(graph))) == 2 and axis in (2, -2), f"it adds axis {axis}; only one row can be made")
    return Widened(graph)


def squeeze(assembly: Assembly, operation: Operation) -> Followed:
    """Without axes of size 1.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    """
    given, axes = operation["self"], operation.arguments.get("dim")
    if isinstance(given, Widened):
        require(axes in (2, -2), f"it takes axis {axes} out of a signal as an image")
        return given.of
    require(axes not in (None, []), "it takes out every axis of size 1, also that of a single image: name the axes")
    return view(assembly, operation)


def permute(assembly: Assembly, operation: Operation) -> Followed:
    """Axes in another order, which must be the same.

    Parameters
    ----------
    assembly
        Takes the nodes of it.
    operation
        The operation.
    """
    graph = operation.graph("self")
    rank = len(assembly.shape(base(graph))) + 1
    order = [axis % rank for axis in operation["dims"]]
    require(order == list(range(rank)), f"it puts axes in the order {order}: channels come before positions")
    return graph
