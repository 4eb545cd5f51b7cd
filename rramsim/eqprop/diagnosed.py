"""The diagnosis that a file asks for."""

from __future__ import annotations

from pathlib import Path

from rramsim.eqprop.diagnosis import Bias, diagnose
from rramsim.eqprop.parameters import draw_parameters, load_parameters
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.settings import EqpropFile
from rramsim.eqprop.trainers.images import unit_images
from rramsim.torch_backend import torch


def diagnose_file(file: EqpropFile, weights: Path | None = None, device: str = "cpu") -> list[Bias]:
    """Compare the estimators of [diagnosis] with backpropagation, on the first training images.

    Parameters
    ----------
    file
        What to compare, and of what.
    weights
        Parameters that a training wrote; None for those that it begins with.
    device
        As torch names it.

    Raises
    ------
    InputError
        The data set or the weights cannot be used, or a layer does not take what comes from the one before it.
    NetworkError
        The network diverges.
    """
    dataset, table = file.load_data(), file.diagnosis
    network = file.network.network(dataset)
    generator = torch.Generator().manual_seed(file.seed)
    if weights is None:
        parameters = draw_parameters(network, generator, scale=file.network.scale)
    else:
        parameters = load_parameters(weights, network)
    dtype: torch.dtype = getattr(torch, table.precision)
    images = unit_images(dataset, dataset.train, network, device)
    problem = Problem(
        network=network,
        parameters={name: value.to(device, dtype) for name, value in parameters.items()},
        inputs=images.inputs[: table.images].to(dtype),
        targets=images.labels[: table.images],
    )
    return diagnose(problem, file.phases.phases, table.estimators, table.betas, generator)
