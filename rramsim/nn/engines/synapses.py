"""Stored weights that see real values: in torch, and corrected in place of run again where few of them differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.backend import torch
from rramsim.nn.engines.compiled import share
from rramsim.nn.engines.passes import correct, correct_features
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.ops.convolution import Convolution
from rramsim.nn.ops.synapses import AbstractSynapses

_FEW = 0.02  # of the weights: up to so many misreads, corrections take less time than all sums again (measured)
_STEP = 2.0**-6  # of standardised images
_LARGEST = 2.0**24 * _STEP  # sums of multiples of it up to this are exact as float32, in any order


class RealSynapses:
    """Weights of one layer in torch.

    Parameters
    ----------
    op
        The layer.
    threads
        How many share corrections; those of torch are its own.
    """

    def __init__(self, op: AbstractSynapses, threads: int) -> None:
        self._op, self._threads = op, threads
        self._weights = torch.from_numpy(op.weights).to(torch.float32)

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
        flat, places = self._weights.view(-1), torch.from_numpy(positions)
        before: NDArray[np.int8] = flat[places].to(torch.int8).numpy()
        flat[places] = torch.from_numpy(values).to(torch.float32)
        return before

    def sums(self, values: torch.Tensor) -> torch.Tensor:
        """Sums with the weights as they are read now.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        """
        return self._op.sums(values, self._weights)

    def clean_sums(self, values: torch.Tensor) -> torch.Tensor | None:
        """Sums that corrections may start from; None where these would be rounded otherwise than sums made at once.

        Parameters
        ----------
        values
            float32, (batch, *shape).
        """
        steps = values / _STEP
        if float(values.abs().max()) * self._op.fan_in > _LARGEST or not torch.equal(steps, steps.round()):
            return None
        with torch.no_grad():
            return self._features(values) if self._op.weights.ndim == 2 else self.sums(values)

    def _features(self, values: torch.Tensor) -> torch.Tensor:
        """Sums of a fully connected layer, images last in memory."""
        return (self._weights @ values.T).T

    def sums_from(self, clean: torch.Tensor | None, values: torch.Tensor, misreads: Misreads) -> torch.Tensor:
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
        if clean is None:
            with torch.no_grad():
                return self.sums(values)
        weights = self._op.weights
        if misreads.count > _FEW * weights.size:
            with torch.no_grad():
                return self._features(values) if weights.ndim == 2 else self.sums(values)
        changes = misreads.values - weights.reshape(-1)[misreads.positions]
        if weights.ndim == 2:
            sums, seen = clean.T.numpy().copy(), np.ascontiguousarray(values.T.numpy())
            share(
                self._threads, len(weights), 1,
                lambda first, last: correct_features(first, last, sums, seen, misreads.positions, changes),
            )  # fmt: skip
            return torch.from_numpy(sums).T
        assert isinstance(self._op, Convolution)
        shape = (1,) * (4 - weights.ndim)
        stride, padding = shape + self._op.stride, (0,) * len(shape) + self._op.padding
        sums = clean.numpy().copy()
        geometry = (weights.shape[1], *shape, *weights.shape[2:], *stride, *padding, self._op.groups)
        placed = sums.reshape(*sums.shape[:2], *shape, *sums.shape[2:])
        seen = np.ascontiguousarray(values.numpy()).reshape(*values.shape[:2], *shape, *values.shape[2:])
        share(
            self._threads, len(sums), 1,
            lambda first, last: correct(first, last, placed, seen, misreads.positions, changes, geometry),
        )  # fmt: skip
        return torch.from_numpy(sums)
