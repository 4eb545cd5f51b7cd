"""Parameters of a network by their names: drawn, checked, kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from rramsim.eqprop.feedback.feedback import BACKWARD, WEIGHT
from rramsim.eqprop.network import Network
from rramsim.errors import MissingResourceError, NetworkError
from rramsim.files import write_atomic
from rramsim.torch_backend import SafetensorError, load_tensors_about, save_tensors, torch

Parameters: TypeAlias = dict[str, torch.Tensor]
_KEY = "eqprop"


def draw_parameters(
    network: Network, generator: torch.Generator, *, scale: float = 1.0, dtype: torch.dtype = torch.float32
) -> Parameters:
    """Initial parameters: uniform between ±scale / √inputs of a unit, as torch initialises its layers.

    Parameters
    ----------
    network
        Whose.
    generator
        On the processor; it draws everything.
    scale
        Of weights and biases.
    dtype
        Of what is returned. Values are drawn as float32, the same for every one.

    Returns
    -------
    dict of Tensor
        By the names of :attr:`~rramsim.eqprop.network.Network.parameter_shapes`, on the processor.
    """
    drawn: Parameters = {}
    for link in network.links:
        bound = link.connection.bound(network.shapes[link.pre])
        for name, shape in network.shapes_of(link):
            drawn[name] = _uniform(shape, bound, generator)
        if link.separate:
            back = link.parameter(BACKWARD)
            drawn[back] = link.feedback.initial(drawn[link.parameter(WEIGHT)], drawn[back], generator)
    own = network.loss.shapes(network.shapes[-1])
    for name, shape in own.items():
        drawn[name] = _uniform(shape, next(iter(own.values()))[-1] ** -0.5, generator)
    return {name: (value * scale).to(dtype) for name, value in drawn.items()}


def _uniform(shape: tuple[int, ...], bound: float, generator: torch.Generator) -> torch.Tensor:
    return (torch.rand(shape, generator=generator) * 2 - 1) * bound


def check_parameters(network: Network, parameters: Mapping[str, torch.Tensor]) -> None:
    """Refuse parameters that are not those of a network.

    Parameters
    ----------
    network
        The network.
    parameters
        By name.

    Raises
    ------
    NetworkError
        A name is missing or too many, a shape is another one, or a value is not finite.
    """
    wanted = network.parameter_shapes
    if parameters.keys() != wanted.keys():
        missing, more = sorted(wanted.keys() - parameters.keys()), sorted(parameters.keys() - wanted.keys())
        raise NetworkError(f"these are parameters of another network: missing {missing}, unknown {more}")
    for name, shape in wanted.items():
        if tuple(parameters[name].shape) != shape:
            found = tuple(parameters[name].shape)
            raise NetworkError(f"these are parameters of another network: {name} has shape {found}, needs {shape}")
        if not bool(torch.isfinite(parameters[name]).all()):
            raise NetworkError(f"parameter {name} has values that are not finite")


def save_parameters(path: Path, network: Network, parameters: Mapping[str, torch.Tensor]) -> None:
    """Write parameters to a safetensors file that knows which network they are of.

    Parameters
    ----------
    path
        Of the file.
    network
        The network.
    parameters
        Its parameters.

    Raises
    ------
    NetworkError
        They are not those of the network.
    WriteError
        The file cannot be written.
    """
    check_parameters(network, parameters)
    arrays = {name: np.ascontiguousarray(_storable(value).numpy()) for name, value in parameters.items()}
    write_atomic(path, save_tensors(arrays, metadata={_KEY: f'"{network.id}"'}))


def _storable(value: torch.Tensor) -> torch.Tensor:
    kept = value.detach().cpu()
    return kept.float() if kept.dtype == torch.bfloat16 else kept  # numpy has no bfloat16; float32 holds its values


def load_parameters(path: Path, network: Network) -> Parameters:
    """Read parameters back, on the processor; those that were bfloat16 are float32.

    Parameters
    ----------
    path
        Of the file.
    network
        Whose they must be.

    Raises
    ------
    MissingResourceError
        There is no such file.
    NetworkError
        The file is damaged, or of another network.
    """
    try:
        arrays, found = load_tensors_about(path.read_bytes(), _KEY)
    except OSError as error:
        raise MissingResourceError(f"{path} cannot be read: {error}") from None
    except (SafetensorError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise NetworkError(f"{path} holds no parameters of equilibrium propagation, or is damaged: {error}") from None
    parameters = {name: torch.from_numpy(value) for name, value in arrays.items()}
    try:
        check_parameters(network, parameters)
    except NetworkError as error:
        raise NetworkError(f"{path}: {error}") from None
    of = found.get("network") if isinstance(found, dict) else found  # a deployed network says more of itself
    if of != network.id:
        raise NetworkError(
            f"{path} is of another network: its parameters have the right shapes, but activations, pooling, loss, "
            "dynamics or normalisation differ"
        )
    return parameters
