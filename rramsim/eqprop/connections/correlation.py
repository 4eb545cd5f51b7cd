"""Kernels over maps, to and fro, each by the fastest of the ways that give the same sums."""

from __future__ import annotations

from rramsim.eqprop.connections.connection import Shape
from rramsim.eqprop.connections.patches import Patches
from rramsim.torch_backend import torch

_FEW = 16  # units of a map of sums: below, one product of all patches is faster than any kernel of torch's
_LEAST = 100_000  # multiplications of an image: below, the calls that patches need take longer than the products
_SMALL = 3  # units a side of a kernel: its patches are put together again in few additions
_DOUBLE = torch.float64  # which torch convolves an image at a time on a processor


class Correlation:
    """w ∗ s and its transpose.

    By torch's convolutions, which a graphics processor and single precision have kernels for; by :class:`Patches` on a
    processor in double precision, and in single where maps are small. Autograd can follow the former, which are used
    wherever it may.

    Parameters
    ----------
    weight
        (channels, channels before, kernel, kernel).
    stride, padding
        In units.
    pre
        Shape of the layer before, (channels, height, width).
    least
        Multiplications of an image from which on patches are used.
    """

    def __init__(self, weight: torch.Tensor, stride: int, padding: int, pre: Shape, *, least: int = _LEAST) -> None:
        self._weight = weight
        self._stride = (stride, stride)
        self._padding = (padding, padding)
        self._pre = pre
        kernel = weight.shape[-1]
        height, width = ((size + 2 * padding - kernel) // stride + 1 for size in pre[1:])
        # Rows and columns that no kernel reaches, for want of a whole stride.
        self._rest = (
            pre[1] - ((height - 1) * stride - 2 * padding + kernel),
            pre[2] - ((width - 1) * stride - 2 * padding + kernel),
        )
        few, double = height * width <= _FEW, weight.dtype == _DOUBLE
        here = weight.device.type == "cpu" and height * width * weight.numel() >= least
        self._forward_by_patches = here and (double or (few and weight.dtype == torch.float32))
        self._backward_by_patches = self._forward_by_patches and (few or kernel <= _SMALL)
        self._backward_by_derivative = here and double and not self._backward_by_patches
        self._patches = Patches(kernel, stride, padding)
        self._prepared = False

    def prepare(self) -> None:
        """Take kernels as they are now; patches are not used before, for kernels may change in place."""
        if self._forward_by_patches:
            self._patches.prepare(self._weight)
            self._prepared = True

    def forward(self, pre: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """Sums w ∗ s + b, in memory that the next call may overwrite.

        Parameters
        ----------
        pre
            (batch, channels before, height, width).
        bias
            (channels,); None for none.
        """
        if self._prepared and not torch.is_grad_enabled():
            return self._patches.forward(pre, bias)
        return torch.nn.functional.conv2d(pre, self._weight, bias, self._stride, self._padding)

    def backward(self, post: torch.Tensor) -> torch.Tensor:
        """Of the shape of the layer before, in memory that the next call may overwrite.

        Parameters
        ----------
        post
            (batch, channels, height, width).
        """
        if torch.is_grad_enabled():
            return self._transposed(post)
        if self._prepared and self._backward_by_patches:
            return self._patches.backward(post, torch.Size((len(post), *self._pre)))
        if self._backward_by_derivative:  # torch's transposed convolution of doubles takes half as long again
            like = post.new_empty((len(post), *self._pre))
            found: torch.Tensor = torch.ops.aten.convolution_backward(
                post, like, self._weight, None, self._stride, self._padding, (1, 1), False, (0, 0), 1,
                (True, False, False),
            )[0]  # fmt: skip
            return found
        return self._transposed(post)

    def gradient(self, pre: torch.Tensor, post: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Correlations of two states, of the shape of the kernels, and the sums of the second over each map.

        Parameters
        ----------
        pre
            (batch, channels before, height, width).
        post
            (batch, channels, height, width).
        """
        _, weights, biases = torch.ops.aten.convolution_backward(
            post, pre, self._weight, self._weight.shape[:1], self._stride, self._padding, (1, 1), False, (0, 0), 1,
            (False, True, True),
        )  # fmt: skip
        return weights, biases

    def _transposed(self, post: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.conv_transpose2d(post, self._weight, None, self._stride, self._padding, self._rest)
