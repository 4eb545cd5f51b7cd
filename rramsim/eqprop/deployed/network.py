"""A trained network whose links a memory array stores, and the file that keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.eqprop.deployed.engine import SettlingEngine
from rramsim.eqprop.deployed.layers import link_layers, stored_names
from rramsim.eqprop.network import Network
from rramsim.eqprop.relaxation.schedule import AbstractSchedule
from rramsim.eqprop.relaxation.stop import Stop
from rramsim.eqprop.scale import Scale
from rramsim.eqprop.stored import StoredWeight, stored_weight
from rramsim.eqprop.trainers.progress import Epoch
from rramsim.errors import NetworkError
from rramsim.files import canonical_json
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.mapping.layers import WeightLayer
from rramsim.nn.ops.synapses import Weights
from rramsim.torch_backend import load_tensors_about, one_thread, save_tensors, torch
from rramsim.weights import WeightKind

FORMAT = "rramsim deployed eqprop 1"
KEY = "eqprop"  # of the metadata, as of weights that rramsim eqprop train writes


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class DeployedNetwork(AbstractNetwork):
    """A network that answers by settling: symbols of an array times a scale are its weights; biases stay digital.

    Parameters
    ----------
    name, dataset, input_shape, recipe, history
        As for every network; it has no history of backpropagation.
    network
        What it is.
    free, schedule
        How it settles.
    learnt
        Parameters as they were learnt, by name.
    scale
        Values of images that become 0 and 1.
    kind
        Of the symbols; None to compute with weights as they were learnt.
    estimator
        Where its gradients came from; empty where that is not known.
    epochs
        How its training went; empty where that is not known.
    """

    network: Network
    free: Stop
    schedule: AbstractSchedule
    learnt: Mapping[str, NDArray[np.float32]]
    scale: Scale
    kind: WeightKind | None = None
    estimator: str = ""
    epochs: tuple[Epoch, ...] = ()

    def __repr__(self) -> str:
        count = sum(self.learnt[name].size for name in stored_names(self.network))
        kind = "real" if self.kind is None else self.kind.value
        about = f"{self.network.units:,} units, {count:,} {kind} weights"
        return (
            f"<DeployedNetwork {self.name!r}: {self.data_name} {self.input_shape} -> {self.classes} classes, {about}>"
        )

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""
        return self.network.classes

    @property
    def activations(self) -> str:
        """``real``: units between its layers hold real numbers."""
        return "real"

    @cached_property
    def stored(self) -> dict[str, StoredWeight]:
        """What arrays hold, by the names of the parameters; nothing of real weights."""
        if self.kind is None:
            return {}
        with one_thread():  # a mean is a sum, in one order
            names = stored_names(self.network)
            return {name: stored_weight(torch.from_numpy(self.learnt[name]), self.kind) for name in names}

    @property
    def weights(self) -> list[Weights]:
        """Symbols of each link, forward ones first, then of a readout."""
        return [one.symbols.numpy() for one in self.stored.values()]

    @property
    def real(self) -> DeployedNetwork:
        """The same with weights as they were learnt, which no array stores."""
        return replace(self, kind=None)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that inference uses."""
        kind = None if self.kind is None else self.kind.value
        return _digest(self.learnt, {**_about(self), "kind": kind})

    def engine(self) -> SettlingEngine:
        """Free phases in torch."""
        return SettlingEngine(self)

    def weight_layers(self) -> list[WeightLayer]:
        """Those of the links, then those of the loss."""
        symbols = {name: one.symbols.numpy() for name, one in self.stored.items()}
        return link_layers(self.network, self.kind, steps=self.free.steps, weights=symbols)

    def content(self) -> bytes:
        """A safetensors file of what was learnt, which knows how it settles and what it may be deployed as."""
        about: dict[str, Any] = {"format": FORMAT, **_about(self), "name": self.name, "recipe": self.recipe}
        about |= {"kind": None if self.kind is None else self.kind.value, "estimator": self.estimator}
        about |= {"epochs": [asdict(epoch) for epoch in self.epochs], "sha256": _digest(self.learnt, about)}
        arrays = {name: np.ascontiguousarray(values) for name, values in self.learnt.items()}
        return save_tensors(arrays, metadata={KEY: canonical_json(about)})


def _about(network: DeployedNetwork) -> dict[str, Any]:
    """What inference uses beside the parameters."""
    return {
        "network": network.network.id, "dataset": network.data_name, "input_shape": list(network.input_shape),
        "free": [network.free.steps, network.free.tolerance, network.free.every], "schedule": repr(network.schedule),
        "lowest": list(network.scale.lowest), "highest": list(network.scale.highest),
    }  # fmt: skip


def _digest(learnt: Mapping[str, NDArray[np.float32]], about: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(canonical_json(about).encode("ascii"))
    for name in sorted(learnt):
        values = learnt[name].astype("<f4", order="C", copy=False)
        digest.update(f"{name}{values.shape}".encode("ascii") + values.tobytes())
    return digest.hexdigest()


def check_kept(path: Path, network: DeployedNetwork) -> None:
    """Refuse weights that a run kept, if they were changed since, or learnt from other images.

    Parameters
    ----------
    path
        A file of weights; nothing is known of those that ``rramsim eqprop train`` wrote.
    network
        What they are to be.

    Raises
    ------
    NetworkError
        The checksum is wrong; or the data set is another one.
    """
    tensors, about = load_tensors_about(path.read_bytes(), KEY)
    if not isinstance(about, dict):
        return
    try:
        whole = check_digest(tensors, about)
    except (KeyError, TypeError) as error:
        raise NetworkError(f"{path} is no network that a run kept: {type(error).__name__}: {error}") from None
    if not whole:
        raise NetworkError(f"{path} was changed since it was written: its checksum is wrong")
    now = _about(network)
    for key in ("dataset", "input_shape", "lowest", "highest"):
        if about.get(key) != now[key]:
            raise NetworkError(f"{path} has learnt from other images: {key} is {about.get(key)}, here {now[key]}")


def check_digest(learnt: Mapping[str, NDArray[np.float32]], about: Mapping[str, Any]) -> bool:
    """Whether a file holds what was written to it.

    Parameters
    ----------
    learnt
        Its tensors.
    about
        Its metadata.

    Raises
    ------
    KeyError
        They have no checksum.
    """
    said = {key: value for key, value in about.items() if key not in ("epochs", "sha256")}
    return bool(about["sha256"] == _digest(learnt, said))
