"""What every network is that an array stores: what faults, accuracies, tables and arrays need to know of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from rramsim.errors import NetworkError
from rramsim.nn.ops.op import Shape
from rramsim.nn.ops.synapses import Weights
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    from rramsim.nn.engines.engine import AbstractEngine
    from rramsim.nn.history import History
    from rramsim.nn.mapping.layers import WeightLayer


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class AbstractNetwork(ABC):
    """A network ready for inference from a memory array. Frozen and pickleable.

    Parameters
    ----------
    name
        Its name in tables.
    dataset
        The data set that it is for; where that is a file of arrays, its path on this machine.
    input_shape
        Of one image: (features,) or (channels, *positions).
    recipe
        Digest of what it was trained by; empty where that is not known.
    history
        How its training by backpropagation went, epoch by epoch; empty where that is not known.
    """

    name: str
    dataset: str
    input_shape: Shape
    recipe: str = ""
    history: History = ()

    @property
    def data_name(self) -> str:
        """Name of its data set, whatever folder a file of arrays lies in."""
        return PurePath(self.dataset).name

    @property
    @abstractmethod
    def classes(self) -> int:
        """How many classes it tells apart."""

    @property
    @abstractmethod
    def weights(self) -> list[Weights]:
        """Weights of the layers that a memory array stores: -1, 0 or +1."""

    @property
    @abstractmethod
    def kind(self) -> WeightKind | None:
        """The set of weights that its cells store; None where no array stores anything."""

    @property
    def stored_kind(self) -> WeightKind:
        """The same of a network that an array stores.

        Raises
        ------
        NetworkError
            No array stores anything of it.
        """
        if self.kind is None:
            raise NetworkError(f"network {self.name!r} has real weights only: no memory array stores any of them")
        return self.kind

    @property
    @abstractmethod
    def activations(self) -> str:
        """What its layers give to each other: ``binary``, ``ternary``, ``real``, ``mixed``; ``none`` for one layer."""

    @property
    @abstractmethod
    def hash(self) -> str:
        """SHA-256 of everything that inference uses."""

    @abstractmethod
    def engine(self) -> AbstractEngine:
        """What runs it: its misreads are those of :attr:`weights`, in that order."""

    @abstractmethod
    def weight_layers(self) -> list[WeightLayer]:
        """All of its layers of weights, as a mapping counts them."""

    @abstractmethod
    def content(self) -> bytes:
        """The file that keeps it: the same bytes for the same network.

        Raises
        ------
        MissingExtraError
            safetensors is not installed.
        """
