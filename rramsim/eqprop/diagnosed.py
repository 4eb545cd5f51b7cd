"""The diagnosis, and the tuning, that a file asks for."""

from __future__ import annotations

from pathlib import Path

from rramsim.eqprop.diagnosis import Bias, diagnose
from rramsim.eqprop.parameters import draw_parameters, load_parameters
from rramsim.eqprop.problem import Problem
from rramsim.eqprop.settings import DiagnosisTable, EqpropFile, TuningTable
from rramsim.eqprop.trainers.images import unit_images
from rramsim.eqprop.tuning import Tuning, tune
from rramsim.errors import InputError
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
    generator = torch.Generator().manual_seed(file.seed)
    problem = _problem(file, file.diagnosis, weights, device, generator)
    return diagnose(problem, file.phases.phases, file.diagnosis.estimators, file.diagnosis.betas, generator)


def tune_file(file: EqpropFile, weights: Path | None = None, device: str = "cpu") -> Tuning:
    """Find phases for the estimator of [training], on the first training images.

    Parameters
    ----------
    file, weights, device
        As for :func:`diagnose_file`.

    Raises
    ------
    InputError
        As for :func:`diagnose_file`; or the file has no [training], whose estimator is tuned.
    NetworkError
        The network does not come to rest, or diverges.
    """
    if file.training is None:
        raise InputError(f"{file.name}: the file has no [training], whose estimator would be tuned")
    table, generator = file.tuning, torch.Generator().manual_seed(file.seed)
    problem = _problem(file, table, weights, device, generator)
    return tune(
        problem, file.phases.phases, file.training.estimator, nudged_steps=table.nudged_steps, betas=table.betas,
        tolerance=table.tolerance, generator=generator,
    )  # fmt: skip


def _problem(
    file: EqpropFile, table: DiagnosisTable | TuningTable, weights: Path | None, device: str, generator: torch.Generator
) -> Problem:
    dataset = file.load_data()
    network = file.network.network(dataset)
    if weights is None:
        parameters = draw_parameters(network, generator, scale=file.network.scale)
        if file.training is not None:
            parameters = file.training.optimiser.initial(parameters)
    else:
        parameters = load_parameters(weights, network)
    dtype: torch.dtype = getattr(torch, table.precision)
    images = unit_images(dataset, dataset.train, network, device)
    return Problem(
        network=network,
        parameters={name: value.to(device, dtype) for name, value in parameters.items()},
        inputs=images.inputs[: table.images].to(dtype),
        targets=images.labels[: table.images],
    )
