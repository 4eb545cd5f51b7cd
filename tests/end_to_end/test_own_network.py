"""Networks of the user's own in a study: a module of torch by the function that makes it, and an ONNX file."""

import numpy as np
import pytest
import torch
from torch.nn import functional

import rramsim
from rramsim.errors import InputError
from tests.unit.nn.onnx_files import Graph

NET = """
import torch
from torch.nn import functional


class Binary(torch.nn.Linear):
    def forward(self, x):
        return functional.linear(x, torch.where(self.weight >= 0, 1.0, -1.0))


def build(shape, classes):
    torch.manual_seed(0)
    first = {first}(shape[0], 16, bias=False)
    return torch.nn.Sequential(first, torch.nn.BatchNorm1d(16), torch.nn.ReLU(), Binary(16, classes, bias=False))
"""
SIGNS = np.random.default_rng(1).choice([-1.0, 1.0], (6, 3)).astype(np.float32)


@pytest.fixture
def study(tmp_path):
    """A study of arrays and networks of the user's own, with only a ladder of rates."""
    generator = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = np.round(generator.standard_normal((90, 6)) + 2 * np.eye(3, 6)[labels], 2).astype(np.float32)
    np.savez(
        tmp_path / "mine.npz", train_images=images[:60], train_labels=labels[:60], test_images=images[60:],
        test_labels=labels[60:],
    )  # fmt: skip

    def make(first="Binary", **keys):
        (tmp_path / "net.py").write_text(NET.format(first=first))
        network = {"name": "mine", "weights": "binary", "activations": "real", "dataset": "mine.npz"} | keys
        return rramsim.build_study(
            name="own", folder=tmp_path, network=[network],
            injection={"ladder": [0.01, 0.5], "repeats": 5, "modes": ["static"]},
        )  # fmt: skip

    return make


def test_a_module_goes_from_its_function_to_an_accuracy(study, tmp_path):
    accuracy = rramsim.inject(study(module="net.py:build"), out=tmp_path / "out")
    clean = accuracy[accuracy["error_type"] == "none"].iloc[0]
    namespace = {}
    exec((tmp_path / "net.py").read_text(), namespace)
    module = namespace["build"]((6,), 3).eval()
    with np.load(tmp_path / "mine.npz") as arrays, torch.no_grad():
        # Images are standardised by the training images; the data set itself says how.
        from rramsim.data.catalog import load_dataset

        split = load_dataset(str(tmp_path / "mine.npz")).test
        told = module(torch.from_numpy(split.images)).argmax(dim=1).numpy()
        assert clean["accuracy"] == pytest.approx((told == arrays["test_labels"]).mean())
    assert accuracy.set_index("rate").loc[0.5, "accuracy"].max() < 0.9
    assert (tmp_path / "out" / "networks" / "mine.safetensors").is_file()


def test_an_onnx_file_is_read_by_a_study(study, tmp_path):
    graph = Graph(6)
    graph.add("MatMul", SIGNS)
    (tmp_path / "net.onnx").write_bytes(graph.bytes())
    accuracy = rramsim.inject(study(file="net.onnx"), out=tmp_path / "out")
    assert accuracy["weights"].unique().tolist() == ["binary"]
    assert accuracy.loc[accuracy["error_type"] == "none", "repeats"].tolist() == [1]


@pytest.mark.parametrize(("first", "keys", "message"), [
    ("torch.nn.Linear", {"module": "net.py:build"}, "net.py:build: .*0"),
    ("Binary", {"module": "net.py:make"}, "has no function make"),
    ("Binary", {"module": "none.py:build"}, "none.py"),
])  # fmt: skip
def test_what_cannot_be_stored_is_refused_before_anything_is_written(first, keys, message, study, tmp_path):
    with pytest.raises(InputError, match=message):
        rramsim.inject(study(first, **keys), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("keys", "message"), [
    ({"module": "net.py"}, "not of the form module:function"),
    ({"module": "net.py:build", "file": "net.onnx"}, "exclude each other"),
    ({"module": "net.py:build", "epochs": 3}, "epochs is for training"),
    ({"file": "net.pt"}, "a pickle is a program"),
    ({"real_layers": ["0"]}, "real_layers is for a network that is given"),
])  # fmt: skip
def test_keys_that_contradict_each_other_are_told(keys, message, study):
    with pytest.raises(InputError, match=message):
        study(**keys)


def test_int8_weights_are_not_taken_for_signs(study, tmp_path):
    graph = Graph(6)
    graph.add("MatMul", np.random.default_rng(0).integers(-128, 128, (6, 3)).astype(np.float32))
    (tmp_path / "net.onnx").write_bytes(graph.bytes())
    with pytest.raises(InputError, match=r"net\.onnx: MatMul 'v0': .*binar"):
        rramsim.inject(study(file="net.onnx"), out=tmp_path / "out")


def test_five_lines_of_torch_make_a_file_that_a_study_takes(study, tmp_path):
    class Binary(torch.nn.Linear):
        def forward(self, x):
            return functional.linear(x, torch.where(self.weight >= 0, 1.0, -1.0))

    module = torch.nn.Sequential(Binary(6, 3, bias=False), torch.nn.BatchNorm1d(3))
    network = rramsim.from_torch(module, (6,), name="mine", dataset="mine.npz")
    rramsim.save_network(tmp_path / "mine.safetensors", network)
    accuracy = rramsim.inject(study(file="mine.safetensors"), out=tmp_path / "out")
    assert set(accuracy["network"]) == {"mine"}
