"""Networks in files: a safetensors file has no code in it, and a damaged one is told.

Binary weights take one bit each, ternary ones two: whether it is stored, and its sign.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import MissingResourceError, NetworkError
from rramsim.files import canonical_json, is_file, write_atomic
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.history import Epoch
from rramsim.nn.network import Node, StoredNetwork
from rramsim.nn.ops.catalog import OPS
from rramsim.nn.ops.op import AbstractOp
from rramsim.nn.ops.synapses import AbstractSynapses, Weights
from rramsim.weights import WeightKind

N = TypeVar("N", bound=AbstractNetwork)

_FORMAT = "rramsim network 2"


def network_bytes(network: StoredNetwork) -> bytes:
    """A network as the content of a safetensors file: the same bytes for the same network.

    Parameters
    ----------
    network
        The network.

    Raises
    ------
    MissingExtraError
        safetensors is not installed.
    """
    from rramsim.torch_backend import save_tensors

    tensors: dict[str, NDArray[Any]] = {}
    nodes = []
    for number, node in enumerate(network.nodes):
        about: dict[str, Any] = {"op": type(node.op).__name__, "inputs": list(node.inputs)}
        nodes.append(about | {"settings": node.op.settings})
        for name, values in node.op.arrays.items():
            tensors[f"{number}.{name}"] = np.ascontiguousarray(values)
        if isinstance(node.op, AbstractSynapses) and node.op.kind is not None:
            tensors[f"{number}.weights"] = _planes(node.op.weights, node.op.kind)
            nodes[-1]["shape"] = list(node.op.weights.shape)
    about = {"format": _FORMAT, "name": network.name, "dataset": network.data_name, "recipe": network.recipe}
    about |= {"input_shape": list(network.input_shape), "nodes": nodes, "sha256": network.hash}
    about |= {"history": [asdict(epoch) for epoch in network.history]} if network.history else {}
    # One value of metadata: safetensors writes several in any order.
    return save_tensors(tensors, metadata={"network": canonical_json(about)})


def parse_network(content: bytes) -> StoredNetwork:
    """Read a network back.

    Parameters
    ----------
    content
        What :func:`network_bytes` gave.

    Raises
    ------
    NetworkError
        It is damaged, is no network, or holds weights that its kind of cell cannot store.
    MissingExtraError
        safetensors is not installed.
    """
    from rramsim.torch_backend import SafetensorError, load_tensors_about

    try:
        tensors, about = load_tensors_about(content, "network")
        found = about["format"]
        if found != _FORMAT:
            raise NetworkError(f"its format is {found!r}, this version of rramsim reads {_FORMAT!r}: train it again")
        return _network(about, tensors)
    except SafetensorError as error:
        raise NetworkError(f"it is damaged or is not a safetensors file: {error}") from None
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise NetworkError(f"it is not a network of rramsim: {type(error).__name__}: {error}") from None


def save_network(path: Path | str, network: StoredNetwork) -> None:
    """Write a network as a safetensors file.

    Parameters
    ----------
    path
        The file; what was there before is replaced, unless it is the same.
    network
        The network.

    Raises
    ------
    WriteError
        The file cannot be written.
    MissingExtraError
        safetensors is not installed.
    """
    write_atomic(Path(path), network_bytes(network))


def read_network(path: Path, parse: Callable[[bytes], N]) -> N:
    """Read a network of any sort from a file.

    Parameters
    ----------
    path
        The file.
    parse
        Reads its content, as :func:`parse_network` does.

    Raises
    ------
    MissingResourceError
        No such file.
    NetworkError
        The file cannot be read, is damaged or is no such network.
    """
    if not is_file(path):
        raise MissingResourceError(f"no network file {path}")
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise NetworkError(f"{path} cannot be read: {error.strerror or error}") from None
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from None


def load_network(path: Path) -> StoredNetwork:
    """Read a network from a file.

    Parameters
    ----------
    path
        A file that :func:`save_network` wrote.

    Raises
    ------
    MissingResourceError
        No such file.
    NetworkError
        The file cannot be read, is damaged, is not a network, or holds weights that its kind of cell cannot store.
    MissingExtraError
        safetensors is not installed.
    """
    return read_network(path, parse_network)


def _network(about: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> StoredNetwork:
    left = dict(tensors)
    nodes = []
    for number, node in enumerate(about["nodes"]):
        found = {name.partition(".")[2]: name for name in tensors if name.partition(".")[0] == str(number)}
        arrays = {name: left.pop(whole) for name, whole in found.items()}
        try:
            op = _op(node, arrays)
        except NetworkError as error:
            raise NetworkError(f"node {number} ({node['op']}): {error}") from None
        nodes.append(Node(op=op, inputs=tuple(int(other) for other in node["inputs"])))
    if left:
        raise NetworkError(f"it says that it has {len(nodes)} nodes, but holds more: {', '.join(sorted(left))}")
    texts = {name: about[name] for name in ("name", "dataset", "recipe")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError(f"{', '.join(texts)} must be texts")
    shape = tuple(int(size) for size in about["input_shape"])
    history = tuple(Epoch(**epoch) for epoch in about.get("history", ()))
    network = StoredNetwork(**texts, input_shape=shape, nodes=tuple(nodes), history=history)
    if about["sha256"] != network.hash:
        raise NetworkError("it was changed since it was written: its checksum is wrong")
    return network


def _op(node: Mapping[str, Any], arrays: dict[str, NDArray[Any]]) -> AbstractOp:
    if node["op"] not in OPS:
        raise NetworkError(f"unknown operation; known are {', '.join(OPS)}")
    settings: dict[str, Any] = dict(node["settings"])
    for name, value in settings.items():
        settings[name] = tuple(value) if isinstance(value, list) else value
    if settings.get("kind") is not None:
        settings["kind"] = WeightKind(settings["kind"])
        shape = [int(size) for size in node["shape"]]
        arrays["weights"] = _unpacked(arrays["weights"], settings["kind"], shape)
    return OPS[node["op"]](**settings, **arrays)


def _planes(weights: Weights, kind: WeightKind) -> NDArray[np.uint8]:
    """Bits of weights, (planes, bytes)."""
    planes = [weights > 0] if kind is WeightKind.BINARY else [weights != 0, weights > 0]
    return np.stack([np.packbits(plane, axis=None, bitorder="little") for plane in planes])


def _unpacked(planes: NDArray[Any], kind: WeightKind, shape: list[int]) -> Weights:
    count = int(np.prod(shape, dtype=np.int64))
    wanted = (1 if kind is WeightKind.BINARY else 2, -(-count // 8))
    if planes.dtype != np.uint8 or planes.shape != wanted or min(shape, default=0) < 1:
        raise NetworkError(f"weights of shape {shape} need {wanted[0]} planes of {wanted[1]} bytes, has {planes.shape}")
    bits = [np.unpackbits(plane, count=count, bitorder="little").astype(np.int8) for plane in planes]
    weights = 2 * bits[0] - 1 if kind is WeightKind.BINARY else bits[0] * (2 * bits[1] - 1)
    return weights.reshape(shape).astype(np.int8)
