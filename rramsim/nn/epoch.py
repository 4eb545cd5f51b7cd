"""One epoch of a training, on whatever device; what a training begins with, and what it has come to.

Images of channels lie with their channels last in memory, which convolutions take 1.1 to 1.5 times less time for than
channels first (2 cores, VGG of N = 16 and 64). bfloat16 halves their time where the processor knows it; sums of binary
values are rounded then, so that it is asked for by name.
"""

from __future__ import annotations

from contextlib import nullcontext

from rramsim.data.dataset import Dataset, Split
from rramsim.errors import NetworkError
from rramsim.nn.augmentation import AUGMENTATIONS
from rramsim.nn.checkpoint import Progress
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.learning import cosine, error_rates, learning_rate, misreader, weight_decay
from rramsim.nn.models.catalog import find_model
from rramsim.nn.models.model import choices
from rramsim.nn.settings import NetworkSection
from rramsim.nn.trainable import TrainableNetwork
from rramsim.torch_backend import torch
from rramsim.watchdog import sign_of_life

_BATCH = 256  # images of a pass that nothing is learnt from


def begin(
    section: NetworkSection, dataset: Dataset, rates: ReadErrorRates | None = None, *, seed: int, device: str
) -> Progress:
    """A training that has not begun.

    Parameters
    ----------
    section
        What to train.
    dataset
        What on.
    rates
        Errors while it learns; None for those of the section.
    seed
        Seed of all that is drawn.
    device
        As torch names it.

    Raises
    ------
    NetworkError
        The model takes no images of the data set, or no augmentation that is asked for.
    """
    generator = torch.Generator().manual_seed(seed)
    layers = find_model(section.model).layers(section.model_settings, dataset.shape, dataset.classes)
    only = section.quantized == "classifier"
    chosen = choices(layers, section.kind, section.activations, classifier_only=only)
    if section.augmentation and len(dataset.shape) != 3:
        raise NetworkError(f"augmentation is for images (channels, height, width), {dataset.name} has {dataset.shape}")
    network = TrainableNetwork(layers, chosen, dataset.shape, generator).to(device)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if rates is None and section.errors and section.kind is not None:
        rates = error_rates(section.kind, section.errors)
    if rates is not None:
        for synapses in network.synapses:
            synapses.misread = misreader(rates, generator)
    optimiser = torch.optim.AdamW(network.parameters(), lr=section.learning_rate)
    return Progress(network=network, optimiser=optimiser, generator=generator)


def train_epoch(section: NetworkSection, split: Split, progress: Progress, device: str) -> torch.Tensor:
    """Train on all images once; their mean loss.

    Parameters
    ----------
    section
        What to train.
    split
        What on.
    progress
        What the training has come to; changed.
    device
        Where ``progress`` is.
    """
    network, optimiser = progress.network, progress.optimiser
    images, labels = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    if cosine(section, progress.epoch)[0] == 0:
        optimiser.state.clear()  # each cosine begins with a new optimiser, as in the public code
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(section, progress.epoch)
        group["weight_decay"] = weight_decay(section, progress.epoch, len(images))
    network.train()
    order = torch.randperm(len(images), generator=progress.generator)
    rounded = (
        torch.autocast(torch.device(device).type, torch.bfloat16) if section.precision == "bf16" else nullcontext()
    )
    total = torch.zeros((), device=device)  # read out once an epoch: a device need not be waited for at each step
    # Not from the last image on: batch normalisation cannot work on a batch of one.
    for start in range(0, len(images) - 1, section.batch_size):
        sign_of_life()
        batch = order[start : start + section.batch_size]
        given = images[batch].to(device)
        for name in section.augmentation:
            given = AUGMENTATIONS[name](given, progress.generator)
        given = _laid(given)
        optimiser.zero_grad()
        with rounded:
            scores = network(given)
        loss = torch.nn.functional.cross_entropy(scores.float(), labels[batch].to(device))
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        total += loss.detach() * len(batch)
    return total / len(images)


def count_correct(split: Split, progress: Progress, device: str) -> torch.Tensor:
    """How many images are classified rightly by what has been learnt so far, without errors; nothing is drawn.

    Parameters
    ----------
    split
        Images that were not trained on.
    progress
        What the training has come to.
    device
        Where it is.
    """
    progress.network.eval()
    correct = torch.zeros((), dtype=torch.int64, device=device)
    images, labels = torch.from_numpy(split.images), torch.from_numpy(split.labels)
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            sign_of_life()
            part = slice(start, start + _BATCH)
            told = progress.network(_laid(images[part].to(device))).argmax(dim=1)
            correct += (told == labels[part].to(device)).sum()
    return correct


def _laid(images: torch.Tensor) -> torch.Tensor:
    """The same images as they are laid in memory for convolutions."""
    return images.contiguous(memory_format=torch.channels_last) if images.dim() == 4 else images
