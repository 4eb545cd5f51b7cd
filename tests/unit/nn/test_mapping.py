"""Weights in arrays: each in a pair of its own, read back as it was; what an inference reads of them and costs."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rramsim.errors import NetworkError, StudyError
from rramsim.nn.faults.placement import Tiles
from rramsim.nn.mapping import require_weights, to_pairs, to_weights
from rramsim.nn.mapping.arrays import map_network, program, restore
from rramsim.nn.mapping.energy import energy_table
from rramsim.nn.mapping.layers import WeightLayer, stored_layers
from rramsim.nn.mapping.networks import network_layers, shape_layers
from rramsim.nn.mapping.table import mapping_table, memory, told
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.flatten import Flatten
from rramsim.nn.settings import ArraySection, NetworkSection
from rramsim.nn.trainable import TrainableNetwork
from rramsim.study import build_study
from rramsim.tables.energy import ENERGY
from rramsim.tables.mapping import MAPPING
from rramsim.torch_backend import torch
from rramsim.weights import Weight, WeightKind

BINARY, TERNARY = WeightKind


def test_coding_is_that_of_the_cell():
    pairs = to_pairs(np.array([1, 0, -1], dtype=np.int8))
    assert pairs.tolist() == [[True, False], [False, False], [False, True]]  # True: low resistance, on (bl, blb)


@given(arrays("int8", array_shapes(max_dims=3), elements=st.integers(-1, 1)))
def test_weights_survive_the_array(weights):
    pairs = to_pairs(weights)
    assert pairs.shape == (*weights.shape, 2)
    back = to_weights(pairs)
    assert back.dtype == np.int8
    assert np.array_equal(back, weights)


def test_two_low_resistances_store_nothing():
    pairs = np.zeros((2, 3, 2), dtype=bool)
    pairs[1, 2] = True
    with pytest.raises(NetworkError, match=r"the pair at \[1, 2\] is \(LRS, LRS\).*\(1 such pairs\)"):
        to_weights(pairs)


def test_wrong_shapes_and_values():
    with pytest.raises(NetworkError, match=r"last axis of 2"):
        to_weights(np.zeros((2, 3), dtype=bool))
    with pytest.raises(NetworkError, match=r"layer 0: weight 0 at \[1\] is not binary: allowed are -1, \+1 \(1 of 3"):
        require_weights(np.array([1, 0, -1], dtype=np.int8), WeightKind.BINARY, where="layer 0")
    with pytest.raises(NetworkError, match=r"weight 2 at \[0, 1\] is not ternary: allowed are -1, 0, \+1"):
        to_pairs(np.array([[1, 2]], dtype=np.int8))


def layer(*shape, kind=TERNARY, positions=1, counts=None):
    called = "dense" if len(shape) == 2 else "convolution"
    return WeightLayer(called=called, shape=shape, kind=kind, positions=positions, counts=counts)


SIZES = st.builds(
    lambda rows, columns, spare: ArraySection(rows=rows + spare, columns=columns, spare_rows=spare),
    st.integers(1, 9), st.integers(1, 9), st.integers(0, 3),
)  # fmt: skip
# A dense layer, one of groups (one channel each), and convolutions over one axis and two.
SHAPES = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(1, 20), st.just(1), st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(1, 4)),
)
LAYERS = st.lists(st.tuples(SHAPES, st.sampled_from([BINARY, TERNARY, None])), min_size=1, max_size=4)


@settings(max_examples=150)
@given(LAYERS, SIZES, st.integers(0, 2**32))
def test_a_programmed_network_is_read_back_and_each_weight_has_a_pair_of_its_own(shapes, size, seed):
    mapping = map_network([layer(*shape, kind=kind) for shape, kind in shapes], size)
    draw = np.random.default_rng(seed)
    values = {BINARY: (-1, 1), TERNARY: (-1, 0, 1)}
    weights = [draw.choice(values[kind], shape).astype(np.int8) for shape, kind in shapes if kind is not None]
    pairs = program(weights, mapping)
    assert pairs.shape == (mapping.arrays, size.rows, size.columns, 2)
    for back, given_ in zip(restore(pairs, mapping), weights, strict=True):
        assert back.dtype == np.int8
        assert np.array_equal(back, given_)
    # As many low resistances as weights that are not 0: no pair stores two, and none of the others has any.
    assert pairs.sum() == sum(np.count_nonzero(one) for one in weights)
    spare = pairs[:, size.weight_rows :]
    assert not spare.any()
    places = [np.broadcast_arrays(*placed.addresses) for placed in mapping.stored]
    places = [tuple(place) for one in places for place in np.stack(one, axis=-1).reshape(-1, 3).tolist()]
    assert len(set(places)) == len(places) == sum(one.size for one in weights)
    assert {array for array, _, _ in places} == set(range(mapping.arrays))  # none is empty


@given(SHAPES, SIZES)
def test_weights_share_an_amplifier_where_they_share_a_column_of_an_array(shape, size):
    (placed,) = map_network([layer(*shape)], size).layers
    array, _, column = np.broadcast_arrays(*placed.addresses)
    columns = (array * size.columns + column).ravel()
    amplifiers = Tiles(rows=size.weight_rows).amplifiers(shape)
    assert len({*zip(columns.tolist(), amplifiers.tolist(), strict=True)}) == len({*columns.tolist()})
    assert len({*amplifiers.tolist()}) == len({*columns.tolist()})


def test_a_layer_lies_in_the_blocks_of_its_matrix():
    """By hand: 3 sums of 5 weights in arrays of 2 + 1 rows and 2 columns."""
    size = ArraySection(rows=3, columns=2, spare_rows=1)
    mapping = map_network([layer(3, 5)], size)
    weights = np.array([[1, 1, 1, 1, 1], [-1, -1, -1, -1, -1], [0, 1, 0, -1, 1]], np.int8)
    pairs = program([weights], mapping)
    found = to_weights(pairs)
    assert found.tolist() == [
        [[1, -1], [1, -1], [0, 0]], [[0, 0], [1, 0], [0, 0]],
        [[1, -1], [1, -1], [0, 0]], [[0, 0], [-1, 0], [0, 0]],
        [[1, -1], [0, 0], [0, 0]], [[1, 0], [0, 0], [0, 0]],
    ]  # fmt: skip


def test_what_does_not_fit_the_mapping_is_refused():
    mapping = map_network([layer(3, 5, kind=BINARY)], ArraySection())
    good = np.ones((3, 5), np.int8)
    with pytest.raises(NetworkError, match=r"layer 0: weights have shape \(5, 3\), need \(3, 5\)"):
        program([good.T], mapping)
    with pytest.raises(NetworkError, match=r"layer 0: weight 0 at .* is not binary"):
        program([good * 0], mapping)
    with pytest.raises(NetworkError, match=r"arrays have shape .*, need \(1, 32, 32, 2\)"):
        restore(np.zeros((2, 32, 32, 2), bool), mapping)
    with pytest.raises(NetworkError, match=r"layer 0: weight 0 at .* is not binary"):
        restore(np.zeros((1, 32, 32, 2), bool), mapping)
    with pytest.raises(NetworkError, match="at most 1000000000000000"):
        layer(10**8, 10**8)
    with pytest.raises(NetworkError, match="pairs, at most"):
        map_network([layer(10**12, 1)], ArraySection(rows=65536, columns=1))


# table 1 of arXiv 1704.04861, by hand: positions, inputs and outputs of each separable convolution.
BLOCKS = [(112, 32, 64), (56, 64, 128), (56, 128, 128), (28, 128, 256), (28, 256, 256), (14, 256, 512),
          *[(14, 512, 512)] * 5, (7, 512, 1024), (7, 1024, 1024)]  # fmt: skip


def mobilenet(quantized):
    section = NetworkSection(
        name="m", model="mobilenet", weights="binary", quantized=quantized, input_shape=(3, 224, 224), classes=1000
    )
    return mapping_table(network_layers([section], {}), ArraySection())


def test_memory_and_reads_of_mobilenet_are_those_of_its_paper():
    convolutions = 32 * 27 + sum(9 * inputs + inputs * outputs for _, inputs, outputs in BLOCKS)
    dense = 1024 * 1000
    uses = 112**2 * 32 * 27 + sum(size**2 * (9 * inputs + inputs * outputs) for size, inputs, outputs in BLOCKS) + dense
    whole, classifier = mobilenet("all"), mobilenet("classifier")
    assert whole["reads"].sum() == uses
    assert classifier["reads"].sum() == dense
    bits = {(what, how): count for what, how, count in memory(whole)}
    for real in (32, 8):
        how = f"{real} bits"
        assert bits["real", how] == real * (convolutions + dense)
        assert bits["binary classifier", how] == real * convolutions + dense
        assert {what: count for what, told, count in memory(classifier) if told == how} == {
            "chosen": real * convolutions + dense, "real": bits["real", how],
            "binary classifier": bits["binary classifier", how],
        }  # fmt: skip
        assert bits["chosen", how] == bits["binary", ""] == convolutions + dense
    assert bits["ternary", ""] == 2 * bits["binary", ""]
    # A depthwise convolution takes the rows of one channel: 9 of 32, and a column a channel.
    depthwise = whole[whole["matrix_rows"] == 9]
    assert depthwise["arrays"].tolist() == [-(-inputs // 32) for _, inputs, _ in BLOCKS]
    assert depthwise["utilisation"].tolist() == pytest.approx([9 / 32] * len(BLOCKS))
    # The classifier: 1024 word lines in 32 arrays, 1000 sums in 32, the last of which is used to a quarter.
    last = whole.iloc[-1]
    assert (last["row_tiles"], last["column_tiles"], last["devices"]) == (32, 32, 2 * 32**4)
    assert Fraction(last["utilisation"]) == Fraction(1000, 1024)
    (line,) = told(classifier)
    assert "1,024,000 of them in 1,024 arrays" in line


@pytest.mark.parametrize("quantized", ["all", "classifier"])
@pytest.mark.parametrize(("model", "shape"), [("vgg", (3, 32, 32)), ("eeg", (1, 160, 8)), ("mobilenet", (3, 32, 32)),
                                              ("ecg", (12, 200)), ("mlp", (1, 8, 8))])  # fmt: skip
def test_a_trained_network_has_the_layers_of_its_model(model, shape, quantized):
    section = NetworkSection(name="n", model=model, quantized=quantized, input_shape=shape, classes=7)
    layers = find_model(model).layers(section.model_settings, shape, 7)
    chosen = choices(layers, section.kind, "binary", classifier_only=quantized == "classifier")
    nodes = TrainableNetwork(layers, chosen, shape, torch.Generator().manual_seed(1))
    nodes.train()
    nodes(torch.randn((2, *shape)))  # gives its normalisations statistics
    network = StoredNetwork(name="n", dataset="digits", input_shape=shape, nodes=nodes.nodes())
    trained = mapping_table({"n": stored_layers(network)}, ArraySection())
    shapes = mapping_table({"n": shape_layers(section, shape, 7)}, ArraySection())
    counts = ["plus", "zero", "minus"]
    pd.testing.assert_frame_equal(trained.drop(columns=counts), shapes.drop(columns=counts))
    stored = trained[trained["kind"] != "real"]
    assert stored[counts].sum(axis=1).tolist() == stored["weights"].tolist()
    assert trained.loc[trained["kind"] == "real", counts].isna().all(axis=None)
    assert shapes[counts].isna().all(axis=None)
    assert MAPPING.text(shapes).splitlines()[1].split(",")[6:9] == ["", "", ""]


def small():
    """A convolution over 4 positions and a dense layer: (weights of each value) times (uses of each)."""
    draw = np.random.default_rng(1)
    conv = Convolution(weights=draw.integers(-1, 2, (2, 1, 3)).astype(np.int8), kind=TERNARY, stride=(2,), padding=(1,))
    dense = Dense(weights=draw.integers(-1, 2, (3, 8)).astype(np.int8), kind=TERNARY)
    nodes = chain([conv, Flatten(), dense])
    return StoredNetwork(name="s", dataset="digits", input_shape=(1, 8), nodes=nodes), conv.weights, dense.weights


def reads(energies, count=100, task="t", **more):
    rows = [
        {"cell": "c", "process": "TT", "vdd_v": vdd, "temperature_c": 27.0, "t_sense_s": 5e-8,
         "programmed": weight.value, "reads": count, "energy_mean_j": energy * vdd, "energy_std_j": energy / 10,
         "task_id": f"{task}{weight.value if task == 't' else ''}", **more}
        for vdd in (1.2, 1.0) for weight, energy in energies.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


ENERGIES = {Weight.PLUS: 3.0, Weight.ZERO: 1.0, Weight.MINUS: 2.0}


def test_the_energy_of_an_inference_is_that_of_each_read_added_up():
    network, conv, dense = small()
    mapping = mapping_table({"s": stored_layers(network)}, ArraySection(rows=4, columns=4))
    found = energy_table(mapping, reads(ENERGIES), {"s": ["c"]})
    assert found["vdd_v"].tolist() == [1.0, 1.0, 1.2, 1.2]
    energy = {int(weight.value): value for weight, value in ENERGIES.items()}
    for row, (vdd, uses) in zip(found.to_dict("records"), [(1, 4), (1, 1), (1.2, 4), (1.2, 1)], strict=True):
        every = [*np.tile(conv.ravel(), uses).tolist(), *dense.ravel().tolist()]
        assert row["reads"] == len(every)
        assert row["energy_j"] == pytest.approx(vdd * sum(energy[value] for value in every), rel=1e-12)
        counts = {value: every.count(value) for value in energy}
        # Student's quantile for 99 degrees of freedom is 1.984; standard deviations are a tenth of the energies.
        half = 1.984217 / 10 * math.hypot(*(counts[value] * energy[value] / 10 for value in energy))
        assert row["energy_j"] - row["ci_low_j"] == pytest.approx(half, rel=1e-5)
        assert row["ci_high_j"] - row["energy_j"] == pytest.approx(half, rel=1e-5)
        assert row["weights_known"]


def test_errors_of_a_mirrored_read_add_up():
    network, conv, dense = small()
    mapping = mapping_table({"s": stored_layers(network)}, ArraySection())
    apart = energy_table(mapping, reads(ENERGIES), {"s": ["c"]})
    together = energy_table(mapping, reads(ENERGIES, task="one"), {"s": ["c"]})
    assert together["energy_j"].tolist() == apart["energy_j"].tolist()
    counts = {value: int((dense == value).sum() + (conv == value).sum()) for value in (1, 0, -1)}
    half = 1.984217 / 100 * (3 * counts[1] + counts[0] + 2 * counts[-1])
    held = together[together["reading"] == "held"].iloc[0]
    assert held["ci_high_j"] - held["energy_j"] == pytest.approx(half, rel=1e-5)
    assert (together["ci_high_j"] > apart["ci_high_j"]).all()


def test_of_weights_that_are_not_known_the_cheapest_and_the_dearest_are_told():
    mapping = mapping_table({"s": [layer(3, 8), layer(2, 2, kind=None)]}, ArraySection())
    found = energy_table(mapping, reads(ENERGIES, count=10**6), {"s": ["c"]}).iloc[0]
    assert not found["weights_known"]
    assert found["energy_j"] == pytest.approx(24 * 2.0)
    assert found["ci_low_j"] == pytest.approx(24 * 1.0, rel=1e-3)
    assert found["ci_high_j"] == pytest.approx(24 * 3.0, rel=1e-3)


@pytest.mark.parametrize(("table", "left"), [
    (reads(ENERGIES).drop(columns="energy_mean_j"), 0),
    (reads({Weight.PLUS: 1.0, Weight.MINUS: 1.0}), 0),  # none of a zero
    (reads(ENERGIES, energy_mean_j=math.nan), 0),
    (reads(ENERGIES).assign(cell="d"), 0),
    (reads(ENERGIES, energy_mean_j=1e308), 0),
    (reads(ENERGIES).iloc[:4], 2),  # one corner whole, the other not
])  # fmt: skip
def test_no_energy_is_told_of_what_has_none(table, left, caplog):
    mapping = mapping_table({"s": [layer(3, 8, counts=dict.fromkeys(TERNARY.programmed, 8))]}, ArraySection())
    found = energy_table(mapping, table, {"s": ["c"]})
    assert len(found) == left
    assert ("no energies of cell c" in caplog.text) == (left == 0)


@pytest.mark.parametrize("odd", [{"energy_std_j": math.nan}, {"energy_std_j": -1.0}, {"reads": 1}])
def test_an_interval_that_nothing_tells_is_blank(odd, tmp_path):
    mapping = mapping_table({"s": [layer(3, 8, counts=dict.fromkeys(TERNARY.programmed, 8))]}, ArraySection())
    found = energy_table(mapping, reads(ENERGIES, **odd), {"s": ["c"]})
    assert found["ci_low_j"].isna().all()
    (tmp_path / "energy.csv").write_text(ENERGY.text(found))
    pd.testing.assert_frame_equal(ENERGY.read(tmp_path / "energy.csv"), found, check_dtype=False)


GIVEN = {"name": "n", "input_shape": [64], "classes": 10}


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"classes": None}, "input_shape and classes go together"),
        ({"input_shape": None}, "input_shape and classes go together"),
        ({"dataset": "digits"}, "dataset has no meaning beside input_shape"),
        ({"file": "n.safetensors"}, "file has no meaning beside input_shape"),
        ({"epochs": 3}, "epochs has no meaning beside input_shape"),
        ({"preset": "quantized_vgg"}, "preset has no meaning beside input_shape"),
        ({"errors": {"1": 0.1}}, "errors has no meaning beside input_shape"),
        ({"input_shape": [64, 0]}, r"network\[0\].input_shape\[1\]: .*greater than 0"),
        ({"input_shape": [1, 2, 3, 4]}, r"network\[0\].input_shape: .*at most 3"),
        ({"input_shape": 64}, r"network\[0\].input_shape: write a list, as \[64\]"),
        ({"model": "vgg"}, r"network\[0\].input_shape: .*layer 0 \(Conv\).*\(got \[64\]\)"),
        ({"input_shape": [100_000] * 3}, r"network\[0\].input_shape: weights of shape .* at most"),
        ({"cells": ["binary_2t2r"]}, r"network\[0\].cells: does not store ternary weights"),
    ],
)
def test_a_network_without_data_is_told_what_is_wrong(keys, message):
    network = {key: value for key, value in (GIVEN | keys).items() if value is not None}
    with pytest.raises(StudyError, match=message):
        build_study(name="s", network=[network], read={"cells": ["ternary_2t2r", "binary_2t2r"]})


def test_a_network_without_data_needs_no_cell_and_is_read_back():
    study = build_study(name="s", network=[GIVEN | {"weights": "binary"}, {"name": "m"}])
    assert [network.name for network in study.measured] == ["m"]
    resolved = study.resolved()["network"]
    assert not {"dataset", "epochs"} & resolved[0].keys()
    assert not {"input_shape", "classes"} & resolved[1].keys()
    again = build_study(name="s", network=resolved)
    assert again.network == study.network
    assert again.identity == study.identity
