"""Whether a network from a file fits the study and its data set: one that does not would be wrong in silence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rramsim.nn.datasets import Dataset
from rramsim.nn.network import INPUT, StoredNetwork
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
    wanted = {"kind": section.weights, "activations": section.activations, "dataset": section.dataset}
    for key, value in wanted.items():
        found = getattr(network, key)
        if found != value and not (key == "activations" and found == "none"):
            yield f"{key} is {found}, the study says {value}"
    if network.input_shape != dataset.shape:
        yield f"it takes values of shape {network.input_shape}, an image of {dataset.name} has {dataset.shape}"
    if network.classes != dataset.classes:
        yield f"it has {network.classes} outputs, {dataset.name} has {dataset.classes} classes"
    sizes = [synapses.outputs for synapses in network.synapses]
    # A study that leaves the key out takes the layers as they are.
    if "hidden" in section.model_fields_set and tuple(sizes[:-1]) != section.hidden:
        yield f"its hidden layers have {sizes[:-1]} outputs, the study says {list(section.hidden)}"
    if network.input_shape == dataset.shape:
        yield from _overflows(network, dataset)


def _overflows(network: StoredNetwork, dataset: Dataset) -> Iterator[str]:
    """The node whose values may grow beyond single precision, whatever is misread: they would no longer be compared."""
    largest = {INPUT: float(np.abs(dataset.test.images).max())}
    for number, node in enumerate(network.nodes):
        largest[number] = node.op.largest(*(largest[other] for other in node.inputs))
        if not largest[number] <= _LARGEST:
            yield f"node {number} ({type(node.op).__name__}): its values may be more than single precision holds"
            return
