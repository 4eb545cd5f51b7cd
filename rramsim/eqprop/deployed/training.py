"""Training of a network of equilibrium propagation as a task: it goes on after the last epoch that is over."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rramsim.data.catalog import load_dataset
from rramsim.eqprop.deployed.given import deployed
from rramsim.eqprop.deployed.network import FORMAT, KEY, DeployedNetwork, check_digest
from rramsim.eqprop.parameters import check_parameters
from rramsim.eqprop.trainers.progress import Epoch, epochs_table, load_progress
from rramsim.eqprop.trainers.recipe import Recipe
from rramsim.eqprop.trainers.train import train
from rramsim.errors import NetworkError, OutputError, WriteError
from rramsim.files import content_id, make_folders, write_atomic
from rramsim.nn.abstract_training import AbstractTraining
from rramsim.nn.checkpoint import FOLDER
from rramsim.nn.planned import planned_dataset
from rramsim.tables.eqprop import EPOCHS
from rramsim.torch_backend import SafetensorError, load_tensors_about, torch
from rramsim.version import __version__

if TYPE_CHECKING:
    from rramsim.eqprop.section import EqpropSection

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class EqpropTraining(AbstractTraining[DeployedNetwork]):
    """Training of one network. How the array stores it counts afterwards only: one training serves all kinds.

    Parameters
    ----------
    section
        What to train; its name, weights and cells are no part of the identity.
    data_hash
        Of the data set that it is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
    seed
        Of all that is drawn.
    """

    section: EqpropSection
    data_hash: str
    seed: int

    @cached_property
    def _asked(self) -> Recipe:
        return self.section.eqprop_file.recipe(load_dataset(self.section.dataset))

    @cached_property
    def id(self) -> str:
        """SHA-256 of the recipe and of the version of torch, which may round otherwise."""
        return content_id({"recipe": self.recipe, "torch": version("torch")})

    @cached_property
    def recipe(self) -> str:
        """SHA-256 of what is asked for: recipe, data, seed and version of rramsim."""
        asked = {"eqprop": self._asked.id, "epochs": self._asked.epochs, "data": self.data_hash}
        return content_id(asked | {"seed": self.seed, "rramsim": __version__})

    @property
    def about(self) -> Mapping[str, str]:
        """The network's name, its data set and where its gradients come from."""
        return {"training": self.section.name, "dataset": self.section.dataset, "estimator": self._asked.estimator.name}

    def run(self, needed: Sequence[DeployedNetwork], folder: Path | None) -> DeployedNetwork:
        """Train in this process.

        Parameters
        ----------
        needed
            Not used.
        folder
            Run folder, where the state of the training is kept after each epoch, in ``training``; beside it lies
            NAME.csv, with loss, accuracy and residual of the epochs that are over.

        Raises
        ------
        NetworkError
            This process has another data set than the task was planned with; or the network diverges.
        """
        dataset = planned_dataset(self.section.dataset, self.data_hash)
        state = None if folder is None or not folder.is_dir() else self._state(folder)
        history = [] if state is None else load_progress(state, self._asked, self.seed, data=self.data_hash).history

        def told(_number: int, epoch: Epoch) -> None:
            history.append(epoch)
            if state is not None:  # for whoever wants to know how it gets on
                write_atomic(state.parent / f"{self.section.name}.csv", EPOCHS.text(epochs_table(history)))

        progress = train(self._asked, dataset, seed=self.seed, state=state, told=told)
        return deployed(
            self.section, dataset, progress.parameters, recipe=self.recipe, estimator=self._asked.estimator.name,
            epochs=tuple(progress.history),
        )  # fmt: skip

    def _state(self, folder: Path) -> Path | None:
        """File of its state; one that cannot be gone on from is removed."""
        path = folder / FOLDER / f"{self.id}.safetensors"
        try:
            make_folders(path.parent)
            load_progress(path, self._asked, self.seed, data=self.data_hash)
        except NetworkError as error:
            logger.warning("%s: the training begins anew", error)
            path.unlink(missing_ok=True)
        except (OutputError, WriteError) as error:
            logger.warning("%s: the state of a training is not kept: %s", path, error)
            return None
        return path

    def to_json(self, result: DeployedNetwork) -> dict[str, Any]:
        """Plain values of the network.

        Parameters
        ----------
        result
            The trained network.
        """
        return {"network": base64.b64encode(result.content()).decode("ascii")}

    def from_json(self, data: Mapping[str, Any]) -> DeployedNetwork:
        """Read the network back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a network of this recipe.
        """
        try:
            return self.parse(base64.b64decode(data["network"], validate=True))
        except NetworkError as error:
            raise ValueError(str(error)) from None

    def parse(self, content: bytes) -> DeployedNetwork:
        """Read a network back; what it is, the section says.

        Raises
        ------
        NetworkError
            It is damaged, is no such network, or is of another one.
        """
        try:
            tensors, about = load_tensors_about(content, KEY)
            format_, whole = about["format"], about["format"] == FORMAT and check_digest(tensors, about)
            epochs = tuple(Epoch(**epoch) for epoch in about["epochs"])
            of, recipe, estimator = (str(about[key]) for key in ("network", "recipe", "estimator"))
        except SafetensorError as error:
            raise NetworkError(f"it is damaged or is not a safetensors file: {error}") from None
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            told = f"{type(error).__name__}: {error}"
            raise NetworkError(f"it is no network of equilibrium propagation that a run kept: {told}") from None
        if format_ != FORMAT:
            raise NetworkError(f"its format is {format_!r}, this version of rramsim reads {FORMAT!r}")
        if not whole:
            raise NetworkError("it was changed since it was written: its checksum is wrong")
        parameters = {name: torch.from_numpy(value) for name, value in tensors.items()}
        check_parameters(self._asked.network, parameters)
        if of != self._asked.network.id:
            raise NetworkError("it is of another network: activations, pooling, loss, dynamics or normalisation differ")
        dataset = load_dataset(self.section.dataset)
        return deployed(self.section, dataset, parameters, recipe=recipe, estimator=estimator, epochs=epochs)

    def named(self, network: DeployedNetwork) -> DeployedNetwork:
        """With the name and the data set of the section, stored as it says."""
        section = self.section
        return replace(network, name=section.name, dataset=section.dataset, kind=section.kind, recipe=self.recipe)
