"""A training that can be killed at any moment: its state after each epoch, in a safetensors file."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.errors import OutputError, WriteError
from rramsim.files import canonical_json, write_atomic
from rramsim.nn.history import Epoch
from rramsim.torch_backend import SafetensorError, load_tensors_about, save_tensors, torch

logger = logging.getLogger(__name__)

FOLDER = "training"  # of a run folder


@dataclass(kw_only=True)
class Progress:
    """What a training has come to.

    Parameters
    ----------
    network, optimiser
        They change as it goes on.
    generator
        Draws everything.
    history
        Of the epochs that are over.
    """

    network: torch.nn.Module
    optimiser: torch.optim.Optimizer
    generator: torch.Generator
    history: list[Epoch] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """How many are over."""
        return len(self.history)

    @property
    def finite(self) -> bool:
        """Whether all that was learnt is finite."""
        return all(bool(torch.isfinite(value).all()) for value in self.network.state_dict().values())


class Checkpoint:
    """File of the state of one training.

    Parameters
    ----------
    folder
        Run folder; None to keep nothing.
    task
        Id of the training.
    """

    def __init__(self, folder: Path | None, task: str) -> None:
        self._path = folder / FOLDER / f"{task}.safetensors" if folder is not None and folder.is_dir() else None
        self._task = task

    def save(self, progress: Progress) -> None:
        """Keep the state; where that fails, the training goes on without.

        Parameters
        ----------
        progress
            What the training has come to.
        """
        if self._path is None:
            return
        tensors = {f"network.{name}": value for name, value in progress.network.state_dict().items()}
        for number, state in progress.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": torch.as_tensor(value) for name, value in state.items()}
        tensors["generator"] = progress.generator.get_state()
        about = {"task": self._task, "history": [asdict(epoch) for epoch in progress.history]}
        arrays = {name: np.asarray(value.detach().cpu().numpy(), order="C") for name, value in tensors.items()}
        try:
            self._path.parent.mkdir(exist_ok=True)
            write_atomic(self._path, save_tensors(arrays, metadata={"training": canonical_json(about)}))
        except (OSError, OutputError, WriteError) as error:
            logger.warning("%s: the state of a training is not kept: %s", self._path, error)

    def load(self, progress: Progress) -> None:
        """Go on from the state that was kept; from the beginning if there is none, or none of this training.

        Parameters
        ----------
        progress
            Of a training that has not begun.
        """
        if self._path is None or not self._path.is_file():
            return
        try:
            arrays, about = load_tensors_about(self._path.read_bytes(), "training")
            tensors = {name: torch.from_numpy(value) for name, value in arrays.items()}
            _restore(progress, tensors, about, task=self._task)
        except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            logger.warning("%s: the training begins anew: %s", self._path, error)

    def remove(self) -> None:
        """Forget the state."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _restore(progress: Progress, tensors: dict[str, torch.Tensor], about: dict[str, Any], *, task: str) -> None:
    if about["task"] != task:
        raise ValueError("it is of another training")
    history = [Epoch(**epoch) for epoch in about["history"]]
    if not history:
        raise ValueError("no epoch is over")
    prefix = "network."
    network = {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimiser."):
            _, number, key = name.split(".")
            state.setdefault(int(number), {})[key] = value
    groups = progress.optimiser.state_dict()["param_groups"]
    if sorted(state) != sorted(number for group in groups for number in group["params"]):
        raise ValueError("it has no state of each parameter")
    shapes = {name: value.shape for name, value in progress.network.state_dict().items()}
    if shapes != {name: value.shape for name, value in network.items()}:
        raise ValueError("it is of other layers")
    # Nothing is changed before it is known that all of it fits.
    progress.generator.set_state(tensors["generator"])
    progress.network.load_state_dict(network)
    progress.optimiser.load_state_dict({"state": state, "param_groups": groups})
    progress.history = history
