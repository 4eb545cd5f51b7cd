"""A training that can be killed at any moment: its state after each epoch, in a safetensors file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rramsim.eqprop.parameters import Parameters, check_parameters, draw_parameters
from rramsim.eqprop.trainers.optimiser import Tensors
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.errors import NetworkError
from rramsim.files import canonical_json, write_atomic
from rramsim.intervals import IntervalMethod, binomial_interval
from rramsim.tables.eqprop import CHANGES, EPOCHS, TEST
from rramsim.torch_backend import SafetensorError, load_tensors_about, save_tensors, torch
from rramsim.weights import WeightKind

if TYPE_CHECKING:
    import pandas as pd

_KEY = "eqprop_training"


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What came of one epoch.

    Parameters
    ----------
    loss
        Mean over the training images, of the free state that each batch was met with.
    train_correct, train_images
        Of those, how many were right, and how many there are.
    correct, images
        Validation images that were right after the epoch, and how many there are.
    free_residual
        How far a unit went in the last step of a free phase, at most: none of the epoch was further from rest.
    changes
        Symbols of stored weights that changed, as often as they did, by the names of the parameters.
    """

    loss: float
    train_correct: int
    train_images: int
    correct: int
    images: int
    free_residual: float
    changes: dict[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class Progress:
    """What a training has come to.

    Parameters
    ----------
    parameters, memory
        Of the network and of the optimiser; they change as it goes on.
    generator
        Draws everything, on the processor.
    history
        Of the epochs that are over.
    """

    parameters: Parameters
    memory: Tensors
    generator: torch.Generator
    history: list[Epoch] = field(default_factory=list)


def epochs_table(history: Sequence[Epoch]) -> pd.DataFrame:
    """The table ``epochs.csv``: a row for each epoch.

    Parameters
    ----------
    history
        Of the epochs that are over.
    """
    return EPOCHS.frame({"epoch": number} | asdict(epoch) for number, epoch in enumerate(history, 1))


def changes_table(history: Sequence[Epoch], parameters: Parameters) -> pd.DataFrame:
    """The table ``changes.csv``: how many symbols changed in each epoch; no rows of real weights.

    Parameters
    ----------
    history
        Of the epochs that are over.
    parameters
        Of the network.
    """
    return CHANGES.frame(
        {"epoch": number, "parameter": name, "weights": parameters[name].numel(), "changes": epoch.changes[name]}
        for number, epoch in enumerate(history, 1)
        for name in parameters
        if name in epoch.changes
    )


def tested_table(
    dataset: str, epochs: int | None, correct: int, images: int, *, stored: WeightKind | None, reads: str
) -> pd.DataFrame:
    """The table ``test.csv``, of one row.

    Parameters
    ----------
    dataset
        Its name.
    epochs
        That were trained; None where that is not known.
    correct, images
        Test images that are right, and how many there are.
    stored
        Symbols of the weights; None for real ones.
    reads
        How they are read, by its name.
    """
    low, high = binomial_interval(correct, images, IntervalMethod.WILSON)
    counted = {"dataset": dataset, "epochs": epochs, "correct": correct, "images": images}
    read = {"stored": "real" if stored is None else stored.value, "reads": reads}
    return TEST.frame([counted | {"accuracy": correct / images, "set_low": low, "set_high": high} | read])


def begin(recipe: Recipe, seed: int, device: str = "cpu") -> Progress:
    """A training before its first epoch.

    Parameters
    ----------
    recipe
        The training.
    seed
        Of all that is drawn.
    device
        Where parameters are, as torch names it.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = draw_parameters(recipe.network, generator, scale=recipe.scale, dtype=recipe.kept)
    parameters = {name: value.to(device) for name, value in drawn.items()}
    memory = recipe.optimiser.begin(parameters) | recipe.reads.begin(seed)
    return Progress(parameters=recipe.optimiser.initial(parameters), memory=memory, generator=generator)


def save_progress(path: Path, recipe: Recipe, seed: int, progress: Progress, *, data: str) -> None:
    """Keep the state of a training.

    Parameters
    ----------
    path
        File that holds it.
    recipe, seed
        The training.
    progress
        What it has come to.
    data
        Hash of the data set, see :attr:`rramsim.data.dataset.Dataset.hash`.

    Raises
    ------
    WriteError
        The file cannot be written.
    """
    tensors = {f"parameters.{name}": value for name, value in progress.parameters.items()}
    tensors |= {f"memory.{name}": value for name, value in progress.memory.items()}
    tensors["generator"] = progress.generator.get_state()
    arrays = {name: np.ascontiguousarray(value.detach().cpu().numpy()) for name, value in tensors.items()}
    about = {"recipe": recipe.id, "seed": seed, "data": data, "history": [asdict(epoch) for epoch in progress.history]}
    write_atomic(path, save_tensors(arrays, metadata={_KEY: canonical_json(about)}))


def load_progress(path: Path, recipe: Recipe, seed: int, device: str = "cpu", *, data: str) -> Progress:
    """Go on from the state that was kept; from the beginning if there is none.

    Parameters
    ----------
    path
        File that holds it.
    recipe, seed
        The training.
    device
        Where parameters are, as torch names it.
    data
        Hash of the data set.

    Raises
    ------
    NetworkError
        The file is damaged, or of another training, or of one that has gone on for longer.
    """
    progress = begin(recipe, seed, device)
    if not path.exists():
        return progress
    try:
        arrays, about = load_tensors_about(path.read_bytes(), _KEY)
        history = [Epoch(**epoch) for epoch in about["history"]]
        state = torch.from_numpy(arrays["generator"])
        same = about["recipe"] == recipe.id and about["seed"] == seed and about["data"] == data
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, RecursionError) as error:
        told = f"{path} holds no state of a training, or is damaged: {error}"
        raise NetworkError(f"{told}; remove it to begin anew") from None
    if not same:
        others = "other settings, another seed or another data set"
        raise NetworkError(f"{path} is of another training: {others}; remove it, or restore them")
    if len(history) > recipe.epochs:
        told = f"{path} has gone on for {len(history)} epochs, and {recipe.epochs} are asked for"
        raise NetworkError(f"{told}: remove it, or ask for as many")
    kept = {
        part: {
            name.removeprefix(f"{part}."): torch.from_numpy(value).to(device)
            for name, value in arrays.items()
            if name.startswith(f"{part}.")
        }
        for part in ("parameters", "memory")
    }
    check_parameters(recipe.network, kept["parameters"])
    parameters = {name: kept["parameters"][name] for name in recipe.network.parameter_shapes}  # in their order
    progress.generator.set_state(state)
    return Progress(parameters=parameters, memory=kept["memory"], generator=progress.generator, history=history)
