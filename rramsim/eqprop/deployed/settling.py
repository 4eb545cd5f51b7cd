"""Whether a network comes to rest with the weights that it is given: residuals of free phases over the test images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.eqprop.deployed.network import DeployedNetwork
from rramsim.files import content_id
from rramsim.nn.faults.model import AbstractFaultModel
from rramsim.nn.inference import IMAGES_PER_READ
from rramsim.nn.planned import planned_dataset
from rramsim.runs.task import AbstractTask
from rramsim.torch_backend import one_thread
from rramsim.version import __version__
from rramsim.watchdog import sign_of_life


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """How far from rest a network was.

    Parameters
    ----------
    residuals
        Of each layer: how far the unit that moved most went in the last step of a free phase, over all images.
    restless
        Share of the batches in which a unit moved further than :data:`AT_REST` in the last step [1].
    steps
        Of the longest free phase.

    Raises
    ------
    ValueError
        There is no layer, or a value lies outside its bounds.
    """

    residuals: tuple[float, ...]
    restless: float
    steps: int

    def __post_init__(self) -> None:
        if not (self.residuals and min(self.residuals) >= 0 and 0 <= self.restless <= 1 and self.steps >= 1):
            raise ValueError(f"impossible rest: {self!r}")


AT_REST = 0.01  # how far a unit may go in the last step of a free phase, of the 1 that most activations span


@dataclass(frozen=True, kw_only=True)
class SettlingTask(AbstractTask[Rest]):
    """Free phases of all test images on one chip: the first one that accuracies are measured on.

    Parameters
    ----------
    network
        What settles.
    data_hash
        Of the data set that the task is planned with.
    faults
        The errors.
    seed
        Seed of the study.
    """

    network: DeployedNetwork
    data_hash: str
    faults: AbstractFaultModel
    seed: int

    @cached_property
    def id(self) -> str:
        """SHA-256 of network, data, errors and seed."""
        return content_id(
            {
                "settling": self.network.hash, "data": self.data_hash, "faults": repr(self.faults), "seed": self.seed,
                "images_per_read": IMAGES_PER_READ, "at_rest": AT_REST, "rramsim": __version__,
            }
        )  # fmt: skip

    @property
    def about(self) -> Mapping[str, str]:
        """Network and mode."""
        return {"settling of": self.network.name, "mode": self.faults.mode}

    def run(self, needed: Sequence[Rest], folder: Path | None) -> Rest:
        """Settle in this process.

        Parameters
        ----------
        needed, folder
            Not used.

        Raises
        ------
        NetworkError
            This process has another data set than the task was planned with; or the network diverges.
        """
        dataset = planned_dataset(self.network.dataset, self.data_hash)
        engine, images = self.network.engine(), dataset.test.images
        read = self.faults.chip(self.network.weights, np.random.default_rng([self.seed, 0]))
        found = []
        with one_thread():
            for start in range(0, len(images), IMAGES_PER_READ):
                sign_of_life()
                found.append(engine.settled(images[start : start + IMAGES_PER_READ], read())[1])
        moved = np.array([settling.residuals for settling in found])
        return Rest(
            residuals=tuple(moved.max(axis=0).tolist()), restless=float((moved.max(axis=1) > AT_REST).mean()),
            steps=max(settling.steps for settling in found),
        )  # fmt: skip

    def to_json(self, result: Rest) -> dict[str, Any]:
        """Plain values of a result.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return asdict(result)

    def from_json(self, data: Mapping[str, Any]) -> Rest:
        """Read a result back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result.
        """
        return Rest(residuals=tuple(map(float, data["residuals"])), restless=data["restless"], steps=data["steps"])
