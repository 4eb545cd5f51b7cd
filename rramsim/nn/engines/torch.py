"""torch on the processor: the reference that other engines must agree with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.faults.misreads import Misreads
from rramsim.nn.network import INPUT, StoredNetwork
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.torch_backend import torch


class TorchEngine(AbstractEngine):
    """Runs a network by what its operations are in torch.

    Parameters
    ----------
    network
        The network.
    """

    def __init__(self, network: StoredNetwork) -> None:
        self._network = network
        self._weights = {number: torch.from_numpy(op.weights).to(torch.float32) for number, op in network.stored}
        self._last = _last_uses(network)

    def scores(self, images: NDArray[np.float32], misreads: Sequence[Misreads] | None = None) -> NDArray[np.float32]:
        """Class scores."""
        before = self._read(misreads) if misreads is not None else []
        try:
            with torch.no_grad():
                scores: NDArray[np.float32] = self._run(torch.from_numpy(images)).numpy()
        finally:
            for weights, positions, programmed in before:
                weights[positions] = programmed
        return scores

    def _read(self, misreads: Sequence[Misreads]) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Put misreads in place; flat weights, positions and what was there before."""
        before = []
        for stored, found in zip(self._weights.values(), misreads, strict=True):
            flat, positions = stored.view(-1), torch.from_numpy(found.positions)
            before.append((flat, positions, flat[positions]))
            flat[positions] = torch.from_numpy(found.values).to(torch.float32)
        return before

    def _run(self, images: torch.Tensor) -> torch.Tensor:
        values = {INPUT: images}
        for number, node in enumerate(self._network.nodes):
            given = [values[other] for other in node.inputs]
            for other in set(node.inputs):
                if self._last[other] == number:
                    del values[other]
            stored = self._weights.get(number)
            if stored is not None and isinstance(node.op, AbstractSynapses):
                values[number] = node.op.sums(given[0], stored)
            else:
                values[number] = node.op.run(*given)
        return values[len(self._network.nodes) - 1]


def _last_uses(network: StoredNetwork) -> dict[int, int]:
    """Number of the last node that takes each value."""
    return {other: number for number, node in enumerate(network.nodes) for other in node.inputs}
