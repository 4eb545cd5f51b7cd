"""Networks from ONNX files: what they compute is what is stored, or the node that cannot be is named."""

import io

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from rramsim.errors import InputError, NetworkError
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.imports.onnx.reader import read
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.network import StoredNetwork
from rramsim.nn.ops.activate import ACTIVATIONS, Activate
from rramsim.nn.ops.affine import Affine
from rramsim.nn.trainable import TrainableNetwork
from rramsim.weights import WeightKind
from tests.unit.nn.onnx_files import Graph, loaded

GENERATOR = np.random.default_rng(0)


def signs(*shape, ternary=False):
    return GENERATOR.choice([-1.0, 0.0, 1.0] if ternary else [-1.0, 1.0], shape)


def wanted(*shape, **changes):
    return Wanted(name="n", dataset="digits", input_shape=shape, **changes)


def network_of(graph, **changes):
    return read(graph.bytes(), wanted(*graph.shape, **changes))


def images_for(graph, count=50):
    """Small multiples of 1/8: sums of them are exact in any order."""
    return (GENERATOR.integers(-24, 25, (count, *graph.shape)) / 8).astype(np.float32)


def assert_same(graph, **changes):
    """The network as stored gives what the reference evaluator gives, to the last bit."""
    network, images = network_of(graph, **changes), images_for(graph)
    np.testing.assert_array_equal(TorchEngine(network).scores(images), graph.scores(images))
    return network


def activations(network):
    return [node.op.to for node in network.nodes if isinstance(node.op, Activate)]


# Networks of rramsim's own, through the exporter of torch.


def learnt(model, settings, shape, kind, activations, *, only=False):
    """A model of rramsim whose normalisations have seen images."""
    found = find_model(model)
    layers = found.layers(found.Settings.model_validate(settings), shape, 4)
    generator = torch.Generator().manual_seed(1)
    chosen = choices(layers, kind, activations, classifier_only=only)
    network = TrainableNetwork(layers, chosen, shape, generator)
    for _ in range(3):
        network(torch.randn(8, *shape, generator=generator))
    return network.eval()


MODELS = {
    "mlp": ({"hidden": [16, 8]}, (64,)),
    "vgg": ({"width": 4, "hidden": 8}, (3, 32, 32)),
    "ecg": ({"width": 4}, (12, 750)),
    "mobilenet": ({}, (3, 32, 32)),
}


def exported(module, shape):
    file = io.BytesIO()
    torch.onnx.export(module, (torch.zeros(2, *shape),), file, dynamo=False)
    return file.getvalue()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize(
    ("model", "kind", "activations"),
    [
        *((model, kind, to) for model in ("mlp", "vgg", "ecg") for kind in WeightKind for to in ACTIVATIONS),
        ("mobilenet", WeightKind.BINARY, "binary"),
    ],
)
def test_what_torch_exports_of_a_network_is_that_network(model, kind, activations):
    settings, shape = MODELS[model]
    module = learnt(model, settings, shape, kind, activations)
    original = StoredNetwork(name="n", dataset="digits", input_shape=shape, nodes=module.nodes())
    assert read(exported(module, shape), wanted(*shape, weights=kind)).hash == original.hash


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_classifier_alone_may_be_stored():
    settings, shape = MODELS["ecg"]
    module = learnt("ecg", settings, shape, WeightKind.BINARY, "binary", only=True)
    original = StoredNetwork(name="n", dataset="digits", input_shape=shape, nodes=module.nodes())
    content = exported(module, shape)
    assert read(content, wanted(*shape, quantized="classifier")).hash == original.hash
    with pytest.raises(NetworkError, match=r"Conv '.*': its weights cannot be stored: output 0 has \d+ different"):
        read(content, wanted(*shape))


# What Brevitas writes: weights as they are latent, and their quantiser beside them.


def brevitas():
    graph = Graph(6)
    latent = GENERATOR.normal(size=(8, 6))
    scale = graph.constant(np.abs(latent).mean(dtype=np.float32))
    quantised = graph.quant("BipolarQuant", latent, scale, takes="")
    graph.add("Gemm", quantised, takes="x", name="fc1", transB=1)
    return graph


def bit(graph):
    graph.quant("BipolarQuant", np.float32(0.25))


def test_binary_layers_of_brevitas():
    graph = brevitas()
    graph.add("BatchNormalization", *(GENERATOR.uniform(0.5, 2, 8) for _ in range(4)), name="bn")
    bit(graph)
    latent = graph.constant(GENERATOR.normal(size=(5, 8)))
    graph.quant("BipolarQuant", latent, np.full((5, 1), [[0.5], [0.25], [1], [2], [4]], np.float32), takes="")
    weights = graph.last
    graph.add("MatMul", graph.add("Transpose", takes=weights, perm=[1, 0]), takes=graph.nodes[3].output[0])
    network, images = network_of(graph), images_for(graph)
    assert (network.kind, network.activations) == (WeightKind.BINARY, "binary")
    np.testing.assert_allclose(TorchEngine(network).scores(images), graph.scores(images), rtol=1e-5, atol=1e-6)
    # The scale of the activations has gone with that of the weights: what a layer sees is -1 and +1.
    scale = network.nodes[-1].op.scale
    np.testing.assert_array_equal(scale, np.array([0.5, 0.25, 1, 2, 4], np.float32) * np.float32(0.25))


def test_a_quantiser_of_zero_gives_plus_one():
    graph = Graph(2)
    graph.add("MatMul", np.array([[1.0, -1.0], [1.0, 1.0]]), name="fc")
    graph.quant("BipolarQuant", np.float32(1))
    graph.add("MatMul", np.array([[1.0, 1.0], [1.0, -1.0]]))
    images = np.array([[1, -1], [0, 0]], np.float32)
    scores = TorchEngine(network_of(graph)).scores(images)
    np.testing.assert_array_equal(scores, graph.scores(images))
    np.testing.assert_array_equal(scores[1], [2, 0])


def quantised(bits, scale, *, signed, narrow):
    attributes = {"signed": signed, "narrow": narrow, "rounding_mode": "ROUND"}
    return ("Quant", *map(np.float32, (scale, 0, bits))), attributes


@pytest.mark.parametrize(
    ("bits", "signed", "narrow", "to"), [(2, 1, 1, "ternary"), (1, 0, 0, "binary"), (2, 0, 1, None)]
)
@pytest.mark.parametrize("scale", [1.0, 0.5, 0.25])
def test_quant_of_few_levels(bits, signed, narrow, to, scale):
    graph = Graph(4)
    graph.add("MatMul", signs(4, 6, ternary=True), name="fc")
    inputs, attributes = quantised(bits, scale, signed=signed, narrow=narrow)
    graph.quant(*inputs, **attributes)
    graph.add("MatMul", signs(6, 3), name="last")
    if to is None:
        with pytest.raises(NetworkError, match="its values have 3 levels"):
            network_of(graph)
    else:
        assert activations(assert_same(graph)) == [to]


def test_one_signed_bit_is_plus_or_minus_one():
    """As the code of QONNX takes it."""
    bit, bipolar = Graph(4), Graph(4)
    first, last = signs(4, 6), signs(6, 3)
    inputs, attributes = quantised(1, 0.5, signed=1, narrow=0)
    for graph, kind, given, told in (
        (bit, *inputs[:1], inputs[1:], attributes), (bipolar, "BipolarQuant", [np.float32(0.5)], {})
    ):  # fmt: skip
        graph.add("MatMul", first, name="fc")
        graph.quant(kind, *given, **told)
        graph.add("MatMul", last, name="last")
    assert network_of(bit).hash == network_of(bipolar).hash


def test_ternary_weights_of_brevitas():
    graph = Graph(6)
    parts = [np.float32(0.5), np.float32(0), np.float32(2)]
    quantised = graph.quant(
        "Quant", GENERATOR.normal(size=(6, 4)), *parts, takes="", signed=1, narrow=1, rounding_mode="ROUND"
    )
    graph.add("MatMul", quantised, takes="x", name="fc")
    assert assert_same(graph).kind is WeightKind.TERNARY


# Activations, however they are spelt.


def layer(graph, outputs, **changes):
    shape = network_of(graph).shapes[-1] if graph.nodes else graph.shape
    graph.add("MatMul", signs(shape[0], outputs, **changes), name=f"fc{len(graph.nodes)}")


def spelt(*steps):
    graph = Graph(5)
    layer(graph, 7)
    for kind, *rest in steps:
        inputs, attributes = [one for one in rest if not isinstance(one, dict)], {}
        for one in rest:
            attributes |= one if isinstance(one, dict) else {}
        graph.add(kind, *inputs, **attributes)
    layer_after = signs(7, 3)
    graph.add("MatMul", layer_after, name="last")
    return graph


ONE, MINUS = np.float32(1), np.float32(-1)


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        ([("GreaterOrEqual", np.float32(0)), ("Where", ONE, MINUS)], "binary"),
        ([("Greater", np.float32(0.5)), ("Where", ONE, MINUS)], "binary"),
        ([("Less", np.float32(-0.25)), ("Not",), ("Where", ONE, MINUS)], "binary"),
        ([("LessOrEqual", np.float32(0)), ("Where", MINUS, ONE)], "binary"),
        ([("Greater", np.float32(0)), ("Cast", {"to": 1}), ("Mul", np.float32(2)), ("Sub", ONE)], "binary"),
        ([("Clip", MINUS, ONE), ("GreaterOrEqual", np.float32(0)), ("Where", ONE, MINUS)], "binary"),
        ([("Clip", MINUS, ONE), ("Round",)], "ternary"),
        ([("Round",), ("Clip", MINUS, ONE)], "ternary"),
        ([("Round",), ("Clip", np.float32(0), ONE)], "binary"),
        ([("Mul", np.float32(0.25)), ("Relu",), ("Div", np.float32(-0.5))], "real"),
        ([("Clip", np.float32(0))], "real"),
        ([("Neg",), ("Add", np.arange(7) / 4), ("Relu",)], "real"),
    ],
)
def test_activations_in_other_words(steps, to):
    assert activations(assert_same(spelt(*steps))) == [to]


@pytest.mark.parametrize("bound", [0.5, 1.0, 1.5, 3.0, 0.05, 0.3])
def test_a_ternary_activation_of_any_threshold(bound):
    graph = Graph(5)
    layer(graph, 7)
    sums = graph.last
    sign = graph.add("Sign")
    graph.add("Cast", to=1, takes=graph.add("Greater", np.float32(bound), takes=graph.add("Abs", takes=sums)))
    graph.add("Mul", sign)
    graph.add("MatMul", signs(7, 3), name="last")
    network = assert_same(graph)
    assert activations(network) == ["ternary"]


def integer_graph(*steps, inputs=5):
    """The second layer's sums are integers, whatever the image."""
    graph = Graph(inputs)
    layer(graph, 7)
    graph.quant("BipolarQuant", np.float32(1))
    graph.add("MatMul", signs(7, 4), name="second")
    for kind, *rest in steps:
        graph.add(kind, *rest)
    graph.add("MatMul", signs(4, 3), name="last")
    return graph


def test_a_sign_of_integers_is_ternary():
    assert activations(assert_same(integer_graph(("Sign",)))) == ["binary", "ternary"]
    assert activations(assert_same(integer_graph(("Mul", np.float32(-2)), ("Sign",)))) == ["binary", "ternary"]


def test_a_sign_that_is_never_zero_is_binary():
    assert activations(assert_same(integer_graph(("Add", np.float32(0.5)), ("Sign",)))) == ["binary", "binary"]


def test_a_sign_that_may_be_zero_is_refused():
    with pytest.raises(NetworkError, match=r"a sign is 0 at 0.*; here the sum 3 of channel 1 does"):
        network_of(integer_graph(("Sub", np.array([0.5, 3, 3, 3])), ("Sign",)))
    with pytest.raises(NetworkError, match="a sign is 0 at 0, where a binary activation is"):
        network_of(spelt(("Sign",)))


# Layers.


def convolution(channels, outputs, *kernel, groups=1):
    return signs(outputs, channels // groups, *kernel, ternary=True)


def test_convolutions_pools_and_residual_ways():
    graph = Graph(2, 9, 8)
    graph.add("Conv", convolution(2, 4, 3, 3), np.arange(4) / 2, name="conv1", strides=[2, 1], pads=[1, 1, 1, 1])
    graph.quant("BipolarQuant", np.float32(1))
    begin = graph.last
    graph.add("Conv", convolution(4, 4, 3, 3, groups=2), name="conv2", pads=[1, 1, 1, 1], group=2)
    graph.add("Add", begin)
    graph.add("Relu")
    graph.add("MaxPool", kernel_shape=[2, 2], strides=[1, 2], ceil_mode=1)
    graph.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    graph.add("Reshape", np.array([0, -1]))
    graph.add("Gemm", signs(16, 3), np.arange(3.0), name="fc", alpha=0.5, beta=2.0)
    graph.add("Softmax")
    network, images = network_of(graph), images_for(graph)
    graph.nodes.pop()
    graph.last = graph.nodes[-1].output[0]
    np.testing.assert_array_equal(TorchEngine(network).scores(images), graph.scores(images))


@pytest.mark.parametrize("opset", [11, 13, 18])
def test_means_over_positions_and_flat_shapes(opset):
    graph = Graph(3, 8, opset=opset)
    graph.add("Conv", convolution(3, 4, 3), name="conv", auto_pad="SAME_UPPER")
    axes = {"axes": [2]} if opset < 18 else {}
    graph.add("ReduceMean", *([] if axes else [np.array([2])]), keepdims=1, **axes)
    graph.add("Squeeze", *([np.array([2])] if opset > 11 else []), **({} if opset > 11 else {"axes": [2]}))
    graph.add("MatMul", signs(4, 3), name="fc")
    assert_same(graph)


def test_pools_of_all_positions_and_shapes_that_a_file_works_out():
    graph = Graph(3, 4, 4)
    graph.add("Conv", convolution(3, 4, 1, 1), name="conv")
    value = graph.last
    graph.add("GlobalAveragePool")
    pooled = graph.last
    batch = graph.add("Gather", np.array(0), takes=graph.add("Shape", takes=value))
    row = graph.add("Concat", np.array([-1]), takes=graph.add("Unsqueeze", np.array([0]), takes=batch), axis=0)
    graph.add("Reshape", row, takes=pooled)
    graph.add("MatMul", signs(4, 3), name="fc")
    assert_same(graph)


def test_a_file_for_one_image_is_for_any_number():
    graph = Graph(3, 4, 4, batch=1)
    graph.add("GlobalMaxPool")
    graph.add("Reshape", np.array([1, 3]))
    graph.add("MatMul", signs(3, 2), name="fc")
    network, images = network_of(graph), images_for(graph, 5)
    each = np.concatenate([graph.scores(image[None]) for image in images])
    np.testing.assert_array_equal(TorchEngine(network).scores(images), each)


def test_what_nobody_takes_is_left_out():
    graph = brevitas()
    kept = graph.last
    graph.add("MatMul", GENERATOR.normal(size=(8, 3)), name="other head")
    network = read(graph.bytes(kept), wanted(6, real_layers=("other head",)))
    assert len(network.synapses) == 1


def test_scales_of_weights_follow_the_layer():
    graph = Graph(5)
    scales = np.array([0.5, 2, 0.25, 4])
    graph.add("MatMul", signs(5, 4) * scales, name="fc")
    network = assert_same(graph)
    np.testing.assert_array_equal(network.nodes[-1].op.scale, scales.astype(np.float32))
    assert isinstance(network.nodes[-1].op, Affine)


def test_real_layers_are_those_that_are_named():
    graph = Graph(5)
    graph.add("MatMul", GENERATOR.integers(-9, 9, (5, 6)) / 8, name="first")
    graph.quant("BipolarQuant", np.float32(1))
    graph.add("MatMul", signs(6, 3), name="fc")
    network = assert_same(graph, real_layers=("first",))
    assert [synapses.weights.shape for synapses in network.synapses] == [(3, 6)]
    with pytest.raises(NetworkError, match=r"MatMul 'first': its weights cannot be .*real_layers = \['first'\]"):
        network_of(graph)
    with pytest.raises(NetworkError, match="real_layers: no layer 'frist'; did you mean 'first'"):
        network_of(graph, real_layers=("first", "frist"))


def test_a_network_of_one_kind_is_stored_in_cells_of_the_other_only_if_it_fits():
    graph = brevitas()
    assert network_of(graph).kind is WeightKind.BINARY
    assert network_of(graph, weights=WeightKind.TERNARY).kind is WeightKind.TERNARY
    zeros = Graph(5)
    zeros.add("MatMul", np.where(np.eye(5, 3), 0.0, 1.0), name="fc")
    assert network_of(zeros).kind is WeightKind.TERNARY
    with pytest.raises(NetworkError, match=r"MatMul 'fc': 3 of its weights are 0, which no binary cell .*\"ternary\""):
        network_of(zeros, weights=WeightKind.BINARY)
    assert network_of(zeros, weights="real").kind is None


FOUR, HALVES = np.array([3, -3, 1, -1]), np.array([2.5, -0.5, 1.5, -3.0])
SQUARE = np.arange(16.0).reshape(4, 4) ** 2


@pytest.mark.parametrize(
    ("kind", "inputs", "attributes"),
    [
        ("Div", (FOUR, np.array(2)), {}), ("Div", (FOUR, np.array(-2)), {}), ("Div", (-FOUR, np.abs(FOUR)), {}),
        ("Div", (FOUR.astype(np.int8), np.int8(-2)), {}), ("Div", (np.uint8([7, 8, 9, 1]), np.uint8(2)), {}),
        ("Div", (HALVES, np.float32(2)), {}),
        ("ReduceMean", (SQUARE, np.array([], np.int64)), {"keepdims": 0}),
        ("ReduceMean", (SQUARE, np.array([0])), {"keepdims": 0}), ("ReduceMean", (SQUARE,), {"keepdims": 0}),
        ("ReduceMean", (HALVES, np.array([], np.int64)), {"noop_with_empty_axes": 1}),
        ("ReduceMean", (HALVES,), {"noop_with_empty_axes": 1}),
        ("ReduceSum", (SQUARE, np.array([-1])), {"keepdims": 0}),
        ("ReduceMax", (SQUARE, np.array([1])), {"keepdims": 0}),
        ("Shape", (np.ones((2, 3, 5, 7)),), {}), ("Shape", (np.ones((2, 3, 5, 7)),), {"start": 1, "end": 2}),
        ("Shape", (SQUARE,), {"start": -1}), ("Shape", (SQUARE,), {"start": -9, "end": 1}),
        ("Shape", (np.ones((2, 3, 5, 7)),), {"start": -2, "end": -1}),
        ("Abs", (HALVES,), {}), ("Ceil", (HALVES,), {}), ("Floor", (HALVES,), {}), ("Round", (HALVES,), {}),
        ("Sign", (HALVES,), {}), ("Neg", (FOUR,), {}), ("Reciprocal", (HALVES,), {}), ("Sqrt", (np.abs(HALVES),), {}),
        ("Clip", (HALVES, np.float32(-1), np.float32(2)), {}), ("Cast", (HALVES,), {"to": 7}),
        ("Max", (HALVES, np.float32(0)), {}), ("Min", (HALVES, np.float32(0)), {}),
        ("Flatten", (HALVES.reshape(2, 2),), {"axis": 0}), ("Flatten", (HALVES.reshape(2, 1, 2),), {"axis": -1}),
        ("Gather", (SQUARE, np.array(-1)), {"axis": 1}), ("Transpose", (HALVES.reshape(1, 4),), {"perm": [1, 0]}),
        ("Squeeze", (HALVES.reshape(1, 4, 1),), {}), ("Squeeze", (HALVES.reshape(1, 4, 1), np.array([-1])), {}),
        ("Unsqueeze", (HALVES, np.array([0, -1])), {}), ("Concat", (HALVES[:1], HALVES[1:]), {"axis": -1}),
        ("Reshape", (HALVES.reshape(2, 2), np.array([0, -1])), {}), ("Expand", (HALVES[:1], np.array([4])), {}),
        ("DequantizeLinear", (np.int8([1, 2, 3, 4]), np.float32([0.5, 2, 1, 4]), np.int8([0, 1, 2, 3])), {"axis": 0}),
    ],
)  # fmt: skip
def test_constants_are_worked_out_as_the_reference_does(kind, inputs, attributes):
    graph = Graph(5, opset=19)
    graph.add("MatMul", signs(5, 4), name="fc")
    sums = graph.last
    graph.add(kind, *inputs, takes="", **attributes)
    graph.add("Cast", to=1)
    graph.add("Reshape", np.array([-1]))
    graph.add("Add", sums)
    assert_same(graph)


# What is refused.


def refused(*steps, shape=(5,), first=True):
    graph = Graph(*shape)
    if first:
        graph.add("MatMul", signs(shape[0], 4), name="fc")
    for kind, *rest in steps:
        inputs = [one for one in rest if not isinstance(one, dict)]
        attributes = next((one for one in rest if isinstance(one, dict)), {})
        graph.add(kind, *inputs, name="the node", **attributes)
    return graph


IMAGE = {"shape": (4, 6, 6), "first": False}


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (refused(("Sigmoid",)), "Sigmoid 'the node': operation Sigmoid is not supported; use ReLU, a binary"),
        (refused(("Einsum", {"equation": "ij->ij"})), r"operation Einsum is not supported\. Supported: Abs, Add"),
        (refused(("LayerNormalization", np.ones(4))), "use BatchNorm"),
        (refused(("QuantizeLinear", np.float32(0.1), np.int8(0))), "an int8 network has more levels than a cell"),
        (refused(("Quant", ONE, np.float32(0), np.float32(4),
                  {"domain": "qonnx.custom_op.general", "signed": 1, "narrow": 0, "rounding_mode": "ROUND"})),
         r"qonnx::Quant 'the node': its values have 16 levels; .*BipolarQuant"),
        (refused(("Quant", ONE, np.float32(0), np.float32(2),
                  {"domain": "qonnx.custom_op.general", "signed": 1, "narrow": 1, "rounding_mode": "FLOOR"})),
         "rounding_mode is FLOOR"),
        (refused(("Trunc", ONE, {"domain": "qonnx.custom_op.general"})), "operation qonnx::Trunc is not supported"),
        (refused(("Clip", MINUS, ONE), ("MatMul", signs(4, 2))), "a clip .* is taken only before a sign"),
        (refused(("Clip", np.float32(1), np.float32(2)), ("GreaterOrEqual", np.float32(0)), ("Where", ONE, MINUS)),
         "it is clipped to 1 and 2, and then compared with 0"),
        (refused(("MatMul", GENERATOR.normal(size=(4, 3)))), r"output 0 has magnitudes 0\.\d+, .*; a cell stores -1"),
        (refused(("MatMul", np.array([[1.0, 2], [1, -2], [2, 2], [1, 1]]))), "output 0 has magnitudes 1, 2; a cell"),
        (refused(("MatMul", np.full((4, 2), np.nan))), "its weights hold NaN or infinity"),
        (refused(("MatMul", np.zeros((4, 2)))), "all of its weights are 0"),
        (refused(("MatMul", np.array([[0.0, 2, 1]] * 4))), "all weights of output 0 are 0, and other outputs have"),
        (refused(("MatMul", signs(3, 2))), r"weights have shape \(2, 3\), its input \(4,\)"),
        (refused(("MatMul", np.ones((4, 2), np.int64))), "its weights are int64"),
        (refused(("Add", np.full(4, np.inf))), "a constant in it is not a finite number"),
        (refused(("Add", np.arange(12.0).reshape(3, 4))), r"a constant of shape \(3, 4\) differs within"),
        (refused(("Add", np.ones((2, 1, 4)))), r"a constant of shape \(2, 1, 4\) does not fit"),
        (refused(("Mul", "v0")), "it multiplies two values that both depend on the image"),
        (refused(("Div", "v0")), "it divides by a value"),
        (refused(("Div", np.zeros(1, np.float32))), "it divides by 0"),
        (refused(("Reshape", np.array([-1, 2, 2]))), r"it makes \(2, 2\) of values of shape \(4,\)"),
        (refused(("Reshape", np.array([-1, 8]))), "it makes shape"),
        (refused(("Reshape", np.array([4, -1]))), r"it makes shape \[4, -1\] .*: images must stay apart"),
        (refused(("Reshape", np.array([], np.int64))), "it makes one number of all images"),
        (refused(("Transpose", {"perm": [1, 0]})), r"it puts axes in the order \[1, 0\]"),
        (refused(("Softmax",), ("Relu",)), "a softmax is taken only as the last thing"),
        (refused(("Abs",), ("Relu",)), "a magnitude is taken only as"),
        (refused(("Cast", {"to": 10})), "it makes values of another type"),
        (refused(("BatchNormalization", *[np.ones(4)] * 3, -np.ones(4))), "a variance is not above 0"),
        (refused(("BatchNormalization", *[np.ones(3)] * 4)), r"its numbers have shape \(3,\), its input \(4,\)"),
        (refused(("BatchNormalization", np.full(4, np.nan), *[np.ones(4)] * 3)), "what it learnt holds NaN"),
        (refused(("MaxPool", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]}), **IMAGE), "it pads; only a convolution"),
        (refused(("MaxPool", {"kernel_shape": [4, 4], "strides": [4, 4], "ceil_mode": 1}), **IMAGE), "ceil_mode takes"),
        (refused(("Conv", signs(2, 4, 3, 3), {"dilations": [2, 2]}), **IMAGE), "dilations must be 1"),
        (refused(("Conv", signs(2, 4, 3, 3), {"pads": [0, 0, 1, 1]}), **IMAGE), "differ from side to side"),
        (refused(("Conv", signs(2, 4, 2, 2), {"auto_pad": "SAME_UPPER"}), **IMAGE), "more on one side than on the"),
        (refused(("Conv", signs(2, 3, 3, 3)), **IMAGE), r"weights have shape \(2, 3, 3, 3\) in 1 groups"),
        (refused(("Conv", signs(2, 4, 3, 3, 3)), shape=(4, 5, 5, 5), first=False), "only 1 or 2 axes of positions"),
        (refused(("ReduceMean", {"axes": [1], "keepdims": 1}), **IMAGE), r"it takes the mean over axes \[1\]"),
        (refused(("Add", np.ones((6, 1)) * np.arange(6)[:, None]), **IMAGE), "differs within a channel"),
        (refused(("Relu",), **IMAGE), "must end in one score a class"),
        (refused(("Quant", ONE, np.float32(0), np.float32(2),
                  {"domain": "qonnx.custom_op.general", "signed": 1, "narrow": 1, "other": 1})),
         "its attribute other is not supported"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_named(graph, message):
    with pytest.raises(NetworkError, match=message):
        network_of(graph)


def external(content):
    model = loaded(content)
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    tensor.ClearField("raw_data")
    tensor.external_data.add(key="location", value="/etc/hostname")
    return model.SerializeToString()


def hidden(content):
    """A tensor in another file, of a node's attribute."""
    model = loaded(content)
    tensor = numpy_helper.from_array(np.ones(3, np.float32), "far")
    tensor.external_data.add(key="location", value="weights.bin")
    model.graph.node.insert(0, helper.make_node("Constant", [], ["far"], value=tensor))
    return model.SerializeToString()


def twice(content):
    model = loaded(content)
    model.graph.input.add().CopyFrom(model.graph.input[0])
    model.graph.input[1].name = "y"
    return model.SerializeToString()


def without_batch(content):
    model = loaded(content)
    del model.graph.input[0].type.tensor_type.shape.dim[0]
    return model.SerializeToString()


def integers(content):
    model = loaded(content)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
    return model.SerializeToString()


def control_flow(content):
    model = loaded(content)
    branch = helper.make_graph([helper.make_node("Identity", ["v1"], ["b"])], "b", [], [onnx.ValueInfoProto(name="b")])
    condition = numpy_helper.from_array(np.array(True), "condition")
    model.graph.initializer.append(condition)
    model.graph.node.append(helper.make_node("If", ["condition"], ["out"], then_branch=branch, else_branch=branch))
    model.graph.output[0].name = "out"
    return model.SerializeToString()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", "is damaged or is not an ONNX file"),
        (lambda _: b"not an ONNX file at all", "is damaged or is not an ONNX file"),
        (lambda content: content[: len(content) // 2], "is damaged or is not an ONNX file"),
        (external, r"its tensor 'c\d' lies in another file, which is not read: save it as one file"),
        (hidden, "its tensor 'far' lies in another file, which is not read"),
        (twice, r"it has 2 inputs \(x, y\); a network has the image as its one input"),
        (without_batch, "its input 'x' has no shape"),
        (integers, "its input 'x' is not of type float"),
        (control_flow, "operation If is not supported; what runs must not depend"),
    ],
)
def test_a_file_that_is_no_network(damage, message):
    with pytest.raises(NetworkError, match=message):
        read(damage(brevitas().bytes()), wanted(6))


def test_a_file_for_other_images_is_refused():
    with pytest.raises(NetworkError, match=r"it takes values of shape \(6,\), an image of digits has \(64,\)"):
        read(brevitas().bytes(), wanted(64))
    with pytest.raises(InputError, match="it takes values of shape"):
        read(brevitas().bytes(), wanted(1, 6))


def test_functions_of_a_file_are_put_in_place():
    graph = brevitas()
    plain = network_of(graph)
    graph.nodes.append(helper.make_node("Twice", [graph.last], ["out"], domain="own"))
    graph.last = "out"
    model = graph.model()
    body = [helper.make_node("Add", ["a", "a"], ["b"])]
    model.functions.append(helper.make_function("own", "Twice", ["a"], ["b"], body, [helper.make_opsetid("", 17)]))
    # What a file says that a quantiser does is no more than a name: the operator is the one of QONNX.
    same = [helper.make_node("Identity", ["x"], ["y"])]
    version = [helper.make_opsetid("", 17)]
    model.functions.append(
        helper.make_function("qonnx.custom_op.general", "BipolarQuant", ["x", "s"], ["y"], same, version)
    )
    model.opset_import.append(helper.make_opsetid("own", 1))
    network = read(model.SerializeToString(), wanted(6))
    images = images_for(graph)
    doubled = 2 * TorchEngine(plain).scores(images)
    np.testing.assert_array_equal(TorchEngine(network).scores(images), doubled)
