"""Train a small network with quantized weights.

AdamW with a cosine schedule on the latent weights, as the public code of arXiv 2005.01973; no errors are injected here.
"""

from __future__ import annotations

from collections.abc import Callable

from rramsim.errors import NetworkError
from rramsim.nn.backend import one_thread, torch
from rramsim.nn.datasets import Dataset
from rramsim.nn.networks import Perceptron
from rramsim.nn.storage import StoredLayer, StoredNetwork
from rramsim.study import NetworkSection

_WEIGHT_DECAY = 1e-3


def train(
    section: NetworkSection,
    dataset: Dataset,
    *,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> StoredNetwork:
    """Train a network.

    Parameters
    ----------
    section
        What to train.
    dataset
        What on; its training split alone is used.
    seed
        Seed of initial weights and of the order of images. The global random state is neither used nor changed.
    progress
        Called with (done, total) epochs.

    Returns
    -------
    StoredNetwork
        The same for the same arguments.
    """
    generator = torch.Generator().manual_seed(seed)
    images, labels = torch.from_numpy(dataset.train.images), torch.from_numpy(dataset.train.labels)
    sizes = (images.shape[1], *section.hidden, dataset.classes)
    network = Perceptron(sizes, section.weights, section.activations, generator)
    optimiser = torch.optim.AdamW(network.parameters(), lr=section.learning_rate, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, section.epochs)
    network.train()
    with one_thread():
        for epoch in range(section.epochs):
            progress(epoch, section.epochs)
            order = torch.randperm(len(images), generator=generator)
            # Not from the last image on: batch normalisation cannot work on a batch of one.
            for start in range(0, len(images) - 1, section.batch_size):
                batch = order[start : start + section.batch_size]
                optimiser.zero_grad()
                loss = torch.nn.functional.cross_entropy(network(images[batch]), labels[batch])
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
            schedule.step()
        progress(section.epochs, section.epochs)
    return _stored(section, dataset.name, network)


def _stored(section: NetworkSection, dataset: str, network: Perceptron) -> StoredNetwork:
    layers = []
    for layer, norm in network.stages():
        # y = gamma (x - mean) / sqrt(var + eps) + beta, as scale * x + shift
        scale = (norm.weight / torch.sqrt(_buffer(norm.running_var) + norm.eps)).detach()
        shift = (norm.bias - _buffer(norm.running_mean) * scale).detach()
        layers.append(StoredLayer(weights=layer.stored().numpy(), scale=scale.numpy(), shift=shift.numpy()))
    return StoredNetwork(
        name=section.name,
        kind=section.weights,
        activations=section.activations,
        dataset=dataset,
        layers=tuple(layers),
    )


def _buffer(values: torch.Tensor | None) -> torch.Tensor:
    if values is None:
        raise NetworkError("the network was trained without running statistics")
    return values
