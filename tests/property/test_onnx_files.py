"""ONNX files that were damaged on their way: read, or refused with what is wrong."""

from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.errors import NetworkError
from rramsim.nn.imports.onnx.reader import read
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork
from tests.unit.nn.onnx_files import Graph


def whole():
    """A convolution, a normalisation, an activation, a pool and a full layer."""
    generator = np.random.default_rng(0)
    graph = Graph(1, 6, 6)
    graph.add("Conv", generator.choice([-1.0, 1.0], (4, 1, 3, 3)), pads=[1, 1, 1, 1], name="conv")
    graph.add("BatchNormalization", *generator.random((4, 4)) + 0.5, name="norm")
    graph.quant("BipolarQuant", np.float32(1.0), name="act")
    graph.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2], name="pool")
    graph.add("Flatten", name="flat")
    graph.add("MatMul", generator.choice([-1.0, 1.0], (36, 3)), name="full")
    return graph.bytes()


WHOLE = whole()


def network_of(content):
    return read(content, Wanted(name="n", dataset="digits", input_shape=(1, 6, 6)))


def test_the_file_itself_is_read():
    assert network_of(WHOLE).classes == 3


@settings(settings.get_profile("files"), max_examples=200)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(mangled, data):
    content = data.draw(mangled(WHOLE))
    with suppress(NetworkError):
        assert isinstance(network_of(content), StoredNetwork)
