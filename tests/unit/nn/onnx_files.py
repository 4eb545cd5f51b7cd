"""ONNX files made of nodes, and what they give by the reference evaluator of ONNX."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

QONNX = "qonnx.custom_op.general"


class Graph:
    """A network as an exporter writes it: nodes one after the other, and constants."""

    def __init__(self, *shape, batch="n", opset=17):
        self.shape, self.batch, self.opset = shape, batch, opset
        self.nodes, self.constants, self.last = [], {}, "x"

    def constant(self, values, name=None):
        """Name of a new constant; numbers as single precision."""
        array = np.asarray(values)
        array = array.astype(np.float32) if array.dtype.kind == "f" else array
        name = name or f"c{len(self.constants)}"
        self.constants[name] = array
        return name

    def add(self, kind, *inputs, name=None, takes=None, domain="", **attributes):
        """Add a node that takes the last value, or another, then constants or values by name; name the result."""
        given = [one if isinstance(one, str) else self.constant(one) for one in inputs]
        output = f"v{len(self.nodes)}"
        first = [] if takes == "" else [takes or self.last]
        node = helper.make_node(kind, [*first, *given], [output], name=name or output, domain=domain, **attributes)
        self.nodes.append(node)
        self.last = output
        return output

    def quant(self, kind, *inputs, **attributes):
        return self.add(kind, *inputs, domain=QONNX, **attributes)

    def model(self, scores=None):
        image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [self.batch, *self.shape])
        last = helper.make_tensor_value_info(scores or self.last, TensorProto.FLOAT, ["n", "classes"])
        constants = [numpy_helper.from_array(array, name) for name, array in self.constants.items()]
        imports = [helper.make_opsetid("", self.opset), helper.make_opsetid(QONNX, 1)]
        graph = helper.make_graph(self.nodes, "g", [image], [last], constants)
        return helper.make_model(graph, opset_imports=imports, ir_version=8)

    def bytes(self, scores=None):
        return self.model(scores).SerializeToString()

    def scores(self, images):
        """By the reference evaluator."""
        evaluator = ReferenceEvaluator(self.model(), new_ops=[BipolarQuant, Quant])
        return evaluator.run(None, {"x": images})[0]


class BipolarQuant(OpRun):
    """As the definition of QONNX has it."""

    op_domain = QONNX

    def _run(self, x, scale):
        return (np.where(x >= 0, np.float32(1), np.float32(-1)) * scale,)


class Quant(OpRun):
    """As the definition of QONNX has it."""

    op_domain = QONNX

    def _run(self, x, scale, zeropt, bitwidth, signed=None, narrow=None, rounding_mode=None):
        assert rounding_mode == "ROUND"
        bits = int(bitwidth)
        low = -(2 ** (bits - 1)) + narrow if signed else 0
        high = 2 ** (bits - 1) - 1 if signed else 2**bits - 1 - narrow
        level = np.round(np.clip(x / scale + zeropt, low, high))
        return (((level - zeropt) * scale).astype(np.float32),)


def loaded(content):
    return onnx.load_model_from_string(content)
