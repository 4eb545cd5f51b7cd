"""Quantizers with straight-through estimators.

A straight-through estimator quantizes forward and lets the gradient pass as if it had not [1]_, for binary networks as
in [2]_. Ternary threshold and the absence of a latent clamp as in the public code of [3]_.

Awkward case: sign(0). That code leaves 0, a rare third level that a binary cell cannot store; here it is +1.

References
----------
.. [1] Y. Bengio, N. Léonard, A. Courville, Estimating or propagating gradients through stochastic neurons for
   conditional computation, 2013, arXiv 1308.3432.

.. [2] M. Courbariaux, I. Hubara, D. Soudry, R. El-Yaniv, Y. Bengio, Binarized neural networks: training deep neural
   networks with weights and activations constrained to +1 or -1, 2016, arXiv 1602.02830.

.. [3] A. Laborieux et al., Low power in-memory implementation of ternary neural networks with resistive RAM-based
   synapse, IEEE AICAS 2020, arXiv 2005.01973; code Laborieux-Axel/Quantized_VGG, 2e17aba.
"""

from __future__ import annotations

from typing import Any

from rramsim.torch_backend import torch
from rramsim.weights import WeightKind

TERNARY_THRESHOLD = 0.05  # Delta of the ternary quantizer, strict (public code of [3])


def binarize(values: torch.Tensor) -> torch.Tensor:
    """+1 where a value is 0 or above, else -1.

    Parameters
    ----------
    values
        Any shape.
    """
    return torch.where(values >= 0, 1.0, -1.0)


def ternarize(values: torch.Tensor, threshold: float = TERNARY_THRESHOLD) -> torch.Tensor:
    """Sign of a value that is farther from 0 than the threshold, else 0.

    Parameters
    ----------
    values
        Any shape.
    threshold
        Not negative, in the values' unit; a value equal to it becomes 0.
    """
    return torch.sign(values) * (values.abs() > threshold)


def quantize(values: torch.Tensor, kind: WeightKind) -> torch.Tensor:
    """Binarize or ternarize.

    Parameters
    ----------
    values
        Any shape.
    kind
        Which of the two; the threshold is ``TERNARY_THRESHOLD``.
    """
    return binarize(values) if kind is WeightKind.BINARY else ternarize(values)


class WeightEstimator(torch.autograd.Function):
    """Latent weight to stored weight.

    Forward: q = quantize(w). Backward: dL/dw = dL/dq.
    """

    @staticmethod
    def forward(_context: Any, latent: torch.Tensor, kind: WeightKind) -> torch.Tensor:
        """Quantize latent weights.

        Parameters
        ----------
        latent
            Any shape.
        kind
            The set of weights.
        """
        return quantize(latent, kind)

    @staticmethod
    def backward(_context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Pass the gradient as it is; the set of weights has none.

        Parameters
        ----------
        gradient
            Of the loss over the stored weights, any shape.
        """
        return gradient, None


class ActivationEstimator(torch.autograd.Function):
    """Pre-activation to binary or ternary activation.

    Forward: q = quantize(x). Backward: dL/dx = dL/dq where |x| <= 1, else 0 (the gradient of hardtanh).
    """

    @staticmethod
    def forward(context: Any, values: torch.Tensor, kind: WeightKind) -> torch.Tensor:
        """Quantize pre-activations.

        Parameters
        ----------
        context
            Keeps them for :meth:`backward`.
        values
            Pre-activations, any shape.
        kind
            Binary or ternary.
        """
        context.save_for_backward(values)
        return quantize(values, kind)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Pass the gradient of hardtanh: 0 where a pre-activation lay outside -1..1.

        Parameters
        ----------
        context
            What :meth:`forward` kept.
        gradient
            Of the loss over the activations, same shape.
        """
        (values,) = context.saved_tensors
        return gradient * (values.abs() <= 1), None


def activate(values: torch.Tensor, activations: str) -> torch.Tensor:
    """Activation of a hidden layer.

    Parameters
    ----------
    values
        Pre-activations, any shape.
    activations
        ``binary``, ``ternary`` or ``real`` (ReLU).

    Raises
    ------
    ValueError
        ``activations`` is none of them.
    """
    if activations == "real":
        return torch.relu(values)
    quantized: torch.Tensor = ActivationEstimator.apply(values, WeightKind(activations))  # type: ignore[no-untyped-call]
    return quantized
