"""Layers of weights of the networks of a study, trained or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rramsim.data.catalog import load_dataset
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.asked import AskedNetwork
from rramsim.nn.mapping.layers import WeightLayer, model_layers
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.ops.op import Shape
from rramsim.nn.settings import NetworkSection


def network_layers(
    sections: Sequence[AskedNetwork], networks: Mapping[str, AbstractNetwork]
) -> dict[str, Sequence[WeightLayer]]:
    """Layers of weights, by the name of the network; those of a network that is not there, as far as they are known.

    Parameters
    ----------
    sections
        The networks as a study names them.
    networks
        Those that are trained, by name.

    Raises
    ------
    NetworkError
        A model takes no images of the shape.
    InputError
        A data set is missing, of which the shape is needed.
    """
    return {
        section.name: networks[section.name].weight_layers() if section.name in networks else section.untrained_layers()
        for section in sections
    }


def shape_layers(section: NetworkSection, inputs: Shape, classes: int) -> list[WeightLayer]:
    """Layers of weights of a network's model.

    Parameters
    ----------
    section
        The network.
    inputs
        Shape of one image.
    classes
        How many scores it ends in.

    Raises
    ------
    NetworkError
        It takes no images of that shape.
    """
    layers = find_model(section.model).layers(section.model_settings, inputs, classes)
    only = section.quantized == "classifier"
    return model_layers(layers, inputs, choices(layers, section.kind, section.activations, classifier_only=only))


def untrained_layers(section: NetworkSection) -> list[WeightLayer]:
    """Layers of weights of a network's model, for images of its data set or of the shape that it says.

    Parameters
    ----------
    section
        The network.

    Raises
    ------
    NetworkError
        The model takes no such images.
    InputError
        The data set is missing.
    """
    if section.input_shape is not None and section.classes is not None:
        return shape_layers(section, section.input_shape, section.classes)
    dataset = load_dataset(section.dataset)
    return shape_layers(section, dataset.shape, dataset.classes)
