"""Models: their layers and weights as published, what is chosen for each layer, and what they become after training."""

import itertools

import numpy as np
import pytest

from rramsim.errors import InputError, NetworkError, StudyError
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.models.catalog import MODELS, find_model
from rramsim.nn.models.layers import Act, Conv, Flat, Full, Norm, Pool
from rramsim.nn.models.model import choices, shapes, weight_count
from rramsim.nn.network import StoredNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.dense import Dense
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.nn.trainable import TrainableNetwork
from rramsim.study import build_study
from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

IMAGE = {
    "mlp": (784,),
    "vgg": (3, 32, 32),
    "ecg": (12, 200),
    "eeg": (1, 160, 8),
    "mobilenet": (3, 32, 32),
}
SMALL = {"vgg": {"width": 4, "hidden": 16}, "ecg": {"width": 4, "hidden": 8}, "eeg": {"width": 4, "hidden": 8}}


def test_every_model_is_tried():
    assert {name for name, _, _ in CASES} == set(MODELS)


def layers_of(name, settings=None, *, shape=None, classes=10):
    model = find_model(name)
    return model.layers(model.Settings(**(settings or {})), shape or IMAGE[name], classes)


# Laborieux-Axel/Quantized_VGG, 2e17aba: counted from its layers.
@pytest.mark.parametrize(
    ("width", "count"), [(32, 1_340_256), (64, 3_246_784), (128, 8_774_016), (256, 26_685_184), (512, 89_934_336)]
)
def test_the_vgg_has_as_many_weights_as_its_public_code(width, count):
    assert weight_count(layers_of("vgg", {"width": width}), IMAGE["vgg"]) == count


def test_mobilenet_has_the_layers_of_its_paper():
    shape = (3, 224, 224)
    layers = layers_of("mobilenet", shape=shape, classes=1000)
    found = shapes(layers, shape)
    weighted = [one for one, layer in zip(found[1:], layers, strict=True) if isinstance(layer, Conv | Full)]
    assert len(weighted) == 28  # table 1 of arXiv 1704.04861, depthwise and pointwise counted apart
    assert weighted[0] == (32, 112, 112)
    assert weighted[-3:] == [(1024, 7, 7), (1024, 7, 7), (1000,)]
    # 4.2 million parameters (table 8): these, 1000 biases, and two numbers a channel for the normalisation.
    assert weight_count(layers, shape) == 4_209_088


def test_the_eeg_network_has_the_layers_of_its_public_code():
    shape = (1, 960, 64)
    layers = layers_of("eeg", shape=shape, classes=2)
    found = shapes(layers, shape)
    assert [found[3], found[6], found[7], found[8], found[11], found[13]] == [
        (40, 961, 64), (40, 961, 1), (40, 63, 1), (2520,), (80,), (2,),
    ]  # fmt: skip
    # hauke-d/cnn-eeg: 40 (30 x 1), 40 (1 x 64) over 40, 2520 to 80, 80 to 2.
    assert weight_count(layers, shape) == 40 * 30 + 40 * 40 * 64 + 2520 * 80 + 80 * 2


CASES = [
    *itertools.product(sorted(SMALL), (WeightKind.BINARY, WeightKind.TERNARY, None), ("binary", "ternary", "real")),
    ("mlp", WeightKind.BINARY, "binary"),
    ("mobilenet", WeightKind.TERNARY, "ternary"),
]


@pytest.mark.parametrize(("name", "kind", "activations"), CASES)
@pytest.mark.parametrize("only", [False, True], ids=["all", "classifier"])
def test_what_is_stored_computes_what_was_trained(name, kind, activations, only):
    layers = layers_of(name, SMALL.get(name))
    generator = torch.Generator().manual_seed(1)
    network = TrainableNetwork(layers, choices(layers, kind, activations, classifier_only=only), IMAGE[name], generator)
    images = torch.round(64 * torch.randn((3, *IMAGE[name]), generator=generator)) / 64
    network.train()
    network(images)  # gives its normalisations statistics
    network.eval()
    with torch.no_grad():
        wanted = network(images).numpy()
    stored = StoredNetwork(name="n", dataset="digits", input_shape=IMAGE[name], nodes=network.nodes())
    found = TorchEngine(stored).scores(images.numpy())
    # Both normalise in float32, the one folded: a value at a threshold may fall the other way, but for real ones.
    if activations == "real" or only:
        assert found == pytest.approx(wanted, rel=2e-3, abs=2e-3)
    assert found.shape == wanted.shape == (3, 10)
    weighted = [node.op for node in stored.nodes if isinstance(node.op, AbstractSynapses)]
    assert sum(op.weights.size for op in weighted) == weight_count(layers, IMAGE[name])
    assert {op.kind for op in weighted if isinstance(op, Dense)} == {kind}
    assert {op.kind for op in weighted if isinstance(op, Convolution)} <= {None if only else kind}


def test_activations_that_go_into_real_layers_are_real():
    layers = [
        Conv(outputs=2, kernel=3),
        Act(),
        Conv(outputs=2, kernel=3),
        Norm(),
        Act(),
        Flat(),
        Full(outputs=4),
        Act(),
    ]
    found = choices(layers, WeightKind.BINARY, "binary", classifier_only=True)
    assert [choice.activations for choice, layer in zip(found, layers, strict=True) if isinstance(layer, Act)][:2] == [
        "real", "binary",
    ]  # fmt: skip
    assert [choice.kind for choice, layer in zip(found, layers, strict=True) if isinstance(layer, Conv | Full)] == [
        None, None, WeightKind.BINARY,
    ]  # fmt: skip


def test_what_does_not_fit_together_is_refused_with_its_layer():
    with pytest.raises(NetworkError, match=r"layer 1 \(Full\): a fully connected layer takes a row of features"):
        shapes([Conv(outputs=2, kernel=1), Full(outputs=3)], (1, 4, 4))
    with pytest.raises(NetworkError, match=r"layer 0 \(Conv\): a kernel of \[5, 5\] does not fit into \(1, 4, 4\)"):
        shapes([Conv(outputs=2, kernel=5)], (1, 4, 4))
    with pytest.raises(NetworkError, match=r"layer 0 \(Pool\): a window of \[5\] does not fit into \(1, 4\)"):
        shapes([Pool(size=5)], (1, 4))
    with pytest.raises(NetworkError, match=r"\[1, 2\] is for 2 axes, there are 1"):
        shapes([Conv(outputs=2, kernel=(1, 2))], (1, 4))
    with pytest.raises(InputError, match="unknown model 'vgh'; did you mean 'vgg'"):
        find_model("vgh")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"model": "vgh"}, r"network\[0\].model: unknown model 'vgh'; did you mean 'vgg'\? Known: ecg, eeg, mlp"),
        (
            {"settings": {"hiden": [8]}},
            r"network\[0\].settings.hiden: unknown key; did you mean 'hidden'\? Known: hidden",
        ),
        ({"settings": {"hidden": 8}}, r"network\[0\].settings.hidden: write a list, as \[8\]"),
        ({"settings": {"hidden": [0]}}, r"network\[0\].settings.hidden\[0\]: .*greater than 0"),
        ({"model": "ecg", "settings": {"pools": [2]}}, r"network\[0\].settings.*5 kernels need as many pools, got 1"),
        ({"settings": 3}, r"network\[0\].settings: write a table, headed \[network.settings\]"),
        ({"preset": "large"}, r"network\[0\].preset: unknown preset 'large'; Known: quantized_vgg, small"),
        ({"preset": "quantized_vgg", "epochs": 3}, r"restarts \[100, 200, 400\] must add up to epochs, 3"),
        ({"weights": "binary", "errors": {"3": 0.1}}, r"network\[0\].errors: binary weights make no error of type 3"),
        ({"errors": {"4": 0.1}}, r"network\[0\].errors.4: "),
        ({"errors": {"1": 1.1}}, r"network\[0\].errors.1: .*less than or equal to 1"),
        ({"augmentation": ["turn"]}, r"network\[0\].augmentation\[0\]: .*'flip' or 'crop'"),
    ],
)
def test_a_study_is_told_what_is_wrong_with_a_network(keys, message):
    with pytest.raises(StudyError, match=message):
        build_study(name="s", network=[{"name": "n", **keys}])


def test_a_preset_gives_what_a_network_does_not_say():
    study = build_study(name="s", network=[{"name": "n", "model": "vgg", "preset": "quantized_vgg", "batch_size": 64}])
    (network,) = study.network
    assert (network.epochs, network.restarts, network.batch_size) == (700, (100, 200, 400), 64)
    assert network.settings == {"width": 128, "hidden": 512}
    assert study.resolved()["network"][0]["augmentation"] == ["flip", "crop"]
    again = build_study(name="s", network=study.resolved()["network"])
    assert again.network == study.network


def test_an_activation_must_be_known():
    with pytest.raises(NetworkError, match="activations must be one of binary, ternary, real, got 'soft'"):
        Activate(to="soft")


def test_pooled_binary_values_are_what_a_program_by_hand_gives():
    values = np.arange(2 * 1 * 4 * 4, dtype=np.float32).reshape(2, 1, 4, 4)
    layers = [Pool(size=2), Pool(size=0, mean=True), Flat()]
    network = TrainableNetwork(layers, choices(layers, None, "real"), (1, 4, 4), torch.Generator())
    assert network(torch.from_numpy(values)).tolist() == [[10.0], [26.0]]
