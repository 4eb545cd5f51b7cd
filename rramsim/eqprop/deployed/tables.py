"""What the trainings of a study and the deployment of its networks came to, as tables."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from rramsim.corners import CORNER_COLUMNS
from rramsim.data.catalog import load_dataset
from rramsim.eqprop.deployed.network import DeployedNetwork
from rramsim.eqprop.deployed.settling import AT_REST, Rest, SettlingTask
from rramsim.nn.accuracy_task import AccuracyResult, AccuracyTask
from rramsim.nn.cases import Case, Errors, find_cases
from rramsim.nn.faults.independent import Faultless
from rramsim.nn.injection_settings import InjectionSection
from rramsim.tables.accuracy import NO_ERRORS, REAL
from rramsim.tables.deployed import CORNER, DEPLOYED, LEARNING, LEARNT, STORED

logger = logging.getLogger(__name__)


def learning_table(networks: Iterable[DeployedNetwork]) -> pd.DataFrame:
    """The table ``learning.csv``: a row for each epoch of each training that is known.

    Parameters
    ----------
    networks
        The networks.
    """
    return LEARNING.frame(
        {"network": network.name, "estimator": network.estimator, "epoch": number, **asdict(epoch)}
        for network in networks
        for number, epoch in enumerate(network.epochs, 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A row of ``deployed.csv``: what is measured, and of which network.

    Parameters
    ----------
    stage
        As the table spells it.
    network
        With the weights that it has then.
    case
        Its accuracy.
    """

    stage: str
    network: DeployedNetwork
    case: Case

    @property
    def settling(self) -> SettlingTask:
        """Its free phases."""
        task = self.case.task
        return SettlingTask(network=self.network, data_hash=task.data_hash, faults=task.faults, seed=task.seed)


def deployment_steps(
    networks: Sequence[DeployedNetwork], errors: Errors, injection: InjectionSection, *,
    cells: Mapping[str, Sequence[str]], seed: int,
) -> list[Step]:  # fmt: skip
    """What is measured: each network as it was learnt, as it is stored, and at each corner.

    Parameters
    ----------
    networks
        The networks.
    errors, injection, cells, seed
        As for :func:`rramsim.nn.injection.inject_networks`, which has the same accuracies but for the first.

    Raises
    ------
    InputError
        A fault model lacks something.
    """
    return [step for one in networks for step in _steps(one, errors, injection, cells[one.name], seed)]


def deployed_table(steps: Sequence[Step], accuracies: Sequence[AccuracyResult], rests: Sequence[Rest]) -> pd.DataFrame:
    """The table ``deployed.csv``; a network that does not come to rest is told.

    Parameters
    ----------
    steps
        Of :func:`deployment_steps`.
    accuracies, rests
        What came of each.
    """
    for step, rest in zip(steps, rests, strict=True):
        _tell(step, rest)
    return DEPLOYED.frame(_row(*one) for one in zip(steps, accuracies, rests, strict=True))


def _steps(
    network: DeployedNetwork, errors: Errors, injection: InjectionSection, cells: Sequence[str], seed: int
) -> Iterator[Step]:
    learnt = network.real
    task = AccuracyTask(
        network=learnt, data_hash=load_dataset(network.dataset).hash, faults=Faultless(), repeats=1, seed=seed
    )
    yield Step(stage=LEARNT, network=learnt, case=Case(task=task, error_type=NO_ERRORS, rate=0.0))
    if network.kind is None:
        return
    for case in find_cases(network, errors, injection, cells=cells, seed=seed):
        if case.corner is not None:
            yield Step(stage=CORNER, network=network, case=case)
        elif case.error_type == NO_ERRORS:
            yield Step(stage=STORED, network=network, case=case)


def _tell(step: Step, rest: Rest) -> None:
    if rest.restless == 0:
        return
    corner = step.case.corner
    where = {LEARNT: "with the weights that it learnt", STORED: "with stored weights"}.get(step.stage)
    if corner is not None:
        where = f"under the errors of {step.case.cell} at {corner.id} ({step.case.mode})"
    logger.warning(
        "network %r does not come to rest %s: after the free phase units still move by up to %.2g a step, by more than "
        "%g in %.0f %% of the batches; its answers depend on the step at which they are read",
        step.network.name, where, max(rest.residuals), AT_REST, 100 * rest.restless,
    )  # fmt: skip


def _row(step: Step, result: AccuracyResult, rest: Rest) -> dict[str, Any]:
    network, case, found = step.network, step.case, result.found
    set_low, set_high = found.set_interval
    nowhere = dict(zip(CORNER_COLUMNS, ("", math.nan, math.nan), strict=True))
    return {
        "network": network.name, "dataset": network.data_name, "estimator": network.estimator,
        "stage": step.stage, "weights": REAL if network.kind is None else network.kind.value, "mode": case.mode,
        "cell": case.cell, **(case.corner.labels if case.corner else nowhere), "rate": case.rate,
        "repeats": found.chips, "accuracy": found.mean, "ci_low": result.ci_low, "ci_high": result.ci_high,
        "images": found.images, "chip_std": found.chip_std, "set_low": set_low, "set_high": set_high,
        "residual": max(rest.residuals), "restless": rest.restless, "task_id": case.task.id,
    }  # fmt: skip
