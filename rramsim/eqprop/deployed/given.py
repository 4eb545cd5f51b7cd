"""Networks that a study gives as a file of weights, and what is known of one before it is trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset
from rramsim.eqprop.deployed.layers import link_layers
from rramsim.eqprop.deployed.network import DeployedNetwork, check_kept
from rramsim.eqprop.parameters import Parameters, load_parameters
from rramsim.eqprop.scale import Scale
from rramsim.eqprop.trainers.progress import Epoch
from rramsim.errors import InputError, NetworkError
from rramsim.nn.mapping.layers import WeightLayer

if TYPE_CHECKING:
    from rramsim.eqprop.section import EqpropSection


def given_network(section: EqpropSection, folder: Path) -> DeployedNetwork | None:
    """Read the weights that a section gives; None where it is to be trained, which it must be able to.

    Parameters
    ----------
    section
        What is said of it.
    folder
        Where relative paths start.

    Raises
    ------
    NetworkError, MissingResourceError
        The network does not fit its data set, or the file is damaged or of another network.
    """
    dataset = load_dataset(section.dataset)
    try:
        network = section.eqprop_file.network.network(dataset)
        if section.file is None:
            section.eqprop_file.recipe(dataset)
            return None
    except InputError as error:
        raise NetworkError(f"network {section.name!r}: {error}") from None
    path = folder / section.file
    made = deployed(section, dataset, load_parameters(path, network))
    check_kept(path, made)
    return made


def deployed(
    section: EqpropSection, dataset: Dataset, parameters: Parameters, *, recipe: str = "", estimator: str = "",
    epochs: tuple[Epoch, ...] = (),
) -> DeployedNetwork:  # fmt: skip
    """A network with what it has learnt, as a section wants it stored.

    Parameters
    ----------
    section
        What is said of it.
    dataset
        What it is for.
    parameters
        What it has learnt.
    recipe, estimator, epochs
        Of its training, where that is known.

    Raises
    ------
    NetworkError
        The network does not fit the data set.
    """
    file = section.eqprop_file
    phases = file.phases.phases
    return DeployedNetwork(
        name=section.name, dataset=section.dataset, input_shape=dataset.shape, recipe=recipe,
        network=file.network.network(dataset), free=phases.free, schedule=phases.schedule,
        learnt={name: value.detach().cpu().numpy().astype(np.float32) for name, value in parameters.items()},
        scale=Scale.of(dataset), kind=section.kind, estimator=estimator, epochs=epochs,
    )  # fmt: skip


def untrained_layers(section: EqpropSection) -> list[WeightLayer]:
    """Layers of weights as far as they are known before a training.

    Parameters
    ----------
    section
        The network.

    Raises
    ------
    InputError
        Its data set is missing, or does not fit it.
    """
    file = section.eqprop_file
    network = file.network.network(load_dataset(section.dataset))
    return link_layers(network, section.kind, steps=file.phases.free_steps)
