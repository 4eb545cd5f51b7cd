"""Inference of a network that settles: free phases with symbols as an array was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rramsim.eqprop.relaxation.machine import Machine
from rramsim.eqprop.relaxation.settle import settle
from rramsim.eqprop.relaxation.stop import Settling
from rramsim.errors import NetworkError
from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.faults.misreads import Misreads
from rramsim.torch_backend import torch

if TYPE_CHECKING:
    from rramsim.eqprop.deployed.network import DeployedNetwork


class SettlingEngine(AbstractEngine):
    """Runs a network by its free phase; a misread weight is misread in both directions and in all steps.

    Parameters
    ----------
    network
        The network.
    """

    def __init__(self, network: DeployedNetwork) -> None:
        self._network = network
        self._scales = {name: one.scale for name, one in network.stored.items()}
        learnt = {name: torch.tensor(values) for name, values in network.learnt.items()}
        self._parameters = learnt | {name: one.values() for name, one in network.stored.items()}

    def scores(self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None) -> NDArray[np.float32]:
        """Class scores of the state that the free phase ends in.

        Raises
        ------
        NetworkError
            The network diverges.
        """
        return self.settled(images, misreads)[0]

    def settled(
        self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None
    ) -> tuple[NDArray[np.float32], Settling]:
        """Class scores, and how the free phase went.

        Parameters
        ----------
        images, misreads
            As for :meth:`scores`.

        Raises
        ------
        NetworkError
            The network diverges.
        """
        network = self._network
        inputs = network.scale.inputs(torch.tensor(images), network.network)
        with self._read(misreads or ()), torch.no_grad():
            machine = Machine(network.network, self._parameters, inputs, schedule=network.schedule)
            try:
                settling = settle(machine, network.free)
            except NetworkError as error:
                kind = "real" if network.kind is None else network.kind.value
                raise NetworkError(f"network {network.name!r} with {kind} weights: {error}") from None
            scores = network.network.loss.scores(machine.state()[-1], self._parameters)
        return scores.numpy(), settling

    @contextmanager
    def _read(self, misreads: Sequence[Misreads]) -> Iterator[None]:
        """Put misreads in place, and afterwards what was there before."""
        before = []
        try:
            for (name, scale), found in zip(self._scales.items(), misreads, strict=bool(misreads)):
                flat, positions = self._parameters[name].view(-1), torch.from_numpy(found.positions)
                before.append((flat, positions, flat[positions]))
                flat[positions] = torch.from_numpy(found.values).to(flat.dtype) * scale
            yield
        finally:
            for flat, positions, programmed in before:
                flat[positions] = programmed
