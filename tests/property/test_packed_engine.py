"""The engine on bit-planes gives, to the last bit, the scores of the one that is torch alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.nn.engines.packed import PackedEngine
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.network import INPUT, Node, StoredNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.add import Add
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.ops.pool import AveragePool, MaxPool
from rramsim.weights import WeightKind

# The same examples at every run. Rarely torch rounds a sum of real numbers otherwise for another number of images.
EXAMPLES = settings(deadline=None, max_examples=40, derandomize=True)


def draw_weights(generator, kind, shape):
    if kind is None:
        return generator.standard_normal(shape).astype(np.float32)
    return generator.choice((-1, 1) if kind is WeightKind.BINARY else (-1, 0, 1), shape).astype(np.int8)


class Builder:
    """Nodes of a network, one after the other or not."""

    def __init__(self, draw, kind):
        self.draw, self.kind = draw, kind
        self.generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        axes = draw(st.integers(0, 2))
        self.input_shape = (draw(st.integers(1, 70)), *(draw(st.integers(4, 9)) for _ in range(axes)))
        self.nodes, self.shapes = [], {INPUT: self.input_shape}

    def add(self, op, *inputs):
        taken = inputs or (len(self.nodes) - 1,)
        self.shapes[len(self.nodes)] = op.shape(*(self.shapes[other] for other in taken))
        self.nodes.append(Node(op=op, inputs=taken))
        return len(self.nodes) - 1

    @property
    def shape(self):
        return self.shapes[len(self.nodes) - 1]

    def affine(self):
        scale = self.generator.standard_normal(self.shape[0]).astype(np.float32)
        scale[self.generator.random(self.shape[0]) < 0.1] = 0
        shift = self.generator.choice(np.array([0, 0.05, -0.05, 1.5, -1.5], np.float32), self.shape[0])
        self.add(Affine(scale=scale, shift=shift))

    def convolution(self):
        channels, axes = self.shape[0], len(self.shape) - 1
        groups = self.draw(st.sampled_from([g for g in (1, 2, channels) if channels % g == 0]))
        outputs = groups * self.draw(st.integers(1, 2 if groups > 2 else 70))
        kind = self.draw(st.sampled_from([self.kind, self.kind, self.kind, None]))
        kernel = tuple(self.draw(st.integers(1, min(3, size))) for size in self.shape[1:])
        self.add(
            Convolution(
                weights=draw_weights(self.generator, kind, (outputs, channels // groups, *kernel)), kind=kind,
                stride=tuple(self.draw(st.integers(1, 2)) for _ in range(axes)),
                padding=tuple(self.draw(st.integers(0, 1)) for _ in range(axes)), groups=groups,
            )
        )  # fmt: skip

    def pool(self, op):
        size = tuple(self.draw(st.integers(1, min(2, there))) for there in self.shape[1:])
        self.add(op(size=size, stride=size))

    def layer(self):
        """A layer with what usually follows it, in some order."""
        entry = len(self.nodes) - 1
        if len(self.shape) > 1:
            self.convolution()
        else:
            outputs = self.draw(st.integers(1, 140))
            self.add(Dense(weights=draw_weights(self.generator, self.kind, (outputs, *self.shape)), kind=self.kind))
        steps = ["affine", "activate", *(["pool", "average"] if len(self.shape) > 1 else [])]
        for step in self.draw(st.lists(st.sampled_from(steps), max_size=5)):
            if step == "affine":
                self.affine()
            elif step == "activate":
                self.add(Activate(to=self.draw(st.sampled_from(["binary", "ternary", "real"]))))
            else:
                self.pool(MaxPool if step == "pool" else AveragePool)
        if self.shape == self.shapes[entry] and self.draw(st.booleans()):
            self.add(Add(), entry, len(self.nodes) - 1)


@st.composite
def networks(draw):
    kind = draw(st.sampled_from(WeightKind))
    builder = Builder(draw, kind)
    for _ in range(draw(st.integers(0, 3))):
        builder.layer()
    if len(builder.shape) > 1:
        builder.add(Flatten())
    for _ in range(draw(st.integers(0, 2))):
        builder.layer()
    builder.add(Dense(weights=draw_weights(builder.generator, kind, (4, *builder.shape)), kind=kind))
    builder.affine()
    network = StoredNetwork(
        name="drawn", dataset="none", input_shape=builder.input_shape, nodes=tuple(builder.nodes)
    )  # fmt: skip
    count = draw(st.integers(1, 6))
    images = np.round(builder.generator.standard_normal((count, *builder.input_shape)) * 64) / 64
    return network, images.astype(np.float32), builder.generator


def draw_misreads(network, generator, rate):
    found = []
    for op in network.synapses:
        positions = np.flatnonzero(generator.random(op.weights.size) < rate)
        found.append(Misreads(positions, draw_weights(generator, op.kind, positions.shape)))
    return found


@EXAMPLES
@given(networks(), st.integers(1, 2))
def test_scores_are_those_of_torch(drawn, threads):
    network, images, generator = drawn
    wanted, engine = TorchEngine(network), PackedEngine(network, threads=threads)
    clean = wanted.scores(images)
    assert np.array_equal(engine.scores(images), clean)
    for rate in (0.0, 0.05, 0.7):
        misreads = draw_misreads(network, generator, rate)
        for _ in range(2):
            assert np.array_equal(engine.scores(images, misreads), wanted.scores(images, misreads))
    assert np.array_equal(engine.scores(images), clean)


@EXAMPLES
@given(networks())
def test_several_maps_share_what_does_not_differ(drawn):
    network, images, generator = drawn
    wanted, engine = TorchEngine(network), PackedEngine(network)
    maps = [draw_misreads(network, generator, rate) for rate in (0.0, 0.01, 0.01, 0.3)]
    for scores, misreads in zip(engine.scores_of_each(images, maps), maps, strict=True):
        assert np.array_equal(scores, wanted.scores(images, misreads))


@pytest.mark.parametrize("shape", [(9,), (3, 6), (3, 6, 5)])
def test_values_that_cannot_be_corrected_exactly_are_summed_again(shape):
    """A sum of thirds depends on its order: it is made as torch makes it."""
    generator = np.random.default_rng(0)
    kernel = (2,) * (len(shape) - 1)
    first = draw_weights(generator, WeightKind.TERNARY, (40, shape[0], *kernel))
    steps, pads = (1,) * len(kernel), (0,) * len(kernel)
    op = Convolution(weights=first, kind=WeightKind.TERNARY, stride=steps, padding=pads) if kernel else Dense(
        weights=first, kind=WeightKind.TERNARY
    )  # fmt: skip
    last = draw_weights(generator, WeightKind.TERNARY, (4, int(np.prod(op.shape(shape)))))
    ops = [op, Flatten(), Dense(weights=last, kind=WeightKind.TERNARY)]
    network = StoredNetwork(
        name="thirds", dataset="none", input_shape=shape,
        nodes=tuple(Node(op=op, inputs=(number - 1,)) for number, op in enumerate(ops)),
    )  # fmt: skip
    images = (generator.integers(-99, 99, (20, *shape)) / 3).astype(np.float32)
    maps = [draw_misreads(network, generator, 0.01) for _ in range(3)]
    for scores, misreads in zip(PackedEngine(network).scores_of_each(images, maps), maps, strict=True):
        assert np.array_equal(scores, TorchEngine(network).scores(images, misreads))


def test_a_network_that_was_refused_its_misreads_goes_on_as_programmed():
    network = StoredNetwork(
        name="two", dataset="none", input_shape=(70,),
        nodes=tuple(
            Node(op=op, inputs=(number - 1,))
            for number, op in enumerate(
                [
                    Activate(to="binary"),
                    Dense(weights=np.ones((70, 70), np.int8), kind=WeightKind.BINARY),
                    Activate(to="binary"),
                    Dense(weights=np.ones((4, 70), np.int8), kind=WeightKind.BINARY),
                ]
            )
        ),
    )  # fmt: skip
    engine, images = PackedEngine(network), np.ones((2, 70), np.float32)
    good = Misreads(np.arange(40 * 70), np.full(40 * 70, -1, np.int8))
    with pytest.raises(ValueError, match="must lie in"):
        engine.scores(images, [good, Misreads(np.array([9999]), np.ones(1, np.int8))])
    assert (engine.scores(images) == 70).all()
