"""Networks of equilibrium propagation in the stages of a study: how they learnt, and what arrays make of them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import TYPE_CHECKING, cast

from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Runs
from rramsim.runs.stamps import Origin, write_stamped
from rramsim.study import Study
from rramsim.sweep_stage import Stage
from rramsim.tables.deployed import DEPLOYED, LEARNING

if TYPE_CHECKING:
    from rramsim.eqprop.deployed.network import DeployedNetwork
    from rramsim.eqprop.deployed.settling import Rest
    from rramsim.nn.abstract_network import AbstractNetwork
    from rramsim.nn.accuracy_task import AccuracyResult
    from rramsim.nn.cases import Errors


def keep_learning(study: Study, folder: RunFolder, networks: Mapping[str, AbstractNetwork], origin: Origin) -> None:
    """Write ``learning.csv``: loss, accuracies and residuals of each epoch; nothing for a study without such networks.

    Parameters
    ----------
    study
        The study.
    folder
        Its run folder, into which nobody else writes.
    networks
        Those that are trained, by name.
    origin
        Digests of what the table came from.

    Raises
    ------
    WriteError
        The folder cannot be written.
    """
    if study.eqprop:
        from rramsim.eqprop.deployed.tables import learning_table

        table = learning_table(_settling(study, networks))
        write_stamped(folder.path, {LEARNING.file: LEARNING.text(table)}, origin)


class Deployment:
    """Networks of equilibrium propagation as they were learnt, as arrays store them, and under errors.

    Parameters
    ----------
    study
        The study.
    networks
        Those that are trained, by name.
    errors
        Tables that errors come from.
    """

    def __init__(self, study: Study, networks: Mapping[str, AbstractNetwork], errors: Errors) -> None:
        from rramsim.eqprop.deployed.tables import deployment_steps

        self._steps = deployment_steps(
            _settling(study, networks), errors, study.injection, cells=study.network_cells, seed=study.study.seed
        )
        self._accuracies: list[AccuracyResult] = []

    def measure(self, runs: Runs[AccuracyResult]) -> None:
        """Measure accuracies; those that other tables have are found.

        Parameters
        ----------
        runs
            Runs the tasks.

        Raises
        ------
        RramsimError
            A task failed.
        """
        self._accuracies = runs.results(step.case.task for step in self._steps)

    def write(self, folder: RunFolder, executor: Executor, origin: Origin, *, fresh: bool, stage: Stage) -> None:
        """See how far from rest free phases end, and write ``deployed.csv``.

        Parameters
        ----------
        folder
            Run folder, into which nobody else writes.
        executor
            Runs the tasks.
        origin
            Digests of what the table came from.
        fresh
            Whether to run again what the run folder holds.
        stage
            Told how it gets on.

        Raises
        ------
        RramsimError
            A network diverges.
        WriteError
            The folder cannot be written.
        """
        from rramsim.eqprop.deployed.tables import deployed_table

        if not self._steps:
            return
        with stage("settle", "free phases") as progress:
            runs: Runs[Rest] = Runs(executor, folder, progress=progress, fresh=fresh)
            rests = runs.results(step.settling for step in self._steps)
        table = deployed_table(self._steps, self._accuracies, rests)
        write_stamped(folder.path, {DEPLOYED.file: DEPLOYED.text(table)}, origin)


def _settling(study: Study, networks: Mapping[str, AbstractNetwork]) -> list[DeployedNetwork]:
    return [cast("DeployedNetwork", networks[section.name]) for section in study.eqprop]
