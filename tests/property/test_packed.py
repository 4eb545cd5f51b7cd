"""Layers on bit-planes give, to the last bit, what torch gives on the same numbers as float32."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rramsim.errors import InputError
from rramsim.nn.engines.bitplanes import BitPlanes, pack, unpack
from rramsim.nn.engines.products import activated, conv1d, conv2d, dense, max_pool, packed
from rramsim.nn.engines.thresholds import integer_thresholds, real_thresholds
from rramsim.nn.engines.weights import PackedWeights
from rramsim.nn.quantizers import activate
from rramsim.weights import WeightKind

EXAMPLES = settings(deadline=None, max_examples=60)  # the first one waits for the compiler
kinds = st.sampled_from(WeightKind)
seeds = st.integers(0, 2**32 - 1)


def draw_values(generator, kind, shape):
    return generator.choice((-1, 1) if kind is WeightKind.BINARY else (-1, 0, 1), shape).astype(np.int8)


def as_float(values):
    return torch.from_numpy(np.ascontiguousarray(values)).to(torch.float32)


def pack_values(values, kind, weights=None):
    return BitPlanes.of(values, ternary=kind is WeightKind.TERNARY, groups=weights.groups if weights else 1)


@st.composite
def layers(draw, axes=2):
    """A layer and what it sees: inputs, weights, kinds of both, and stride, padding, groups."""
    grouping = draw(st.sampled_from(["whole", "groups", "depthwise"]))
    channels = draw(st.integers(1, 130)) if grouping != "groups" else draw(st.integers(1, 65))
    groups = {"whole": 1, "groups": 2, "depthwise": channels}[grouping]
    outputs = draw(st.integers(1, 70)) if grouping != "depthwise" else draw(st.integers(1, 2))
    channels = channels if grouping == "depthwise" else channels * groups
    kernel, stride, padding, size = [], [], [], []
    for _ in range(axes):
        kernel.append(draw(st.integers(1, 5)))
        stride.append(draw(st.integers(1, 3)))
        padding.append(draw(st.integers(0, 2)))
        size.append(draw(st.integers(max(1, kernel[-1] - 2 * padding[-1]), 11)))
    generator = np.random.default_rng(draw(seeds))
    of_inputs, of_weights = draw(kinds), draw(kinds)
    inputs = draw_values(generator, of_inputs, (draw(st.integers(1, 5)), channels, *size))
    weights = draw_values(generator, of_weights, (outputs * groups, channels // groups, *kernel))
    return inputs, of_inputs, weights, of_weights, tuple(stride), tuple(padding), groups


@st.composite
def normalizations(draw, channels):
    """Scales and shifts, some of them 0, negative, huge, tiny, and such that sums fall on the thresholds."""
    numbers = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.05, -0.05, 0.5, -2.0, 3e38, -3e38, 1e-45, -1e-38])
    numbers |= st.floats(-4, 4, width=32) | st.floats(width=32, allow_nan=False, allow_infinity=False)
    pairs = np.array(draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6)), np.float32)
    scale, shift = pairs[np.random.default_rng(draw(seeds)).integers(len(pairs), size=channels)].T
    return np.ascontiguousarray(scale), np.ascontiguousarray(shift)


def normalized(sums, scale, shift):
    shape = (-1, *(1,) * (sums.ndim - 2))
    return sums * torch.from_numpy(scale).reshape(shape) + torch.from_numpy(shift).reshape(shape)


def test_words_hold_bits_in_order():
    bits = np.zeros((2, 130), bool)
    bits[0, 1] = bits[1, 64] = bits[1, 129] = True
    assert pack(bits).tolist() == [[2, 0, 0], [0, 1, 2]]
    assert (unpack(pack(bits), 130) == bits).all()


@EXAMPLES
@given(layers())
def test_packing_loses_nothing(layer):
    inputs, of_inputs, weights, of_weights, *_, groups = layer
    stored = PackedWeights(weights, of_weights, groups)
    assert (stored.values() == weights).all()
    seen = pack_values(inputs, of_inputs, stored)
    assert (seen.values() == inputs).all()
    assert (seen.regrouped(1).values() == inputs).all()


@EXAMPLES
@given(layers(), st.integers(1, 3))
def test_sums_of_a_convolution(layer, threads):
    inputs, of_inputs, weights, of_weights, stride, padding, groups = layer
    stored = PackedWeights(weights, of_weights, groups)
    seen = pack_values(inputs, of_inputs, stored)
    sums = conv2d(seen, stored, stride=stride, padding=padding, threads=threads)
    wanted = torch.nn.functional.conv2d(as_float(inputs), as_float(weights), None, stride, padding, 1, groups)
    assert sums.dtype == np.int32
    assert np.array_equal(sums, wanted)


@EXAMPLES
@given(layers(axes=1))
def test_sums_of_a_convolution_over_one_axis(layer):
    inputs, of_inputs, weights, of_weights, stride, padding, groups = layer
    stored = PackedWeights(weights, of_weights, groups)
    sums = conv1d(pack_values(inputs, of_inputs, stored), stored, stride=stride[0], padding=padding[0])
    wanted = torch.nn.functional.conv1d(as_float(inputs), as_float(weights), None, stride, padding, 1, groups)
    assert np.array_equal(sums, wanted)


@EXAMPLES
@given(kinds, kinds, st.integers(1, 300), st.integers(1, 70), st.integers(1, 150), seeds)
def test_sums_of_a_fully_connected_layer(of_inputs, of_weights, inputs, outputs, batch, seed):
    generator = np.random.default_rng(seed)
    values = draw_values(generator, of_inputs, (batch, inputs))
    weights = draw_values(generator, of_weights, (outputs, inputs))
    sums = dense(pack_values(values, of_inputs), PackedWeights(weights, of_weights), threads=2)
    assert np.array_equal(sums, torch.nn.functional.linear(as_float(values), as_float(weights)))


def test_images_of_many_places_span_the_pieces_of_the_work():
    generator = np.random.default_rng(0)
    values, weights = draw_values(generator, WeightKind.TERNARY, (3, 65, 30, 41)), np.ones((33, 65, 3, 3), np.int8)
    stored = PackedWeights(weights, WeightKind.BINARY)
    sums = conv2d(pack_values(values, WeightKind.TERNARY), stored, padding=(1, 1), threads=3)
    assert np.array_equal(sums, torch.nn.functional.conv2d(as_float(values), as_float(weights), padding=1))


@EXAMPLES
@given(st.data(), layers(), st.sampled_from(["binary", "ternary"]))
def test_activations_of_a_layer(data, layer, to):
    inputs, of_inputs, weights, of_weights, stride, padding, groups = layer
    scale, shift = data.draw(normalizations(len(weights)))
    stored = PackedWeights(weights, of_weights, groups)
    thresholds = integer_thresholds(scale, shift, ternary=to == "ternary", limit=weights[0].size)
    found = activated(
        pack_values(inputs, of_inputs, stored), stored, thresholds, stride=stride, padding=padding, groups=groups
    )
    sums = torch.nn.functional.conv2d(as_float(inputs), as_float(weights), None, stride, padding, 1, groups)
    wanted = activate(normalized(sums, scale, shift), to)
    assert np.array_equal(found.values(), wanted)
    assert (found.nonzero is not None) == (to == "ternary")


@EXAMPLES
@given(st.data(), st.integers(1, 90), st.integers(1, 5), st.sampled_from(["binary", "ternary"]), seeds)
def test_activations_of_real_sums(data, channels, axes, to, seed):
    scale, shift = data.draw(normalizations(channels))
    shape = (3, channels, *(5, 4)[: axes % 3])
    sums = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    sums[0] = np.round(sums[0])
    found = packed(sums, real_thresholds(scale, shift, ternary=to == "ternary"), threads=2)
    wanted = activate(normalized(torch.from_numpy(sums), scale, shift), to)
    assert np.array_equal(found.values().reshape(wanted.shape), wanted)


@pytest.mark.parametrize("ternary", [False, True])
@EXAMPLES
@given(data=st.data(), limit=st.integers(1, 3000))
def test_integer_thresholds_are_the_expression_itself(ternary, data, limit):
    scale, shift = data.draw(normalizations(4))
    check_thresholds(
        integer_thresholds(scale, shift, ternary=ternary, limit=limit), np.arange(-limit, limit + 1), scale, shift
    )


@pytest.mark.parametrize("ternary", [False, True])
@EXAMPLES
@given(data=st.data())
def test_real_thresholds_are_the_expression_itself(ternary, data):
    scale, shift = data.draw(normalizations(4))
    thresholds = real_thresholds(scale, shift, ternary=ternary)
    edges = np.concatenate([thresholds.low, thresholds.high])
    with np.errstate(over="ignore"):
        below, above = (np.nextafter(edges, np.float32(end)) for end in (-np.inf, np.inf))
    largest = np.finfo(np.float32).max
    sums = np.concatenate([edges, below, above, [0, -0.0, largest, -largest]]).astype(np.float32)
    check_thresholds(thresholds, sums[np.isfinite(sums)], scale, shift)


def check_thresholds(thresholds, sums, scale, shift):
    values = np.repeat(sums[:, None], len(scale), axis=1).astype(np.float32)
    wanted = activate(normalized(torch.from_numpy(values), scale, shift), "ternary" if thresholds.ternary else "binary")
    above, below = sums[:, None] >= thresholds.high, sums[:, None] < thresholds.low
    found = above.astype(np.float32) - (below if thresholds.ternary else ~above)
    assert np.array_equal(np.where(thresholds.falling, -found, found), wanted)


@pytest.mark.parametrize("ternary", [False, True])
def test_a_sum_on_a_threshold_is_decided_as_the_float_is(ternary):
    """0 belongs to +1; ±0.05 as float32 belong to 0."""
    scale = np.array([1, -1, 1, -1, 1, 1], np.float32)
    shift = np.array([0, 0, 0.05, 0.05, -0.05, -0.0], np.float32)
    thresholds = integer_thresholds(scale, shift, ternary=ternary, limit=3)
    if ternary:
        assert thresholds.high.tolist() == [1, 1, 1, 1, 1, 1]
        assert thresholds.low.tolist() == [0, 0, 0, 0, 0, 0]
    else:
        assert thresholds.high.tolist() == [0, 1, 0, 1, 1, 0]
    check_thresholds(thresholds, np.arange(-3, 4), scale, shift)


@EXAMPLES
@given(st.data(), kinds, st.booleans(), seeds)
def test_pooling_activations_is_pooling_sums(data, kind, ternary, seed):
    channels = data.draw(st.integers(1, 70))
    size, stride = (tuple(data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=2))) for _ in range(2))
    scale, shift = data.draw(normalizations(channels))
    generator = np.random.default_rng(seed)
    values, weights = draw_values(generator, kind, (2, 9, 7, 6)), draw_values(generator, kind, (channels, 9, 2, 2))
    stored, to = PackedWeights(weights, kind), "ternary" if ternary else "binary"
    thresholds = integer_thresholds(scale, shift, ternary=ternary, limit=36)
    found = activated(pack_values(values, kind), stored, thresholds)
    sums = torch.nn.functional.conv2d(as_float(values), as_float(weights))
    after = torch.nn.functional.max_pool2d(activate(normalized(sums, scale, shift), to), size, stride)
    assert np.array_equal(max_pool(found, size, stride, threads=2).values(), after)
    before = activate(normalized(torch.nn.functional.max_pool2d(sums, size, stride), scale, shift), to)
    assert np.array_equal(max_pool(found, size, stride, least=thresholds.falling).values(), before)


@EXAMPLES
@given(st.data(), layers())
def test_misreads_change_what_they_name_and_can_be_undone(data, layer):
    inputs, of_inputs, weights, of_weights, stride, padding, groups = layer
    stored = PackedWeights(weights, of_weights, groups)
    kept = stored.words.copy(), stored.base.copy()
    positions = np.array(sorted(data.draw(st.sets(st.integers(0, weights.size - 1), max_size=40))), np.int64)
    generator = np.random.default_rng(data.draw(seeds))
    values = draw_values(generator, of_weights, positions.shape)
    before = stored.misread(positions, values)
    assert np.array_equal(before, weights.reshape(-1)[positions])
    read = weights.copy()
    read.reshape(-1)[positions] = values
    assert np.array_equal(stored.values(), read)
    sums = conv2d(pack_values(inputs, of_inputs, stored), stored, stride=stride, padding=padding)
    wanted = torch.nn.functional.conv2d(as_float(inputs), as_float(read), None, stride, padding, 1, groups)
    assert np.array_equal(sums, wanted)
    stored.misread(positions, before)
    assert np.array_equal(stored.words, kept[0])
    assert np.array_equal(stored.base, kept[1])


def test_what_does_not_fit_is_refused():
    stored = PackedWeights(np.ones((2, 60), np.int8), WeightKind.BINARY)
    seen = pack_values(np.ones((1, 60), np.int8), WeightKind.BINARY)
    one = np.zeros(1, np.int64)
    with pytest.raises(InputError, match=r"read as \(-1, 1\), got \[0\]"):
        stored.misread(one, np.zeros(1, np.int8))
    for wrong in (-1, 120):
        with pytest.raises(InputError, match=r"must lie in 0\.\.119"):
            stored.misread(one + wrong, np.ones(1, np.int8))
    with pytest.raises(InputError, match=r"1 groups of 60 channels, activations have \(1, 61\)"):
        dense(pack_values(np.ones((1, 61), np.int8), WeightKind.BINARY), stored)
    with pytest.raises(InputError, match="thresholds of 3 channels do not fit sums of 2"):
        activated(seen, stored, real_thresholds(np.ones(3, np.float32), np.ones(3, np.float32), ternary=False))
    with pytest.raises(InputError, match="does not fit into 1 x 1"):
        conv2d(seen, PackedWeights(np.ones((2, 60, 2, 2), np.int8), WeightKind.BINARY))
