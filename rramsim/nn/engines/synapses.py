"""Stored weights that see real values: in torch, and corrected in place of run again where few of them differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.engines.bitplanes import BitPlanes
from rramsim.nn.engines.compiled import share
from rramsim.nn.engines.kernels import OUTPUTS
from rramsim.nn.engines.passes import correct, correct_features, largest_of_steps
from rramsim.nn.engines.products import packed
from rramsim.nn.engines.thresholds import Thresholds
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.torch_backend import torch

# Up to so many misreads, of all weights, corrections take less time than all sums again (measured): of a fully
# connected layer, whose corrections run over all images, and of a convolution, where they run over the places of one.
_FEW_FEATURES, _FEW_PLACES = 0.08, 0.01
_STEP = 2.0**-6  # of standardised images
_PIECE = 2**21  # sums made at a time
_LARGEST = 2.0**24 * _STEP  # sums of multiples of it up to this are exact as float32, in any order


@dataclass(frozen=True, slots=True)
class CleanSums:
    """Sums of weights as they were programmed, and what the layer saw: images last in memory if there are no places."""

    sums: torch.Tensor
    seen: NDArray[np.float32]


class RealSynapses:
    """Weights of one layer in torch.

    Parameters
    ----------
    op
        The layer.
    threads
        How many share the work; each of them has torch's own besides, which are best one.
    """

    def __init__(self, op: AbstractSynapses, threads: int) -> None:
        self._op, self._threads = op, threads
        self._read: NDArray[np.int8] = op.weights.copy()
        self._weights: torch.Tensor | None = None  # the same for torch, made when it is needed

    def misread(self, positions: NDArray[np.int64], values: NDArray[np.int8]) -> NDArray[np.int8]:
        """Read some weights otherwise; what was returned, put back in the same way, undoes it.

        Parameters
        ----------
        positions
            Flat indices into the weights.
        values
            What is read there.

        Returns
        -------
        numpy.ndarray
            What was there before, int8.
        """
        flat = self._read.reshape(-1)
        before = flat[positions]
        if positions.size:
            flat[positions] = values
            self._weights = None
        return before

    def sums(self, values: torch.Tensor) -> torch.Tensor:
        """Sums with the weights as they are read now.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        """
        if self._weights is None:
            self._weights = torch.from_numpy(self._read).to(torch.float32)
        with torch.no_grad():
            return self._op.sums(values, self._weights)

    def exact(self, values: torch.Tensor) -> bool:
        """Whether sums are exact as float32, in whatever order they are made.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        """
        flat = np.ascontiguousarray(values.numpy()).reshape(-1)
        return bool(largest_of_steps(flat, _STEP) * self._op.fan_in <= _LARGEST)

    def activations(self, values: torch.Tensor, thresholds: Thresholds) -> BitPlanes:
        """Activations, of some images after the others: sums of all at once would be too many for the caches.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        thresholds
            Real ones, one for each output.
        """
        places = math.prod(values.shape[2:])  # about as many as of the sums
        count = min(max(_PIECE // (len(self._read) * places), 1), max(len(values) // (2 * self._threads), 1))
        if count >= len(values) or not self.exact(values):  # sums that are rounded depend on the batch
            return packed(self.sums(values).numpy(), thresholds, threads=self._threads)
        parts: dict[int, BitPlanes] = {}

        def work(first: int, last: int) -> None:
            for start in range(first, last, count):
                parts[start] = packed(self.sums(values[start : min(start + count, last)]).numpy(), thresholds)

        share(self._threads, len(values), count, work)
        return BitPlanes.joined([parts[start] for start in sorted(parts)])

    def _exact_sums(self, seen: NDArray[np.float32]) -> torch.Tensor:
        """Sums of what the layer saw, in the layout in which they are packed and corrected."""
        if self._read.ndim > 2:
            return self.sums(torch.from_numpy(seen))
        weights, images = torch.from_numpy(self._read).to(torch.float32), torch.from_numpy(seen)
        made = torch.empty(len(weights), images.shape[1])

        def work(first: int, last: int) -> None:
            torch.mm(weights[first:last], images, out=made[first:last])

        share(self._threads, len(weights), OUTPUTS, work)
        return made.T

    def clean_sums(self, values: torch.Tensor) -> CleanSums | None:
        """Sums that corrections may start from; None where these would be rounded otherwise than sums made at once.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        """
        if not self.exact(values):
            return None
        seen = np.ascontiguousarray(values.T.numpy() if self._read.ndim == 2 else values.numpy())
        return CleanSums(self._exact_sums(seen), seen)

    def sums_from(self, clean: CleanSums | None, values: torch.Tensor, misreads: Misreads) -> torch.Tensor:
        """Sums with the weights as they are read now.

        Parameters
        ----------
        clean
            What :meth:`clean_sums` gave, of weights as they were programmed.
        values
            float32, (batch, *shape).
        misreads
            What is read now.
        """
        weights = self._op.weights
        if clean is None:
            return self.sums(values)
        if misreads.count > (_FEW_FEATURES if weights.ndim == 2 else _FEW_PLACES) * weights.size:
            return self._exact_sums(clean.seen)
        positions, seen = misreads.positions, clean.seen
        changes = (misreads.values - weights.reshape(-1)[positions]).astype(np.float32)
        if weights.ndim == 2:
            before = clean.sums.T.numpy()
            made = np.empty_like(before)
            share(
                self._threads, len(weights), 1,
                lambda first, last: correct_features(first, last, before, made, seen, positions, changes),
            )  # fmt: skip
            return torch.from_numpy(made).T
        assert isinstance(self._op, Convolution)  # no other sees places
        one = (1,) * (4 - weights.ndim)
        stride, padding = one + self._op.stride, (0,) * len(one) + self._op.padding
        geometry = (weights.shape[1], *one, *weights.shape[2:], *stride, *padding, self._op.groups)
        sums = clean.sums.numpy().copy()
        placed = sums.reshape(*sums.shape[:2], *one, *sums.shape[2:])
        shown = seen.reshape(*seen.shape[:2], *one, *seen.shape[2:])
        share(
            self._threads, len(sums), 1,
            lambda first, last: correct(first, last, placed, shown, positions, changes, geometry),
        )  # fmt: skip
        return torch.from_numpy(sums)
