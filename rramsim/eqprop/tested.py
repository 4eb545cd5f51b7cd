"""Test images put to weights that were trained, as they are or as an array stores them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rramsim.eqprop.parameters import load_parameters
from rramsim.eqprop.reads.reads import AbstractReads
from rramsim.eqprop.reads.right import Right
from rramsim.eqprop.settings import EqpropFile
from rramsim.eqprop.stored import StoredWeight, held_weight, is_weight, quantised
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.trainers.train import count_correct
from rramsim.errors import InputError, NetworkError
from rramsim.torch_backend import one_thread, torch
from rramsim.weights import WeightKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of a test.

    Parameters
    ----------
    dataset
        Its name.
    correct, images
        Test images that are right, and how many there are.
    stored
        Symbols of the weights; None for real ones.
    reads
        How they were read, by its name.
    """

    dataset: str
    correct: int
    images: int
    stored: WeightKind | None
    reads: str


def evaluate_file(file: EqpropFile, weights: Path, stored: WeightKind | None = None, device: str = "cpu") -> Tested:
    """Test weights with the network of a file; stored ones are read as its training reads them, on the same chip.

    Parameters
    ----------
    file
        The network, and how stored weights are read.
    weights
        Parameters that a training wrote.
    stored
        Quantise them so; None for weights as they are: those that the optimiser of the file stores, or real ones.
    device
        As torch names it.

    Raises
    ------
    InputError
        The data set or the weights cannot be used, or errors are none that such weights make.
    NetworkError
        The weights are real, and the optimiser of the file stores others; or the network diverges.
    """
    dataset = file.load_data()
    network = file.network.network(dataset)
    loaded = load_parameters(weights, network)
    parameters = {name: loaded[name] for name in network.parameter_shapes}  # cells go by their order
    table = file.training
    learnt = table.optimiser.stores if table else None
    if stored and learnt and stored is not learnt:
        raise InputError(f"--stored {stored}: the network of {file.name} learns {learnt} weights, which are stored so")
    kind = stored or learnt
    reads: AbstractReads = table.reads if table and kind else Right()
    symbols: dict[str, StoredWeight] = {}
    if kind is not None:
        if table:
            reads.check(kind, table.estimator)
        parameters = quantised(parameters, kind) if stored else parameters
        symbols = _held(parameters, kind, weights)
    moved = {name: value.to(device) for name, value in parameters.items()}
    memory = reads.begin(file.seed)

    def read(_: Mapping[str, torch.Tensor]) -> Mapping[str, torch.Tensor]:
        return reads.batch(moved, lambda: symbols, memory).parameters

    images = unit_images(dataset, dataset.test, network, device)
    with one_thread():
        dtype = file.recipe(dataset).states if table else None
        correct = count_correct(network, moved, images, file.phases.phases, read=read, dtype=dtype)
    return Tested(dataset=dataset.name, correct=correct, images=len(images), stored=kind, reads=reads.name)


def _held(parameters: Mapping[str, torch.Tensor], kind: WeightKind, path: Path) -> dict[str, StoredWeight]:
    found = {}
    for name, value in parameters.items():
        if is_weight(name):
            held = held_weight(value, kind)
            if held is None:
                raise NetworkError(
                    f"{path}: {name} is not {kind}, as the optimiser of the file stores weights; quantise them by "
                    f"--stored {kind}"
                )
            found[name] = held
    return found
