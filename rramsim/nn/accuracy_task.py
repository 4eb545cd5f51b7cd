"""One row of the accuracy table as a task: a network under the errors of one corner, or of one step of the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rramsim.files import content_id
from rramsim.nn.abstract_network import AbstractNetwork
from rramsim.nn.faults.model import AbstractFaultModel
from rramsim.nn.inference import IMAGES_PER_READ, Accuracy, accuracy
from rramsim.nn.planned import planned_dataset
from rramsim.runs.task import AbstractTask
from rramsim.version import __version__

_SPLIT = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyResult:
    """Accuracy, and its 95 % interval [1].

    The interval holds the uncertainty of the rates too where the task has bounds of them.

    Raises
    ------
    ValueError
        The interval does not hold the accuracy, or leaves 0..1.
    """

    found: Accuracy
    ci_low: float
    ci_high: float

    def __post_init__(self) -> None:
        if not 0 <= self.ci_low <= self.found.mean <= self.ci_high <= 1:
            raise ValueError(f"impossible interval: {self!r}")


@dataclass(frozen=True, kw_only=True)
class AccuracyTask(AbstractTask[AccuracyResult]):
    """Accuracy of a network under read errors.

    Parameters
    ----------
    network
        What to run, on the test split of its data set.
    data_hash
        Of the data set that the task is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
    faults
        The errors.
    bounds
        The same at the lower and at the upper ends of the BER table's intervals, where these count.
    repeats, precision, max_repeats
        Chips, as for :func:`rramsim.nn.inference.accuracy`.
    seed
        Seed of the study.
    """

    network: AbstractNetwork
    data_hash: str
    faults: AbstractFaultModel
    bounds: tuple[AbstractFaultModel, AbstractFaultModel] | None = None
    repeats: int
    precision: float | None = None
    max_repeats: int = 0
    seed: int

    @cached_property
    def id(self) -> str:
        """SHA-256 of network, data, errors, repeats and seed."""
        return content_id(
            {
                "rramsim": __version__,
                "network": self.network.hash,
                "data": self.data_hash,
                "split": _SPLIT,
                "faults": repr(self.faults),
                "bounds": [repr(faults) for faults in self.bounds or ()],
                "images_per_read": IMAGES_PER_READ,
                "repeats": [self.repeats, self.precision, self.max_repeats if self.precision is not None else None],
                "seed": self.seed,
            }
        )

    @property
    def about(self) -> Mapping[str, str]:
        """Network and mode."""
        return {"accuracy of": self.network.name, "mode": self.faults.mode}

    def run(self, needed: Sequence[AccuracyResult], folder: Path | None) -> AccuracyResult:
        """Measure in this process.

        Parameters
        ----------
        needed, folder
            Not used.

        Raises
        ------
        NetworkError
            This process has another data set than the task was planned with.
        """
        dataset = planned_dataset(self.network.dataset, self.data_hash)
        engine = self.network.engine()

        def measure(faults: AbstractFaultModel, repeats: int, precision: float | None = None) -> Accuracy:
            return accuracy(
                self.network, dataset.test, faults, seed=self.seed, repeats=repeats, precision=precision,
                max_repeats=self.max_repeats, engine=engine,
            )  # fmt: skip

        found = measure(self.faults, self.repeats, self.precision)
        low, high = found.ci_low, found.ci_high
        if self.bounds is not None:  # the same chips: they differ by the rates alone
            at_bounds = [measure(faults, found.chips) for faults in self.bounds]
            # Near chance more errors may raise an accuracy: neither bound of the rates is that of one end.
            low = min(low, *(one.ci_low for one in at_bounds))
            high = max(high, *(one.ci_high for one in at_bounds))
        return AccuracyResult(found=found, ci_low=low, ci_high=high)

    def to_json(self, result: AccuracyResult) -> dict[str, Any]:
        """Plain values of a result.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """
        return asdict(result)

    def from_json(self, data: Mapping[str, Any]) -> AccuracyResult:
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
        given = dict(data["found"])
        confusion = tuple(tuple(map(int, row)) for row in given.pop("confusion"))
        found = Accuracy(confusion=confusion, correct=tuple(map(int, given.pop("correct"))), **given)
        if len(confusion) != self.network.classes:
            raise ValueError(f"{len(confusion)} classes, not {self.network.classes}")
        return AccuracyResult(**{**data, "found": found})
