"""Networks that a study gives: as a file, or as a function that makes a module of torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from rramsim.circuits.source import find_function
from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset
from rramsim.errors import InputError, NetworkError
from rramsim.nn.fit import misfits
from rramsim.nn.imports.catalog import read_network
from rramsim.nn.imports.wanted import Wanted
from rramsim.nn.network import StoredNetwork
from rramsim.nn.settings import NetworkSection
from rramsim.weights import WeightKind


def given_network(section: NetworkSection, *, folder: Path) -> StoredNetwork | None:
    """Read the network that a section gives; None where it gives none.

    Parameters
    ----------
    section
        What is said of it.
    folder
        Where relative paths start.

    Raises
    ------
    NetworkError, MissingResourceError
        It cannot be used, or is not what its section says.
    """
    if section.file is None and section.module is None:
        return None
    dataset = load_dataset(section.dataset)
    if section.file is not None:
        source = str(folder / section.file)
        network = read_network(folder / section.file, _wanted(section, dataset))
    else:
        source = str(section.module)
        network = _of_module(source, section, dataset, folder)
    wrong = list(misfits(network, section, dataset))
    if wrong:
        raise NetworkError(f"{source}: {'; '.join(wrong)}")
    return replace(network, name=section.name, dataset=section.dataset)


def _wanted(section: NetworkSection, dataset: Dataset) -> Wanted:
    # Where the study does not say which weights, those of the network are found, and held against the default.
    weights: WeightKind | Literal["real"] | None = None
    if "weights" in section.model_fields_set:
        weights = section.kind or "real"
    return Wanted(
        name=section.name, dataset=section.dataset, input_shape=dataset.shape,
        weights=weights, quantized=section.quantized, real_layers=section.real_layers,
    )  # fmt: skip


def _of_module(source: str, section: NetworkSection, dataset: Dataset, folder: Path) -> StoredNetwork:
    from rramsim.nn.imports.torch.module import stored_module

    try:
        build: Callable[..., Any] = find_function(source, relative_to=folder)
    except InputError as error:
        raise NetworkError(f"network {section.name!r}, module: {error}") from error
    try:
        module = build(dataset.shape, dataset.classes)
    except (Exception, SystemExit) as error:  # whatever its code does
        raise NetworkError(
            f"{source} fails, called with {dataset.shape} and {dataset.classes}, the shape of an image and the number "
            f"of classes: {type(error).__name__}: {error}"
        ) from error
    try:
        return stored_module(module, _wanted(section, dataset))
    except NetworkError as error:
        raise NetworkError(f"{source}: {error}") from None
