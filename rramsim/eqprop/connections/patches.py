"""Convolutions as products of one matrix of patches: what a processor does fastest where it has no kernel for them.

torch convolves double precision an image at a time, each with a matrix of patches of its own. Here the patches of many
images, channels together, lie in one buffer that stays from step to step, so that one product of two large matrices is
all that takes time: twice as fast and more where maps are small.
"""

from __future__ import annotations

from rramsim.torch_backend import torch

_ROWS = 512  # of a product: enough to fill a processor, few enough for the patches to stay in its cache


class Patches:
    """Kernels over square patches, and their transpose, in buffers.

    What is returned lies in a buffer: the next call of the same method overwrites it. Autograd cannot follow.

    Parameters
    ----------
    kernel, stride, padding
        Of the convolution, in units.
    """

    def __init__(self, kernel: int, stride: int, padding: int) -> None:
        self._kernel = kernel
        self._stride = stride
        self._padding = padding
        self._matrix: torch.Tensor | None = None
        self._buffers: dict[str, torch.Tensor] = {}

    def prepare(self, weight: torch.Tensor) -> None:
        """Take kernels as they are now.

        Parameters
        ----------
        weight
            (channels, channels before, kernel, kernel).
        """
        last = weight.permute(2, 3, 1, 0)
        if self._matrix is None:
            with torch.inference_mode(False):
                self._matrix = weight.new_empty((last[..., 0].numel(), len(weight)))
        self._matrix.view(last.shape).copy_(last)

    def forward(self, pre: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        """Sums w ∗ s + b, (batch, channels, height, width) with the channels together in memory.

        Parameters
        ----------
        pre
            (batch, channels before, height, width).
        bias
            (channels,); None for none.
        """
        matrix = self._weights()
        padded = self._padded("padded", pre.shape, pre)
        padded[self._inner(pre.shape)].copy_(pre.permute(0, 2, 3, 1))
        seen = self._patches(padded)
        batch, height, width = seen.shape[:3]
        sums = self._buffer("sums", (batch, height, width, matrix.shape[1]), pre)
        for first, last, rows in self._portions(seen, pre):
            rows.view(last - first, *seen.shape[1:]).copy_(seen[first:last])
            out = sums[first:last].view(len(rows), -1)
            if bias is None:
                torch.mm(rows, matrix, out=out)
            else:
                torch.addmm(bias, rows, matrix, out=out)
        return sums.permute(0, 3, 1, 2)

    def backward(self, post: torch.Tensor, shape: torch.Size) -> torch.Tensor:
        """The transpose, of the shape of a state before it.

        Parameters
        ----------
        post
            (batch, channels, height, width).
        shape
            (batch, channels before, height, width).
        """
        matrix = self._weights()
        padded = self._padded("spread", shape, post).zero_()
        places = self._patches(padded)
        together = post.permute(0, 2, 3, 1).contiguous()
        size, stride = self._kernel, self._stride
        height, width = together.shape[1:3]
        for first, last, rows in self._portions(places, post):
            torch.mm(together[first:last].view(len(rows), -1), matrix.t(), out=rows)
            shares, sums = rows.view(last - first, *places.shape[1:]), padded[first:last]
            for row in range(size):
                for column in range(size):
                    down = slice(row, row + (height - 1) * stride + 1, stride)
                    across = slice(column, column + (width - 1) * stride + 1, stride)
                    sums[:, down, across].add_(shares[:, :, :, row, column])
        return padded[self._inner(shape)].permute(0, 3, 1, 2)

    def _weights(self) -> torch.Tensor:
        if self._matrix is None:
            raise RuntimeError("patches need kernels first")
        return self._matrix

    def _inner(self, shape: torch.Size) -> tuple[slice, ...]:
        height, width = (slice(self._padding, self._padding + size) for size in shape[2:])
        return (slice(None), height, width)

    def _padded(self, name: str, shape: torch.Size, like: torch.Tensor) -> torch.Tensor:
        """(batch, height, width, channels), zeros at its edges."""
        batch, channels, height, width = shape
        both = 2 * self._padding
        return self._buffer(name, (batch, height + both, width + both, channels), like)

    def _patches(self, padded: torch.Tensor) -> torch.Tensor:
        """(batch, height, width, kernel, kernel, channels) of the same memory."""
        rows = padded.unfold(1, self._kernel, self._stride).unfold(2, self._kernel, self._stride)
        return rows.permute(0, 1, 2, 4, 5, 3)

    def _portions(self, seen: torch.Tensor, like: torch.Tensor) -> list[tuple[int, int, torch.Tensor]]:
        """First image and the one after the last, and a buffer for their patches, portion after portion."""
        batch, height, width = seen.shape[:3]
        each = height * width
        images = min(-(-_ROWS // each), batch)
        rows = self._buffer("rows", (images * each, seen[0, 0, 0].numel()), like)
        cuts = [(first, min(first + images, batch)) for first in range(0, batch, images)]
        return [(first, last, rows[: (last - first) * each]) for first, last in cuts]

    def _buffer(self, name: str, shape: tuple[int, ...], like: torch.Tensor) -> torch.Tensor:
        found = self._buffers.get(name)
        if found is None or found.shape != shape or found.dtype != like.dtype:
            with torch.inference_mode(False):  # made while a network settles, and written to outside of that, too
                found = self._buffers[name] = torch.zeros(shape, dtype=like.dtype, device=like.device)
        return found
