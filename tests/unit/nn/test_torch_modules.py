"""Networks from modules of torch: the same scores as the module's, or the layer that cannot be stored is named."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.nn.utils import parametrize

import rramsim
from rramsim.errors import InputError, NetworkError
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.network import StoredNetwork
from rramsim.nn.ops.activate import Activate
from rramsim.nn.quantizers import activate, binarize, ternarize
from rramsim.nn.storage import load_network
from rramsim.nn.trainable import TrainableNetwork
from rramsim.weights import WeightKind


class Straight(torch.autograd.Function):
    """A sign with a straight-through estimator, as everybody writes it."""

    @staticmethod
    def forward(context, values):
        context.save_for_backward(values)
        return torch.where(values >= 0, 1.0, -1.0)

    @staticmethod
    def backward(context, gradient):
        (values,) = context.saved_tensors
        return gradient * (values.abs() <= 1)


class BinaryLinear(torch.nn.Linear):
    def forward(self, values):
        scale = self.weight.abs().mean(dim=1, keepdim=True)
        return functional.linear(values, Straight.apply(self.weight) * scale, self.bias)


class BinaryConv(torch.nn.Conv2d):
    def forward(self, values):
        return self._conv_forward(values, Straight.apply(self.weight), self.bias)


class Sign(torch.nn.Module):
    def forward(self, values):
        return Straight.apply(values)


class Ternary(torch.nn.Module):
    """A parametrization."""

    def forward(self, weight):
        return ternarize(weight, 0.1)


class Between(torch.nn.Module):
    """Two layers with anything between them."""

    def __init__(self, function):
        super().__init__()
        self.first, self.last = BinaryLinear(6, 8, bias=False), BinaryLinear(8, 5)
        self.norm = torch.nn.BatchNorm1d(8)
        self.function = function

    def forward(self, values):
        return self.last(self.function(self.norm(self.first(values))))


class Residual(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.norm1 = BinaryConv(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4)
        self.conv2, self.norm2 = BinaryConv(4, 4, 3, padding=1, groups=2), torch.nn.BatchNorm2d(4)
        self.full = BinaryLinear(4, 3)

    def forward(self, values):
        values = Straight.apply(self.norm1(self.conv1(values)))
        values = functional.relu(values + self.norm2(self.conv2(values)), inplace=True)
        return functional.log_softmax(self.full(functional.adaptive_avg_pool2d(values, 1).flatten(1)), 1)


def learnt(module, seed=0):
    """The module, its normalisations as after a training."""
    generator = torch.Generator().manual_seed(seed)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            part.running_mean.normal_(generator=generator)
            part.running_var.uniform_(0.5, 2, generator=generator)
            with torch.no_grad():
                part.weight.normal_(generator=generator)
                part.bias.normal_(generator=generator)
    return module.eval()


def scores_of(network, images):
    return torch.from_numpy(TorchEngine(network).scores(images.numpy()))


def assert_same(module, shape, **changes):
    """Scores as the module's, to rounding."""
    network = rramsim.from_torch(module, shape, name="n", **changes)
    images = torch.randn(40, *shape, generator=torch.Generator().manual_seed(7))
    with torch.no_grad():
        torch.testing.assert_close(scores_of(network, images), module(images), rtol=1e-4, atol=1e-5)
    return network


def activations(network):
    return [node.op.to for node in network.nodes if isinstance(node.op, Activate)]


@pytest.mark.parametrize("kind", WeightKind)
@pytest.mark.parametrize(
    ("model", "settings", "shape"),
    [
        ("mlp", {"hidden": [16]}, (64,)),
        ("vgg", {"width": 4, "hidden": 8}, (3, 32, 32)),
        ("ecg", {"width": 4}, (12, 750)),
        ("eeg", {}, (1, 80, 64)),
    ],
)
def test_a_model_of_rramsim_is_what_it_becomes_by_itself(model, settings, shape, kind):
    found = find_model(model)
    layers = found.layers(found.Settings.model_validate(settings), shape, 4)
    generator = torch.Generator().manual_seed(1)
    module = TrainableNetwork(layers, choices(layers, kind, "binary"), shape, generator)
    module(torch.randn(8, *shape, generator=generator))
    original = StoredNetwork(name="n", dataset="digits", input_shape=shape, nodes=module.eval().nodes())
    assert rramsim.from_torch(module, shape, name="n", weights=kind.value).hash == original.hash


def test_five_lines_store_a_module(tmp_path):
    module = learnt(torch.nn.Sequential(BinaryLinear(64, 16), torch.nn.BatchNorm1d(16), Sign(), BinaryLinear(16, 10)))
    network = rramsim.from_torch(module, (64,), name="mine", dataset="digits")
    rramsim.save_network(str(tmp_path / "mine.safetensors"), network)
    again = load_network(tmp_path / "mine.safetensors")
    assert (again.hash, again.kind, again.activations) == (network.hash, WeightKind.BINARY, "binary")


def test_a_module_stays_as_it_was():
    module = Residual().train()
    before = copy.deepcopy(module.state_dict())
    rramsim.from_torch(module, (1, 8, 8), name="n")
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_a_residual_network_with_a_softmax():
    module = learnt(Residual())
    network = rramsim.from_torch(module, (1, 8, 8), name="n")
    images = torch.randn(40, 1, 8, 8)
    with torch.no_grad():
        expected = module(images)
    torch.testing.assert_close(torch.log_softmax(scores_of(network, images), 1), expected, rtol=1e-4, atol=1e-5)


def test_parametrisations_are_worked_out():
    module = torch.nn.Sequential(torch.nn.Linear(9, 6, bias=False), torch.nn.ReLU(), torch.nn.Linear(6, 4))
    for layer in (module[0], module[2]):
        torch.nn.init.normal_(layer.weight, std=0.2)
        parametrize.register_parametrization(layer, "weight", Ternary())
    assert assert_same(module, (9,)).kind is WeightKind.TERNARY


@pytest.mark.parametrize(
    ("function", "to"),
    [
        (lambda x: torch.where(x > 0, 1.0, -1.0), ["binary"]),
        (lambda x: torch.where(x < 0.3, 1.0, -1.0), ["binary"]),
        (lambda x: torch.where(x >= 0.25, torch.ones_like(x), -torch.ones_like(x)), ["binary"]),
        (lambda x: (x >= 0).float() * 2 - 1, ["binary"]),
        (lambda x: 1 - 2 * torch.logical_not(x >= 0).float(), ["binary"]),
        (lambda x: (x >= 0.1).float(), ["binary"]),
        (lambda x: binarize(functional.hardtanh(x, inplace=True)), ["binary"]),
        (lambda x: binarize(torch.sign(x)), ["binary"]),
        (lambda x: activate(x, "ternary"), ["ternary"]),
        (lambda x: torch.sign(x) * (x.abs() > 0.5), ["ternary"]),
        (lambda x: (x.abs() > 0.7).float() * torch.sign(torch.clamp(x, -1, 1)), ["ternary"]),
        (lambda x: torch.round(torch.clamp(x, -1, 1)), ["ternary"]),
        (lambda x: torch.round(x).clamp(0, 1), ["binary"]),
        (lambda x: 2 * functional.relu(x / 3) - 1, ["real"]),
        (lambda x: x.clamp(min=0), ["real"]),
        (lambda x: functional.relu(x) + binarize(x), ["real", "binary"]),
        (lambda x: x.view(-1, 8).reshape(x.shape).contiguous().detach(), []),
    ],
)
def test_functions_between_layers(function, to):
    assert activations(assert_same(learnt(Between(function)), (6,))) == to


def test_signals_are_pooled():
    layers = [
        torch.nn.Conv1d(2, 4, 3, padding=1), torch.nn.MaxPool1d(2), torch.nn.ReLU(), torch.nn.AvgPool1d(3, 1),
        torch.nn.AdaptiveMaxPool1d(3), torch.nn.Conv1d(4, 4, 1, groups=4), torch.nn.AdaptiveAvgPool1d(1),
        torch.nn.Flatten(), torch.nn.Dropout(), torch.nn.Linear(4, 3),
    ]  # fmt: skip
    module = torch.nn.Sequential(*layers).eval()
    with torch.no_grad():
        for layer in (module[0], module[5], module[9]):
            layer.weight.copy_(binarize(layer.weight))
    assert_same(module, (2, 16))


def test_images_are_pooled():
    layers = [
        torch.nn.Conv2d(1, 4, (3, 1), stride=(1, 2)), torch.nn.Hardtanh(), torch.nn.MaxPool2d(2), Sign(),
        torch.nn.AvgPool2d((2, 1), (1, 1)), torch.nn.AdaptiveAvgPool2d((1, 3)), torch.nn.Flatten(),
        torch.nn.Linear(12, 3),
    ]  # fmt: skip
    module = torch.nn.Sequential(*layers).eval()
    with torch.no_grad():
        for layer in (module[0], module[7]):
            layer.weight.copy_(binarize(layer.weight))
    assert_same(module, (1, 9, 12))


@pytest.fixture
def classifier():
    """A real convolution before a binary layer."""
    layers = [torch.nn.Conv2d(1, 3, 3), torch.nn.BatchNorm2d(3), Sign(), torch.nn.Flatten(), BinaryLinear(108, 4)]
    return learnt(torch.nn.Sequential(*layers))


def test_real_layers_are_those_that_are_named(classifier):
    with pytest.raises(NetworkError, match=r"layer '0' \(Conv2d\): its weights cannot be .*real_layers = \['0'\]"):
        rramsim.from_torch(classifier, (1, 8, 8), name="n")
    named, only = (
        assert_same(classifier, (1, 8, 8), **how) for how in ({"real_layers": ["0"]}, {"quantized": "classifier"})
    )
    assert named.hash == only.hash
    assert [weights.shape for weights in named.weights] == [(4, 108)]
    assert assert_same(classifier, (1, 8, 8), weights="real").kind is None
    with pytest.raises(NetworkError, match=r"real_layers: no layer '7'; .*Known: 0, 4"):
        rramsim.from_torch(classifier, (1, 8, 8), name="n", real_layers=["0", "7"])


def test_a_layer_that_is_used_twice_has_two_names():
    layer = BinaryLinear(6, 6)
    module = torch.nn.Sequential(layer, Sign(), layer)
    assert len(assert_same(module, (6,)).synapses) == 2
    assert len(assert_same(module, (6,), real_layers=["0#2"]).synapses) == 1
    assert rramsim.from_torch(module, (6,), name="n", real_layers=["0"]).kind is None


def test_half_and_double_precision_become_single():
    module = learnt(Between(binarize))
    for changed in (copy.deepcopy(module).double(), copy.deepcopy(module).bfloat16()):
        assert rramsim.from_torch(changed, (6,), name="n").kind is WeightKind.BINARY


def in_place(values):
    values.data = torch.sign(values.data)
    return values


def through_a_view(values):
    functional.relu(values.view(-1, 8), inplace=True)
    return values


def out_of_sight(values):
    return torch.from_numpy(np.sign(values.numpy()))


def in_part(values):
    return values + float(values.numpy().max())


def of_large_values(values):
    return values if float(values.numpy().max()) < 20 else -values


class Switch:
    """Not the same each time."""

    def __init__(self):
        self.calls = 0

    def __deepcopy__(self, memo):
        return Switch()

    def __call__(self, values):
        self.calls += 1
        return values * self.calls


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (torch.sign, r"layer 'last' \(BinaryLinear\): a sign is 0 at 0, where a binary activation is \+1"),
        (functional.relu6, "a clip .* is taken only before a sign"),
        (functional.silu, "the forward of Between: operation silu is not supported; use ReLU, a binary activation"),
        (torch.tanh, "operation tanh is not supported; use ReLU"),
        (lambda x: functional.layer_norm(x, (8,)), "operation native_layer_norm is not supported; use BatchNorm"),
        (lambda x: functional.dropout(x, 0.5, training=True), "operation native_dropout .*drawn at random"),
        (lambda x: torch.cat([x, x], 1)[:, :8], "operation cat is not supported. Supported: Linear, Conv1d"),
        (lambda x: x[:, [1, 0, 2, 3, 4, 5, 6, 7]], "operation index is not supported"),
        (lambda x: x if bool(x.max(dim=1)[0][0] > 0) else -x, "operation max is not supported"),
        (lambda x: x if bool(torch.where(x >= 0, 1.0, -1.0)[0, 0]) else -x, "operation select is not supported"),
        (lambda x: torch.where(x > 0, x, 0 * x), "it chooses between values that depend on the image"),
        (lambda x: torch.where(x.bool(), 1.0, -1.0), "it makes values of type torch.bool"),
        (lambda x: x - x.mean(0), "mean makes one value of several images"),
        (lambda x: x.view(8, -1).view(-1, 8), r"view makes one value of several images: shape \(8, 3\) of 3 images"),
        (lambda x: x.view(-1), r"view makes one value of several images: shape \(24,\) of 3 images"),
        (lambda x: x.unsqueeze(2), "it adds axis 2; only one row can be made"),
        (lambda x: x.view(-1, 2, 4), r"it makes \(2, 4\) of values of shape \(8,\)"),
        (lambda x: x.half().float(), "it makes values of type torch.float16"),
        (lambda x: x * x, "it multiplies two values that both depend"),
        (lambda x: x / (x + 1), "it divides by a value"),
        (lambda x: 1 / x, "operation reciprocal is not supported"),
        (lambda x: x * float("nan"), "a constant in it is not a finite number"),
        (lambda x: x + torch.arange(24.0).view(3, 8), "differs within a channel"),
        (lambda x: x.clamp(x.mean(1, keepdim=True), None), "over axes|its bounds must be numbers"),
        (lambda x: torch.round(x), "a rounding is taken only with a clip"),
        (lambda x: torch.round(x.clamp(-2, 1)), "its values have 4 levels"),
        (lambda x: binarize(x.clamp(1, 2)), "it is clipped to 1 and 2, and then compared with 0"),
        (in_place, "values that were changed in place, through .data or a view"),
        (through_a_view, "values that were changed in place, through .data or a view"),
        (out_of_sight, "its scores depend on no image"),
        (in_part, r"as stored it gives other scores than the module for \d+ of 16 images"),
        (of_large_values, r"for \d+ of 16 images of random numbers"),
        (lambda x: x if x.shape[0] < 20 else -x, r"for \d+ of 16 images of random numbers, of standard deviation 1:"),
        (lambda x: x if x.shape[0] in (3, 32) else -x, "other scores for an image where other images are beside it"),
        (Switch(), "the module gives other scores each time that it runs"),
        (lambda x: x[:, :2], "the module fails|operation slice"),
        (lambda _: 1 / 0, r"the module fails on images of shape \(3, 6\): ZeroDivisionError"),
        (lambda x: x.squeeze(), "it takes out every axis of size 1, also that of a single image"),
        (lambda x: functional.softmax(x, 1), "a softmax is taken only as the last thing before the scores"),
        (lambda x: functional.softmax(x, 0), "a softmax is taken over class scores only"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_named(function, message):
    with pytest.raises(NetworkError, match=message):
        rramsim.from_torch(learnt(Between(function)), (6,), name="n")


def convolution(*arguments, **changes):
    return torch.nn.Sequential(torch.nn.Conv2d(*arguments, **changes), torch.nn.Flatten())


class Several(torch.nn.Module):
    def forward(self, values):
        return values, values


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (convolution(1, 2, 3, dilation=2), "its dilation must be 1"),
        (convolution(1, 2, 3, padding=1, padding_mode="circular"), r"layer '0' \(Conv2d\): operation .* not supported"),
        (torch.nn.ConvTranspose2d(1, 1, 3), "it is a transposed convolution"),
        (torch.nn.MaxPool2d(3, 2, padding=1), "it pads; only a convolution can"),
        (torch.nn.MaxPool2d(3, 2, ceil_mode=True), "ceil_mode takes windows beyond its input"),
        (torch.nn.AdaptiveAvgPool2d(3), r"\[3, 3\] windows of one size do not make up \[8, 8\]"),
        (torch.nn.BatchNorm2d(1, track_running_stats=False), "it has no running statistics"),
        (torch.nn.PReLU(), "operation prelu is not supported|operation _prelu_kernel"),
        (torch.nn.Identity(), "it computes nothing"),
        (torch.nn.ReLU(), r"must end in one score a class, ends in shape \(1, 8, 8\)"),
        (Several(), "the module gives tuple; class scores are one tensor"),
        (torch.nn.Linear(8, 2), "view makes one value of several images"),
        (torch.nn.Conv2d(3, 2, 3), r"the module fails on images of shape \(3, 1, 8, 8\): RuntimeError"),
    ],
)
def test_layers_that_cannot_be_stored_are_named(module, message):
    with pytest.raises(NetworkError, match=message):
        rramsim.from_torch(module, (1, 8, 8), name="n", weights="real")


def test_weights_that_are_no_numbers_are_refused():
    module = torch.nn.Sequential(torch.nn.Linear(4, 2))
    with torch.no_grad():
        module[0].weight[1, 2] = torch.nan
    for weights, message in (("binary", "its weights hold NaN"), ("real", "real weights must be finite")):
        with pytest.raises(NetworkError, match=rf"layer '0' \(Linear\): {message}"):
            rramsim.from_torch(module, (4,), name="n", weights=weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a/b"}, "name 'a/b' must be letters"),
        ({"weights": "int8"}, "weights must be one of binary, ternary, real, got 'int8'"),
        ({"quantized": "last"}, "quantized must be one of all, classifier"),
        ({"dataset": "faces"}, "faces"),
    ],
)
def test_other_arguments_are_checked(changes, message):
    with pytest.raises(InputError, match=message):
        rramsim.from_torch(Between(binarize), (6,), **({"name": "n"} | changes))


def test_images_must_hold_something():
    for shape in ((), (0, 3), (2**20, 2**20)):
        with pytest.raises(NetworkError, match="images of shape"):
            rramsim.from_torch(Between(binarize), shape, name="n")
    with pytest.raises(NetworkError, match=r"it is no torch\.nn\.Module, but int"):
        rramsim.from_torch(3, (6,), name="n")
