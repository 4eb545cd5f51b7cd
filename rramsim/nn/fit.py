"""Whether a network from a file fits the study and its data set: one that does not would be wrong in silence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rramsim.nn.datasets import Dataset
from rramsim.nn.settings import NetworkSection
from rramsim.nn.storage import StoredNetwork

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
        if found != value:
            yield f"{key} is {found}, the study says {value}"
    sizes = [layer.weights.shape[0] for layer in network.layers]
    inputs, features = network.layers[0].weights.shape[1], dataset.test.images.shape[1]
    if inputs != features:
        yield f"layer 0 has {inputs} inputs, an image of {dataset.name} has {features} values"
    if sizes[-1] != dataset.classes:
        last = len(sizes) - 1
        yield f"layer {last}, the last one, has {sizes[-1]} outputs, {dataset.name} has {dataset.classes} classes"
    # A study that leaves the key out takes the layers as they are.
    if "hidden" in section.model_fields_set and tuple(sizes[:-1]) != section.hidden:
        yield f"its hidden layers have {sizes[:-1]} outputs, the study says {list(section.hidden)}"
    if inputs == features:
        yield from _overflows(network, dataset)


def _overflows(network: StoredNetwork, dataset: Dataset) -> Iterator[str]:
    """The layer whose sums may grow beyond single precision, whatever is misread: they would no longer be compared."""
    largest = float(np.abs(dataset.test.images).max())
    for index, layer in enumerate(network.layers):
        sums = layer.weights.shape[1] * largest
        scale, shift = (float(np.abs(values).max()) for values in (layer.scale, layer.shift))
        if sums * scale + shift > _LARGEST:
            yield f"layer {index}: scale up to {scale:g} and shift up to {shift:g} are more than single precision holds"
            return
        largest = sums * scale + shift if network.activations == "real" else 1.0
