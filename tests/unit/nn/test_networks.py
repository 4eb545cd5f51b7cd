"""Training, storage and accuracy on the handwritten digits."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import load, save

from rramsim.data.catalog import load_dataset
from rramsim.errors import InputError, MissingResourceError, NetworkError
from rramsim.files import content_id
from rramsim.nn.cases import Errors
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.faults.independent import Faultless, ReadFaults, StaticFaults
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.inference import accuracy
from rramsim.nn.injection import inject_networks
from rramsim.nn.kept import keep_networks
from rramsim.nn.network import StoredNetwork, chain
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.affine import Affine
from rramsim.nn.ops.dense import Dense
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import load_network, network_bytes, save_network
from rramsim.nn.trained import load_files, train_networks
from rramsim.nn.training import train
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs, unheard
from rramsim.study import build_study, load_study
from rramsim.tables.accuracy import ACCURACY
from rramsim.tables.ber import BER
from rramsim.weights import ErrorType, Weight, WeightKind, error_type

DIGITS = load_dataset("digits")


@pytest.fixture(scope="module", params=WeightKind)
def network(request):
    section = NetworkSection(name="n", weights=request.param, activations=request.param.value)
    return train(section, DIGITS, seed=1)


def baseline(network, split):
    return accuracy(network, split, Faultless(), repeats=1, seed=0).mean


def perceptron(*weights, kind=WeightKind.TERNARY, activations="ternary", scale=1.0):
    """A network of these weights, each layer followed by a normalisation."""
    ops = []
    for layer in weights:
        ops.append(Dense(weights=np.array(layer, np.int8), kind=kind))
        ops.append(Affine(scale=np.full(len(layer), scale, np.float32), shift=np.zeros(len(layer), np.float32)))
        ops.append(Activate(to=activations))
    inputs = (len(weights[0][0]),)
    return StoredNetwork(name="t", dataset="digits", input_shape=inputs, nodes=chain(ops[:-1]))


def tiny_network():
    return perceptron([[1, -1, 0]], [[1], [-1]])


def test_splits_are_disjoint_stratified_and_fixed():
    parts = (DIGITS.train, DIGITS.validation, DIGITS.test)
    assert [len(p.labels) for p in parts] == pytest.approx([0.6 * 1797, 0.2 * 1797, 0.2 * 1797], abs=10)
    assert sum(len(p.labels) for p in parts) == 1797
    for part in parts:
        shares = np.bincount(part.labels, minlength=10) / len(part.labels)
        assert np.abs(shares - 0.1).max() < 0.01
    rows = {part.images.tobytes() for part in parts}
    assert len(rows) == 3
    seen = [row.tobytes() for part in parts for row in part.images]
    assert len(set(seen)) >= len(seen) - 1  # the data set itself holds hardly any image twice
    assert DIGITS.train.images.mean() == pytest.approx(0, abs=2**-7)  # images are rounded to multiples of 2**-6
    with pytest.raises(InputError, match="unknown data set 'digit'; did you mean 'digits'"):
        load_dataset("digit")


def test_training_reaches_a_useful_accuracy(network):
    # 98.6 % and 98.9 % were measured; a broken gradient or quantizer stays below 90 %.
    assert baseline(network, DIGITS.test) > 0.95
    allowed = {WeightKind.BINARY: {-1, 1}, WeightKind.TERNARY: {-1, 0, 1}}[network.kind]
    assert {int(v) for layer in network.weights for v in np.unique(layer)} == allowed


def test_training_is_deterministic_and_leaves_the_global_state_alone():
    section = NetworkSection(name="n", settings={"hidden": [16]}, epochs=2)
    state = torch.get_rng_state()
    first, second = train(section, DIGITS, seed=5), train(section, DIGITS, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.hash == second.hash
    assert train(section, DIGITS, seed=6).hash != first.hash


def test_an_odd_last_batch_is_no_trouble():
    section = NetworkSection(name="n", settings={"hidden": [4]}, epochs=1, batch_size=len(DIGITS.train.labels) - 1)
    assert train(section, DIGITS, seed=0).weights[0].shape == (4, 64)


def test_prediction_by_hand():
    # y1 = x0 - x1 quantized to -1, 0, +1; scores (y1, -y1)
    images = np.array([[2, 0, 9], [0, 2, 9]], np.float32)
    engine = TorchEngine(tiny_network())
    assert engine.classes(images).tolist() == [0, 1]
    none = Misreads(np.empty(0, np.int64), np.empty(0, np.int8))
    flipped = Misreads(np.array([0, 1]), np.array([-1, 1], np.int8))
    assert engine.classes(images, [flipped, none]).tolist() == [1, 0]
    assert engine.classes(images, [none, none]).tolist() == engine.classes(images).tolist() == [0, 1]


@pytest.mark.parametrize("model", [StaticFaults, ReadFaults])
def test_no_errors_give_the_baseline_exactly(network, model):
    rates = ReadErrorRates.of_type(network.kind, ErrorType.SIGN, 0.0)
    result = accuracy(network, DIGITS.test, model(rates), repeats=3, seed=0)
    assert result.mean == baseline(network, DIGITS.test)
    assert result.chip_std == 0


@pytest.mark.parametrize("model", [StaticFaults, ReadFaults])
def test_accuracy_falls_with_sign_errors_to_chance(network, model):
    means = []
    for rate in (0.01, 0.1, 0.5):
        rates = ReadErrorRates.of_type(network.kind, ErrorType.SIGN, rate)
        result = accuracy(network, DIGITS.test, model(rates), repeats=8, seed=3)
        assert 0 <= result.ci_low <= result.mean <= result.ci_high <= 1
        means.append(result.mean)
    assert means[0] > means[1] > means[2]
    assert means[2] == pytest.approx(0.1, abs=0.08)  # signs at random: no information is left


def test_accuracy_repeats_with_its_stream(network):
    faults = ReadFaults(ReadErrorRates.of_type(network.kind, ErrorType.SIGN, 0.1))
    runs = [accuracy(network, DIGITS.test, faults, repeats=4, seed=seed) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    with pytest.raises(InputError, match="at least 2"):
        accuracy(network, DIGITS.test, faults, repeats=1, seed=0, precision=0.1)


def test_a_network_says_what_it_is_in_one_line(network):
    assert repr(network) == (
        f"<StoredNetwork {network.name!r}: digits (64,) -> 10 classes, {len(network.nodes)} operations, "
        f"{sum(weights.size for weights in network.weights):,} {network.kind.value} weights, "
        f"activations {network.activations}>"
    )
    assert repr(DIGITS.train) == "<Split: 1,078 images (64,)>"


def test_a_saved_network_reads_back_bit_for_bit(network, tmp_path):
    path = tmp_path / "n.safetensors"
    save_network(path, network)
    copy = load_network(path)
    assert copy.hash == network.hash
    assert copy.recipe == network.recipe
    assert (copy.name, copy.kind, copy.activations) == (network.name, network.kind, network.activations)
    for ours, theirs in zip(copy.nodes, network.nodes, strict=True):
        assert (type(ours.op), ours.inputs, ours.op.settings) == (type(theirs.op), theirs.inputs, theirs.op.settings)
        for name, values in theirs.op.arrays.items():
            assert np.array_equal(ours.op.arrays[name], values)
            assert ours.op.arrays[name].dtype == values.dtype


def damage(path, change):
    """Rewrite a network file after a change of (tensors, metadata)."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["network"])
    tensors = dict(load(data))
    change(tensors, about)
    path.write_bytes(save(tensors, metadata={"network": json.dumps(about)}))


@pytest.mark.parametrize(
    "said", ["[" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000, "null", '"network"', "1" * 5000]
)
def test_metadata_of_any_form_are_no_network(said, tmp_path):
    path = tmp_path / "n.safetensors"
    path.write_bytes(save({"0.scale": np.ones(1, np.float32)}, metadata={"network": said}))
    with pytest.raises(NetworkError, match="is not a network of rramsim"):
        load_network(path)


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3", "F4"])
def test_numbers_that_numpy_does_not_know_are_no_network(kind, tmp_path):
    tensors = {"0.weights": {"dtype": kind, "shape": [1, 4], "data_offsets": [0, {"BF16": 8, "F4": 2}.get(kind, 4)]}}
    header = json.dumps({"__metadata__": {"network": '{"layers": "1"}'}, **tensors}).encode()
    path = tmp_path / "n.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\1" * tensors["0.weights"]["data_offsets"][1])
    with pytest.raises(NetworkError, match=r"n\.safetensors"):
        load_network(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, _a: t["0.weights"].__setitem__((0, 0), 1), "it was changed since it was written: its checksum"),
        (lambda t, _a: t["1.shift"].__setitem__(0, 1.0), "it was changed since it was written: its checksum"),
        (lambda _t, a: a.update(dataset="other"), "it was changed since it was written: its checksum"),
        (
            lambda _t, a: a.update(format="rramsim network 1"),
            "its format is 'rramsim network 1', this version of rramsim",
        ),
        (
            lambda t, _a: t.update({"0.weights": t["0.weights"].astype(np.float32)}),
            r"node 0 \(Dense\): weights of shape \[1, 3\] need 2 planes of 1 bytes, has",
        ),
        (
            lambda t, _a: t.update({"0.weights": t["0.weights"][:1]}),
            r"node 0 \(Dense\): weights of shape \[1, 3\] need",
        ),
        (lambda _t, a: a["nodes"][0].update(shape=[10**9, 10**9]), r"node 0 \(Dense\): weights of shape \[1000000000,"),
        (lambda _t, a: a["nodes"][0].update(shape=[1, 5]), r"node 0 \(Dense\): weights have shape \(1, 5\), its input"),
        (lambda _t, a: a["nodes"][0].update(shape=[]), r"node 0 \(Dense\): "),
        (lambda t, _a: t.update({"1.scale": np.ones(3, np.float32)}), r"node 1 \(Affine\): 3 scales, but 1 shifts"),
        (lambda t, _a: t.update({"1.scale": np.ones(1)}), r"node 1 \(Affine\): scale must be float32, is float64"),
        (lambda t, _a: t["1.shift"].__setitem__(0, np.nan), r"node 1 \(Affine\): shift must be finite numbers"),
        (lambda t, _a: t.pop("1.scale"), "is not a network of rramsim: TypeError: .*'scale'"),
        (lambda t, _a: t.update({"1.more": np.ones(1)}), "is not a network of rramsim: TypeError: .*'more'"),
        (lambda _t, a: a["nodes"].pop(), "says that it has 4 nodes, but holds more: 4.scale, 4.shift"),
        (lambda _t, a: a.pop("nodes"), "is not a network of rramsim: KeyError: 'nodes'"),
        (lambda _t, a: a["nodes"][0]["settings"].update(kind="analog"), "is not a network of rramsim"),
        (lambda _t, a: a["nodes"][0].update(op="Exec"), r"node 0 \(Exec\): unknown operation; known are Activate, Add"),
        (lambda _t, a: a["nodes"][2]["settings"].update(to="soft"), r"node 2 \(Activate\): activations must be one of"),
        (
            lambda _t, a: a["nodes"][2].update(inputs=[2]),
            r"node 2 \(Activate\) takes \[2\]; needs 1 of the nodes before",
        ),
        (lambda _t, a: a["nodes"][2].update(inputs=[0, 1]), r"node 2 \(Activate\) takes \[0, 1\]; needs 1"),
        (lambda _t, a: a.update(input_shape=[4]), r"node 0 \(Dense\): weights have shape \(1, 3\), its input \(4,\)"),
        (lambda _t, a: a.update(input_shape=[float("inf")]), "is not a network of rramsim: OverflowError"),
        (lambda _t, a: a.update(recipe=["r"]), "name, dataset, recipe must be texts"),
        (lambda _t, a: a.update(history=[{"learning_rate": 0.1}]), "it is not a network of rramsim"),
        (
            lambda _t, a: a.update(history=[{"learning_rate": 0.1, "loss": 1, "correct": 3, "images": 2}]),
            "impossible epoch",
        ),
        (lambda _t, a: a.update(nodes={"op": "Dense"}), "is not a network of rramsim"),
    ],
)
def test_a_damaged_network_file_names_what_is_wrong(change, message, tmp_path):
    path = tmp_path / "n.safetensors"
    save_network(path, tiny_network())
    damage(path, change)
    with pytest.raises(NetworkError, match=message) as caught:
        load_network(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\x08", b"not a safetensors file at all", b"\xff" * 200])
def test_a_file_that_is_no_network(content, tmp_path):
    path = tmp_path / "n.safetensors"
    path.write_bytes(content)
    with pytest.raises(NetworkError, match=r"n\.safetensors"):
        load_network(path)
    save_network(path, tiny_network())
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(NetworkError, match="damaged"):
        load_network(path)
    with pytest.raises(MissingResourceError, match="no network file"):
        load_network(tmp_path / "none.safetensors")


STUDY = """
[study]
name = "s"
[read]
cells = ["ternary_2t2r", "binary_2t2r"]
[[network]]
name = "t"
weights = "ternary"
settings.hidden = [8]
epochs = 1
[[network]]
name = "b"
weights = "binary"
settings.hidden = [8]
epochs = 1
[injection]
repeats = 2
ladder = [0.1, 0.01, 0.1]
"""


def ber_frame(rate=0.1):
    rows = []
    for kind in WeightKind:
        for process in ("SS", "TT"):
            for programmed in kind.programmed:
                for read in kind.read:
                    error = error_type(programmed, read)
                    if error is not None:
                        rows.append(
                            (f"{kind}_2t2r", process, 1.2, 27.0, 5e-8, programmed.value, read.value, error.value, rate,
                             rate / 2, rate * 2, "monte_carlo", 100, 0, "x")
                        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(BER.names))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "s.toml"
    path.write_text(STUDY)
    return load_study(path)


@pytest.fixture(scope="module")
def executor():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def train_study(study, executor, folder=None, kept=None):
    runs = Runs(executor, folder)
    return train_networks(study.network, runs, seed=study.study.seed, folder=study.folder, kept=kept), runs


@pytest.fixture(scope="module")
def networks(study, executor):
    return train_study(study, executor)[0]


@pytest.fixture(scope="module")
def inject(study, executor):
    """Inject a BER table; other settings of the injection, and where results are kept, may be named."""

    def run(networks, ber, folder=None, progress=unheard, **injection):
        runs = Runs(executor, folder, progress=progress)
        settings = study.injection.model_copy(update=injection)
        seed = study.study.seed
        errors = Errors(ber=ber, causes=None, rows=32)
        return inject_networks(networks, errors, settings, runs, cells=study.network_cells, seed=seed).accuracy, runs

    return run


def test_accuracy_table_holds_every_corner_mode_and_step(inject, networks, tmp_path):
    seen = []
    frame, _ = inject(networks, ber_frame(), progress=lambda done, total, _inside=0: seen.append((done, total)))
    assert tuple(frame.columns) == tuple(column.name for column in ACCURACY.columns)
    assert len(frame) == 2 * (1 + 2 * 2) + (3 + 2) * 2 * 2
    assert seen[-1] == (frame["task_id"].nunique(),) * 2  # equal rates are measured once
    swept = frame[frame["error_type"] == "all"]
    assert list(swept["process"]) == ["TT", "TT", "SS", "SS"] * 2
    # Each weight has two ways to be misread, 0.1 each.
    assert swept["rate"].to_numpy() == pytest.approx(0.2)
    assert (frame["ci_low"] <= frame["accuracy"]).all()
    assert (frame["accuracy"] <= frame["ci_high"]).all()
    path = tmp_path / "accuracy.csv"
    frame.to_csv(path, index=False)
    assert len(ACCURACY.read(path)) == len(frame)


def test_a_network_gets_the_errors_of_each_of_its_cells(study, networks, executor):
    other = ber_frame(0.01).assign(cell=lambda rows: rows["cell"].str.replace("_2t2r", "_mine"))
    runs = Runs(executor, None)
    cells = {"t": ("ternary_mine", "ternary_2t2r"), "b": ("binary_2t2r",)}
    errors = Errors(ber=pd.concat([ber_frame(), other]), causes=None, rows=32)
    frame = inject_networks(networks, errors, study.injection, runs, cells=cells, seed=study.study.seed).accuracy
    swept = frame[frame["error_type"] == "all"]
    assert swept.groupby(["network", "cell"]).size().to_dict() == {
        ("t", "ternary_mine"): 4, ("t", "ternary_2t2r"): 4, ("b", "binary_2t2r"): 4,
    }  # fmt: skip
    rates = swept.groupby(["network", "cell"])["rate"].first()
    assert rates["t", "ternary_mine"] == pytest.approx(0.02)
    assert rates["t", "ternary_2t2r"] == pytest.approx(0.2)


def test_accuracy_does_not_depend_on_the_order_of_the_table(inject, networks):
    forward, _ = inject(networks, ber_frame())
    backward, _ = inject(networks, ber_frame().iloc[::-1])
    pd.testing.assert_frame_equal(forward, backward)


def test_the_interval_of_the_rates_widens_the_interval_of_the_accuracy(inject, networks):
    wide, narrow = (
        f[f["error_type"] == "all"].reset_index()
        for f in (
            inject(networks, ber_frame(), repeats=12)[0],
            inject(networks, ber_frame(), repeats=12, rates="estimate")[0],
        )
    )
    assert ((wide["ci_high"] - wide["ci_low"]) >= (narrow["ci_high"] - narrow["ci_low"]) * 0.8).all()
    assert (wide["ci_high"] - wide["ci_low"]).mean() > (narrow["ci_high"] - narrow["ci_low"]).mean()


def test_a_ladder_needs_no_table(inject, networks):
    frame, _ = inject(networks, ber_frame().iloc[:0])
    assert set(frame["error_type"]) == {"none", "1", "2", "3", "?"}
    assert frame["process"].eq("").all()


def test_what_is_trained_and_measured_is_found_and_not_done_again(study, networks, executor, inject, tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    trained, first = train_study(study, executor, folder)
    again, second = train_study(study, executor, folder)
    assert (first.resumed, second.resumed) == (0, len(networks))
    for name, network in networks.items():
        assert trained[name].hash == again[name].hash == network.hash
        assert again[name].name == name
    frame, _ = inject(again, ber_frame(), folder)
    resumed, runs = inject(again, ber_frame(), folder)
    pd.testing.assert_frame_equal(frame, resumed)
    assert runs.resumed == frame["task_id"].nunique()
    other, runs = inject(again, ber_frame(), folder, repeats=3)
    # What is without errors needs no more chips.
    assert (sorted(other["repeats"].unique()), runs.resumed) == ([1, 3], len(networks))


def test_kept_networks_of_the_same_recipe_are_not_trained_again(study, networks, executor, tmp_path, monkeypatch):
    kept = keep_networks(tmp_path, networks.values(), {})
    assert kept == [tmp_path / "networks" / name for name in ("t.safetensors", "b.safetensors")]
    content = kept[0].read_bytes()
    # Another torch may round otherwise: on its own it would train again.
    monkeypatch.setattr("rramsim.nn.training.version", lambda _package: "99")
    again, runs = train_study(study, executor, kept=tmp_path)
    assert runs.planned == 0
    assert {name: network.hash for name, network in again.items()} == {n: o.hash for n, o in networks.items()}
    table = (tmp_path / "training.csv").read_text()
    keep_networks(tmp_path, again.values(), {})
    assert (tmp_path / "training.csv").read_text() == table
    assert kept[0].read_bytes() == content
    fewer = study.model_copy(update={"network": tuple(one.model_copy(update={"epochs": 2}) for one in study.network)})
    other, runs = train_study(fewer, executor, kept=tmp_path)
    assert runs.planned == len(networks)
    assert other["t"].hash != networks["t"].hash


@pytest.mark.parametrize(
    "change",
    [
        lambda t, _a: t["0.weights"].__setitem__((0, 0), t["0.weights"][0, 0] ^ 1),
        lambda t, _a: t["1.shift"].__setitem__(0, 7),
        lambda _t, a: a.update(recipe="another"),
        lambda _t, a: a["nodes"].pop(),
    ],
)
def test_a_kept_network_that_was_changed_is_trained_again(change, study, networks, executor, tmp_path):
    ternary = study.model_copy(update={"network": study.network[:1]})
    keep_networks(tmp_path, [networks["t"]], {})
    damage(tmp_path / "networks" / "t.safetensors", change)
    trained, runs = train_study(ternary, executor, kept=tmp_path)
    assert runs.planned == 1
    assert trained["t"].hash == networks["t"].hash


@pytest.mark.parametrize(
    ("key", "value"),
    [("found.correct", [999, 1]), ("ci_low", 1.01), ("found.image_variance", -1.0), ("extra", 1.0), ("found.extra", 1)],
)
def test_a_result_that_cannot_be_is_measured_again(key, value, networks, inject, tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.prepare()
    frame, _ = inject(networks, ber_frame(), folder)
    path = folder.path / "tasks" / f"{frame['task_id'].iloc[0]}.json"
    record = json.loads(path.read_text())
    *above, last = key.split(".")
    (record["result"][above[0]] if above else record["result"])[last] = value
    signed = {name: item for name, item in record.items() if name != "sha256"}
    path.write_text(json.dumps(signed | {"sha256": content_id(signed)}))
    again, runs = inject(networks, ber_frame(), folder)
    pd.testing.assert_frame_equal(frame, again)
    assert runs.resumed == frame["task_id"].nunique() - 1


def test_a_network_file_must_hold_what_the_study_says(executor, networks, tmp_path):
    save_network(tmp_path / "t.safetensors", networks["t"])
    (tmp_path / "s.toml").write_text(STUDY.replace("settings.hidden = [8]\nepochs = 1", 'file = "t.safetensors"', 1))
    loaded, _ = train_study(load_study(tmp_path / "s.toml"), executor)
    assert loaded["t"].hash == networks["t"].hash
    (tmp_path / "s.toml").write_text(
        STUDY.replace(
            'weights = "binary"\nsettings.hidden = [8]\nepochs = 1', 'weights = "binary"\nfile = "t.safetensors"'
        )
    )
    with pytest.raises(NetworkError, match=r"t\.safetensors: kind is ternary, the study says binary"):
        train_study(load_study(tmp_path / "s.toml"), executor)


def sized(*sizes, **changes):
    """A network of random weights with these inputs, hidden layers and outputs."""
    generator = np.random.default_rng(0)
    weights = [generator.integers(-1, 2, (outputs, inputs)) for inputs, outputs in pairwise(sizes)]
    return perceptron(*weights, **changes)


@pytest.mark.parametrize(
    ("network", "says", "message"),
    [
        (sized(32, 16, 10), {}, r"it takes values of shape \(32,\), an image of digits has \(64,\)"),
        (sized(64, 16, 7), {}, "it has 7 outputs, digits has 10 classes"),
        (sized(64, 16, 10), {"model": "mlp"}, r"its layers have \[1024, 160\] weights, those of .* mlp \[8192, 1280\]"),
        (sized(64, 10), {"settings": {"hidden": [16]}}, r"its layers have \[640\] weights, .* mlp \[1024, 160\]"),
        (sized(64, 16, 10, scale=3e38), {}, r"node 1 \(Affine\): its values may be more than single prec"),
        (sized(64, 4, 10, activations="binary"), {}, "activations is binary, the study says ternary"),
    ],
)
def test_a_network_file_that_does_not_fit_the_data_set_is_refused(network, says, message, tmp_path):
    save_network(tmp_path / "n.safetensors", network)
    section = NetworkSection(name="n", activations="ternary", file="n.safetensors", **says)
    with pytest.raises(NetworkError, match=rf"n\.safetensors: .*{message}"):
        load_files([section], folder=tmp_path)


@pytest.mark.parametrize("hidden", [(16,), (16, 4), ()])
def test_a_network_file_of_other_layers_than_the_default_is_taken(hidden, tmp_path):
    save_network(tmp_path / "n.safetensors", sized(64, *hidden, 10))
    study = build_study(
        name="s", folder=tmp_path, network=[{"name": "n", "activations": "ternary", "file": "n.safetensors"}]
    )
    assert load_files(study.network, folder=tmp_path)["n"].weights[0].shape[1] == 64
    # The copy of the study in a run folder does not ask for more.
    again = build_study(name="s", network=study.resolved()["network"])
    assert load_files(again.network, folder=tmp_path / "elsewhere")["n"].hash == sized(64, *hidden, 10).hash


def test_a_network_without_layers_or_with_wrong_weights_is_none():
    with pytest.raises(NetworkError, match="has no layers"):
        StoredNetwork(name="t", dataset="digits", input_shape=(3,), nodes=())
    with pytest.raises(NetworkError, match="is not binary"):
        perceptron([[1, 0]], kind=WeightKind.BINARY)
    mixed = chain([Dense(weights=np.ones((2, 2), np.int8), kind=kind) for kind in WeightKind])
    with pytest.raises(NetworkError, match="has binary and ternary weights"):
        StoredNetwork(name="t", dataset="digits", input_shape=(2,), nodes=mixed)
    assert Weight.ZERO in WeightKind.TERNARY.programmed


def test_training_and_accuracies_tell_the_watchdog_that_they_go_on(monkeypatch):
    """A worker's process is ended in which nothing is finished for too long, however long a task may take."""
    signs = []
    monkeypatch.setattr("rramsim.nn.epoch.sign_of_life", lambda: signs.append("training"))
    monkeypatch.setattr("rramsim.nn.inference.sign_of_life", lambda: signs.append("inference"))
    network = train(NetworkSection(name="n", settings={"hidden": [4]}, epochs=3), DIGITS, seed=0)
    steps = -(-(len(DIGITS.train.labels) - 1) // 64) + -(-len(DIGITS.validation.labels) // 256)
    assert signs == ["training"] * (3 * steps)
    rates = ReadErrorRates.of_type(WeightKind.TERNARY, ErrorType.SIGN, 0.1)
    accuracy(network, DIGITS.test, StaticFaults(rates), repeats=2, seed=1)
    assert signs[3 * steps :] == ["inference"] * -(-len(DIGITS.test.labels) // 64)


def test_a_study_with_arrays_of_its_own_gives_the_same_results_wherever_it_lies(executor, tmp_path):
    generator = np.random.default_rng(0)
    labels = np.arange(60) % 3
    images = (generator.standard_normal((60, 5)) + labels[:, None]).astype(np.float32)
    text = STUDY.split("[[network]]")[0] + '[[network]]\nname = "t"\ndataset = "mine.npz"\nepochs = 1\n'
    found = []
    for folder in (tmp_path / "here", tmp_path / "there"):
        folder.mkdir()
        np.savez(
            folder / "mine.npz",
            train_images=images[:45], train_labels=labels[:45], test_images=images[45:], test_labels=labels[45:],
        )  # fmt: skip
        (folder / "s.toml").write_text(text)
        study = load_study(folder / "s.toml")
        networks, _ = train_study(study, executor)
        errors = Errors(ber=ber_frame(), causes=None, rows=32)
        frame = inject_networks(
            networks, errors, study.injection, Runs(executor, None), cells={"t": ["ternary_2t2r"]}, seed=1
        ).accuracy
        assert set(frame["dataset"]) == {"mine.npz"}
        assert str(tmp_path).encode() not in network_bytes(networks["t"])
        found.append((networks["t"].recipe, networks["t"].hash, frame["task_id"].tolist(), study.identity))
    assert found[0] == found[1]
