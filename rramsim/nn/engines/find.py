"""Which engine runs a network; both give the same scores to the last bit."""

from __future__ import annotations

from rramsim.nn.engines.engine import AbstractEngine
from rramsim.nn.engines.torch import TorchEngine
from rramsim.nn.network import StoredNetwork

_SMALL = 100_000  # weights: torch has run fewer of them before the compiled loops are loaded


def find_engine(network: StoredNetwork) -> AbstractEngine:
    """The engine that is done first.

    Parameters
    ----------
    network
        What is to run.
    """
    if sum(layer.size for layer in network.weights) < _SMALL:
        return TorchEngine(network)
    from rramsim.nn.engines.packed import PackedEngine

    return PackedEngine(network)
