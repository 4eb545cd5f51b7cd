"""Networks from ONNX files, those of Brevitas (QONNX) included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rramsim.errors import NetworkError
from rramsim.nn.imports.assembly.arithmetic import scores
from rramsim.nn.imports.assembly.assembly import Assembly
from rramsim.nn.imports.assembly.instead import unsupported
from rramsim.nn.imports.assembly.nodes import told_by
from rramsim.nn.imports.assembly.values import Operand, base
from rramsim.nn.imports.onnx.attributes import shape_of
from rramsim.nn.imports.onnx.call import Call
from rramsim.nn.imports.onnx.constants import FOLDED, fold
from rramsim.nn.imports.onnx.graph import BATCH, OnnxGraph, parse_onnx
from rramsim.nn.imports.onnx.operators import OPERATORS
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork


def read(content: bytes, wanted: Wanted) -> StoredNetwork:
    """Read a network.

    Parameters
    ----------
    content
        Of an ONNX file.
    wanted
        What is asked of the network.

    Raises
    ------
    NetworkError
        It is damaged, is none, or holds what cannot be stored; the layer is named.
    """
    try:
        graph = parse_onnx(content)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        if isinstance(error, NetworkError):
            raise
        raise NetworkError(f"it is damaged or is not an ONNX file: {type(error).__name__}: {error}") from None
    _check_shape(graph, wanted)
    assembly = Assembly(wanted)
    known: dict[str, Operand] = {**graph.constants, graph.image: assembly.image}
    for call in graph.calls:
        with told_by(f"{call.kind} {call.name!r}"):
            try:
                known[call.output] = _run(assembly, replace(call, batch=graph.batch), known)
                call.attributes.check_seen()
            except (KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
                if isinstance(error, NetworkError):
                    raise
                raise NetworkError(f"it is damaged: {type(error).__name__}: {error}") from None
    return assembly.network(scores(assembly, known[graph.scores]))


def _run(assembly: Assembly, call: Call, known: Mapping[str, Operand]) -> Operand:
    for name in call.inputs:
        if name and name not in known:
            raise NetworkError(f"it takes {name!r}, which only training gives")
    operands = tuple(known[name] if name else None for name in call.inputs)
    arrays = [one for one in operands if one is None or isinstance(one, np.ndarray)]
    if len(arrays) == len(operands) and call.kind in FOLDED:
        return fold(call, arrays)
    (first, *_) = operands or (None,)
    if call.kind == "Shape" and first is not None and not isinstance(first, np.ndarray):
        return shape_of((BATCH, *assembly.shape(base(first))), call)
    if call.kind not in OPERATORS:
        raise NetworkError(unsupported(call.kind, ", ".join(sorted(OPERATORS))))
    return OPERATORS[call.kind](assembly, replace(call, operands=operands))


def _check_shape(graph: OnnxGraph, wanted: Wanted) -> None:
    given = wanted.input_shape
    if len(graph.shape) != len(given) or any(
        size not in (0, there) for size, there in zip(graph.shape, given, strict=True)
    ):
        raise NetworkError(f"it takes values of shape {graph.shape}, an image of {wanted.dataset} has {given}")
