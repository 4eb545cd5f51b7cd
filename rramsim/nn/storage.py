"""A trained network as it is stored: weights for the memory array, everything else as plain numbers.

A safetensors file: no code in it, and a damaged one is told.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import MissingResourceError, NetworkError
from rramsim.files import canonical_json, is_file, write_atomic
from rramsim.nn.mapping import require_weights
from rramsim.weights import WeightKind

_ACTIVATIONS = ("binary", "ternary", "real")
_FORMAT = "rramsim network 1"
_TYPES = {"weights": "<i1", "scale": "<f4", "shift": "<f4"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLayer:
    """One layer.

    Parameters
    ----------
    weights
        int8, (outputs, inputs): in the memory array.
    scale, shift
        float32, (outputs,): the batch normalisation that follows, folded into one multiplication and one addition.
    """

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class StoredNetwork:
    """A network ready for inference from a memory array.

    ``recipe`` is the digest of what it was trained by; empty where that is not known.

    Raises
    ------
    NetworkError
        Layers that do not fit together, or weights that the kind of cell cannot store.
    """

    name: str
    kind: WeightKind
    activations: str
    dataset: str
    layers: tuple[StoredLayer, ...]
    recipe: str = ""

    def __post_init__(self) -> None:
        if not self.layers:
            raise NetworkError(f"network {self.name!r} has no layers")
        if self.activations not in _ACTIVATIONS:
            raise NetworkError(f"network {self.name!r}: activations must be one of {', '.join(_ACTIVATIONS)}")
        inputs = self.layers[0].weights.shape[-1] if self.layers[0].weights.ndim else 0
        for index, layer in enumerate(self.layers):
            self._check_layer(index, layer, inputs)
            inputs = layer.weights.shape[0]

    def _check_layer(self, index: int, layer: StoredLayer, inputs: int) -> None:
        where = f"network {self.name!r}, layer {index}"
        if layer.weights.ndim != 2 or layer.weights.shape[1] != inputs or layer.weights.size == 0:
            raise NetworkError(f"{where}: weights have shape {layer.weights.shape}, need (outputs, {inputs})")
        outputs = (layer.weights.shape[0],)
        for name, values in (("scale", layer.scale), ("shift", layer.shift)):
            if values.shape != outputs or not np.isfinite(values).all():
                raise NetworkError(f"{where}: {name} must be {outputs[0]} finite numbers, has shape {values.shape}")
        require_weights(layer.weights, self.kind, where=where)

    @property
    def weights(self) -> list[NDArray[np.int8]]:
        """The weights of every layer."""
        return [layer.weights for layer in self.layers]

    def to_json(self) -> dict[str, Any]:
        """Plain values; arrays as base64 text of their little-endian bytes."""
        layers = [
            {name: _packed(getattr(layer, name), kind) for name, kind in _TYPES.items()}
            | {"shape": list(layer.weights.shape)}
            for layer in self.layers
        ]
        about = {"name": self.name, "kind": self.kind.value, "activations": self.activations, "dataset": self.dataset}
        return about | {"layers": layers}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> StoredNetwork:
        """Read plain values back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a network.
        """
        layers = []
        for layer in data["layers"]:
            values = {name: _unpacked(layer[name], kind) for name, kind in _TYPES.items()}
            values["weights"] = values["weights"].reshape([int(size) for size in layer["shape"]])
            layers.append(StoredLayer(**values))
        return cls(
            name=str(data["name"]),
            kind=WeightKind(data["kind"]),
            activations=str(data["activations"]),
            dataset=str(data["dataset"]),
            layers=tuple(layers),
        )

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that inference uses."""
        digest = hashlib.sha256(canonical_json([self.kind, self.activations, self.dataset]).encode("ascii"))
        for layer in self.layers:
            for values in (layer.weights, layer.scale, layer.shift):
                digest.update(str(values.shape).encode("ascii") + values.tobytes())
        return digest.hexdigest()


def _packed(values: NDArray[Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode("ascii")


def _unpacked(text: str, kind: str) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype=kind).copy()


def network_content(network: StoredNetwork) -> bytes:
    """What a safetensors file of a network holds.

    Parameters
    ----------
    network
        The network.

    Raises
    ------
    MissingExtraError
        safetensors is not installed.
    """
    from rramsim.nn.backend import save_tensors

    tensors = {
        f"{index}.{name}": np.ascontiguousarray(getattr(layer, name))
        for index, layer in enumerate(network.layers)
        for name in StoredLayer.__slots__
    }
    about = {"name": network.name, "kind": network.kind.value, "activations": network.activations}
    about |= {"dataset": network.dataset, "layers": str(len(network.layers))}
    about |= {"recipe": network.recipe, "sha256": network.hash}
    # One value of metadata: safetensors writes several in any order, and the same network must give the same bytes.
    return save_tensors(tensors, metadata={"network": canonical_json(about | {"format": _FORMAT})})


def save_network(path: Path, network: StoredNetwork) -> None:
    """Write a network as a safetensors file.

    Parameters
    ----------
    path
        The file; what was there before is replaced.
    network
        The network.

    Raises
    ------
    WriteError
        The file cannot be written.
    MissingExtraError
        safetensors is not installed.
    """
    write_atomic(path, network_content(network))


def load_network(path: Path) -> StoredNetwork:
    """Read a network back.

    Parameters
    ----------
    path
        A file that :func:`save_network` wrote.

    Raises
    ------
    MissingResourceError
        No such file.
    NetworkError
        The file is damaged, is not a network, or holds weights that its kind of cell cannot store.
    MissingExtraError
        safetensors is not installed.
    """
    from rramsim.nn.backend import SafetensorError, safe_open

    if not is_file(path):
        raise MissingResourceError(f"no network file {path}")
    try:
        with safe_open(str(path), framework="numpy") as file:
            about = _texts(json.loads((file.metadata() or {})["network"]))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        return _network(about, tensors)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from None
    except SafetensorError as error:
        raise NetworkError(f"{path} is damaged or is not a safetensors file: {error}") from None
    except (
        AttributeError,
        KeyError,
        ValueError,
        TypeError,
        OSError,
        RecursionError,
    ) as error:  # numpy lacks some types
        raise NetworkError(f"{path} is not a network of rramsim: {type(error).__name__}: {error}") from None


def _texts(about: Any) -> dict[str, str]:
    if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
        raise TypeError("what its metadata say of the network must be texts by name")
    return about


def _network(about: dict[str, str], tensors: dict[str, NDArray[np.generic]]) -> StoredNetwork:
    types = {"weights": np.int8, "scale": np.float32, "shift": np.float32}
    layers = []
    for index in range(int(about["layers"])):
        values = {}
        for name, dtype in types.items():
            tensor = tensors[f"{index}.{name}"]
            if tensor.dtype != dtype:
                raise NetworkError(f"layer {index}: {name} must be {np.dtype(dtype)}, is {tensor.dtype}")
            values[name] = tensor
        layers.append(StoredLayer(**values))  # type: ignore[arg-type]
    known = {f"{index}.{name}" for index in range(len(layers)) for name in types}
    if tensors.keys() - known:
        more = ", ".join(sorted(tensors.keys() - known))
        raise NetworkError(f"it says that it has {len(layers)} layers, but holds more: {more}")
    network = StoredNetwork(
        name=about["name"],
        kind=WeightKind(about["kind"]),
        activations=about["activations"],
        dataset=about["dataset"],
        layers=tuple(layers),
        recipe=about.get("recipe", ""),
    )
    if about.get("sha256", network.hash) != network.hash:
        raise NetworkError("it was changed since it was written: its checksum is wrong")
    return network
