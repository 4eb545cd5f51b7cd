"""Whether a network from a file fits the study and its data set: one that does not would be wrong in silence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rramsim.data.dataset import Dataset
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import shapes
from rramsim.nn.network import INPUT, StoredNetwork
from rramsim.nn.ops.synapses import AbstractSynapses
from rramsim.nn.settings import NetworkSection

_LARGEST = float(np.finfo(np.float32).max)


def misfits(network: StoredNetwork, section: NetworkSection, dataset: Dataset) -> Iterator[str]:
    """What does not fit, in words, with what would.

    Parameters
    ----------
    network
        As its file gives it.
    section
        What the study says of it.
    dataset
        What it is to run on.
    """
    if network.kind != section.kind:
        yield f"kind is {network.kind or 'real'}, the study says {section.weights}"
    if network.activations not in (section.activations, "none", "mixed"):
        yield f"activations is {network.activations}, the study says {section.activations}"
    if network.data_name != section.asked["dataset"]:
        yield f"dataset is {network.data_name}, the study says {section.asked['dataset']}"
    if network.input_shape != dataset.shape:
        yield f"it takes values of shape {network.input_shape}, an image of {dataset.name} has {dataset.shape}"
    if network.classes != dataset.classes:
        yield f"it has {network.classes} outputs, {dataset.name} has {dataset.classes} classes"
    if network.input_shape == dataset.shape:
        # A study that leaves the keys out takes the layers as they are.
        if section.model_fields_set & {"model", "settings"}:
            yield from _other_layers(network, section, dataset)
        yield from _overflows(network, dataset)


def _other_layers(network: StoredNetwork, section: NetworkSection, dataset: Dataset) -> Iterator[str]:
    layers = find_model(section.model).layers(section.model_settings, dataset.shape, dataset.classes)
    given = zip(layers, shapes(layers, dataset.shape), strict=False)
    wanted = [count for layer, shape in given if (count := layer.weights(shape))]
    found = [node.op.weights.size for node in network.nodes if isinstance(node.op, AbstractSynapses)]
    if found != wanted:
        yield f"its layers have {found} weights, those of the study's model {section.model} {wanted}"


def _overflows(network: StoredNetwork, dataset: Dataset) -> Iterator[str]:
    """The node whose values may grow beyond single precision, whatever is misread: they would no longer be compared."""
    largest = {INPUT: float(np.abs(dataset.test.images).max())}
    for number, node in enumerate(network.nodes):
        largest[number] = node.op.largest(*(largest[other] for other in node.inputs))
        if not largest[number] <= _LARGEST:
            yield f"node {number} ({type(node.op).__name__}): its values may be more than single precision holds"
            return
