"""What an ONNX file says, checked, and nothing run: no other file is read, no operator of it is called.

Operators beyond those of ONNX are the ones of QONNX [1]_, which Brevitas exports.

References
----------
.. [1] A. Pappalardo, Y. Umuroglu, M. Blott et al., QONNX: representing arbitrary-precision quantized neural networks,
   2022, arXiv 2206.07527.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import MissingExtraError, NetworkError
from rramsim.nn.imports.onnx.call import Attributes, Call
from rramsim.nn.ops.op import Shape, require

try:
    import onnx
    import onnx.checker
    import onnx.inliner
    import onnx.numpy_helper
    from google.protobuf.message import Error as ProtobufError
except ModuleNotFoundError as error:
    raise MissingExtraError(error.name or "onnx", "onnx") from error

QONNX = ("qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general")
BATCH = 2**40 + 15  # stands for the number of images where a file computes with shapes
LARGEST = 2**27  # numbers in one constant


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxGraph:
    """A network as a file has it.

    Parameters
    ----------
    image, scores
        Names of what goes in and of what comes out.
    shape
        Of one image; 0 where the file leaves it open.
    batch
        Number of images that it is for; 0 where the file leaves it open.
    constants
        By name.
    calls
        In an order in which they can run.
    """

    image: str
    scores: str
    shape: Shape
    batch: int
    constants: Mapping[str, NDArray[Any]]
    calls: tuple[Call, ...] = field(repr=False)


def parse_onnx(content: bytes) -> OnnxGraph:
    """Read an ONNX file.

    Parameters
    ----------
    content
        Of the file.

    Raises
    ------
    NetworkError
        It is damaged, is none, needs other files, or has several inputs or outputs.
    """
    try:
        model = onnx.ModelProto.FromString(content)
    except (ProtobufError, ValueError) as error:
        raise NetworkError(f"it is damaged or is not an ONNX file: {error}") from None
    if not model.graph.node:
        raise NetworkError("it is damaged or is not an ONNX file: it has no nodes")
    _check_external(model)
    try:
        onnx.checker.check_model(model)
        model = _inlined(model)
    except (onnx.checker.ValidationError, ProtobufError, RuntimeError, ValueError) as error:
        first = str(error).strip().partition("\n")[0]
        raise NetworkError(f"it is damaged or is not an ONNX file: {first}") from None
    graph = model.graph
    require(not graph.sparse_initializer, "it has sparse weights; write them as dense ones")
    constants = {tensor.name: _array(tensor) for tensor in graph.initializer}
    inputs = [one for one in graph.input if one.name not in constants]
    for found, what in ((inputs, "input"), (graph.output, "output")):
        if len(found) != 1:
            raise NetworkError(
                f"it has {len(found)} {what}s ({', '.join(one.name for one in found)}); a network has the image as its "
                "one input, and the class scores as its one output"
            )
    batch, *shape = _shape(inputs[0])
    calls = tuple(_call(node) for node in graph.node)
    return OnnxGraph(
        image=inputs[0].name, scores=graph.output[0].name, shape=tuple(shape), batch=batch, constants=constants,
        calls=calls,
    )  # fmt: skip


def _check_external(model: onnx.ModelProto) -> None:
    """Refuse weights that lie in other files: a file names these by any path."""
    for tensor in _tensors(model.graph):
        if tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data:
            raise NetworkError(
                f"its tensor {tensor.name!r} lies in another file, which is not read: save it as one file, with "
                "onnx.save(onnx.load(path), path) where it was written"
            )


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer:
                    yield from _tensors(inner)


def _inlined(model: onnx.ModelProto) -> onnx.ModelProto:
    """With the bodies of functions that the file defines, but for QONNX: what stands there is no more than a name."""
    named = [(one.domain, one.name) for one in model.functions if one.domain not in QONNX]
    if not named:
        return model
    inlined: onnx.ModelProto = onnx.inliner.inline_selected_functions(model, named)
    _check_external(inlined)
    return inlined


def _array(tensor: onnx.TensorProto) -> NDArray[Any]:
    """Values of a tensor; those of fewer bits than single precision has, in that."""
    try:
        require(math.prod(tensor.dims) <= LARGEST, f"tensor {tensor.name!r} is too large: {list(tensor.dims)}")
        found = np.asarray(onnx.numpy_helper.to_array(tensor))
    except (TypeError, ValueError, OverflowError) as error:
        raise NetworkError(f"tensor {tensor.name!r} is damaged: {error}") from None
    if found.dtype.kind in "fiub":
        return found.astype(np.float32) if found.dtype.itemsize < 4 and found.dtype.kind == "f" else found
    try:
        return found.astype(np.float32)  # bfloat16 and the like
    except (TypeError, ValueError):
        raise NetworkError(f"tensor {tensor.name!r} holds no numbers, but {found.dtype}") from None


def _shape(value: onnx.ValueInfoProto) -> Shape:
    """Sizes, the batch first; 0 for what the file leaves open."""
    tensor = value.type.tensor_type
    if not value.type.HasField("tensor_type") or not tensor.HasField("shape") or len(tensor.shape.dim) < 2:
        raise NetworkError(f"its input {value.name!r} has no shape (batch, features) or (batch, channels, *positions)")
    known = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)
    require(tensor.elem_type in known, f"its input {value.name!r} is not of type float: write it with 32-bit numbers")
    sizes = tuple(int(one.dim_value) for one in tensor.shape.dim)
    require(min(sizes) >= 0, f"its input {value.name!r} has shape {sizes}")
    return sizes


def _call(node: onnx.NodeProto) -> Call:
    domain = "qonnx" if node.domain in QONNX else node.domain
    kind = node.op_type if domain in ("", "ai.onnx") else f"{domain}::{node.op_type}"
    outputs = [name for name in node.output if name]
    require(outputs and node.output[0], f"node {node.name!r} gives nothing")
    return Call(
        kind=kind, name=node.name or node.output[0], inputs=tuple(node.input), output=node.output[0],
        attributes=Attributes({one.name: _attribute(one) for one in node.attribute}),
    )  # fmt: skip


def _attribute(attribute: onnx.AttributeProto) -> Any:
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return _array(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return tuple(value) if isinstance(value, list) or hasattr(value, "__iter__") else value
