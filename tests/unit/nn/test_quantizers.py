import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rramsim.nn.quantizers import (
    TERNARY_THRESHOLD,
    ActivationEstimator,
    WeightEstimator,
    activate,
    binarize,
    quantize,
    ternarize,
)
from rramsim.weights import WeightKind

values = arrays("float32", st.integers(1, 30), elements=st.floats(-3, 3, width=32)).map(torch.from_numpy)


@given(values)
def test_outputs_are_the_levels_and_fixed_points(x):
    assert set(binarize(x).tolist()) <= {-1.0, 1.0}
    assert set(ternarize(x).tolist()) <= {-1.0, 0.0, 1.0}
    for kind in WeightKind:
        once = quantize(x, kind)
        assert torch.equal(quantize(once, kind), once)


def test_awkward_values():
    x = torch.tensor([0.0, -0.0, 1e-30, -1e-30])
    assert binarize(x).tolist() == [1.0, 1.0, 1.0, -1.0]
    edge = torch.tensor([TERNARY_THRESHOLD, -TERNARY_THRESHOLD, TERNARY_THRESHOLD + 1e-6, -TERNARY_THRESHOLD - 1e-6])
    assert ternarize(edge).tolist() == [0.0, 0.0, 1.0, -1.0]  # strictly above


@given(values)
def test_signs_are_odd(x):
    assert torch.equal(ternarize(-x), -ternarize(x))


@pytest.mark.parametrize("kind", WeightKind)
def test_weight_gradient_passes_straight_through(kind):
    latent = torch.tensor([-2.0, -0.5, -0.01, 0.0, 0.02, 3.0], requires_grad=True)
    incoming = torch.arange(6.0)
    WeightEstimator.apply(latent, kind).backward(incoming)
    assert torch.equal(latent.grad, incoming)


@pytest.mark.parametrize("kind", WeightKind)
def test_activation_gradient_is_that_of_hardtanh(kind):
    x = torch.tensor([-1.5, -1.0, -0.3, 0.0, 0.9, 1.0, 1.1], requires_grad=True)
    ActivationEstimator.apply(x, kind).sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 1, 1, 1, 0]


def test_real_activations_are_relu():
    assert activate(torch.tensor([-1.0, 0.5]), "real").tolist() == [0.0, 0.5]
