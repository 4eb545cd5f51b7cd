"""One row of the accuracy table as a task: a network under the errors of one corner, or of one step of the ladder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.data.catalog import load_dataset
from rramsim.errors import NetworkError
from rramsim.files import content_id
from rramsim.nn.faults.models import FAULT_MODELS
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.inference import IMAGES_PER_READ, Accuracy, accuracy, baseline
from rramsim.nn.network import StoredNetwork
from rramsim.runs.task import AbstractTask
from rramsim.version import __version__

_SPLIT = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyResult:
    """Accuracy with its 95 % interval, and without errors [1].

    The interval holds the uncertainty of the rates too where the task has bounds of them.

    Raises
    ------
    ValueError
        A value lies outside its bounds.
    """

    accuracy: float
    ci_low: float
    ci_high: float
    baseline: float

    def __post_init__(self) -> None:
        if not (0 <= self.ci_low <= self.accuracy <= self.ci_high <= 1 and 0 <= self.baseline <= 1):
            raise ValueError(f"impossible accuracy: {self!r}")


@dataclass(frozen=True, kw_only=True)
class AccuracyTask(AbstractTask[AccuracyResult]):
    """Accuracy of a network under read errors.

    Parameters
    ----------
    network
        What to run, on the test split of its data set.
    data_hash
        Of the data set that the task is planned with, see :attr:`rramsim.data.dataset.Dataset.hash`.
    rates
        The errors.
    bounds
        Rates at the lower and at the upper ends of the BER table's intervals, where these count.
    mode
        Name of the fault model.
    repeats
        Chips, at least 2.
    seed
        Seed of the study.
    """

    network: StoredNetwork
    data_hash: str
    rates: ReadErrorRates
    bounds: tuple[ReadErrorRates, ReadErrorRates] | None = None
    mode: str
    repeats: int
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
                "rates": _plain(self.rates),
                "bounds": [_plain(rates) for rates in self.bounds or ()],
                "mode": self.mode,
                "images_per_read": IMAGES_PER_READ,
                "repeats": self.repeats,
                "seed": self.seed,
            }
        )

    @property
    def about(self) -> Mapping[str, str]:
        """Network and mode."""
        return {"accuracy of": self.network.name, "mode": self.mode}

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
        dataset = load_dataset(self.network.dataset)
        if dataset.hash != self.data_hash:
            raise NetworkError(f"the data set {dataset.name} is not the one that the task was planned with")

        def measure(rates: ReadErrorRates) -> Accuracy:
            # The same stream for estimate and bounds: they differ by the rates alone.
            stream = np.random.SeedSequence([self.seed, int(self.id, 16)])
            faults = FAULT_MODELS[self.mode](rates)
            return accuracy(self.network, dataset.test, faults, repeats=self.repeats, stream=stream)

        found = measure(self.rates)
        low, high = found.ci_low, found.ci_high
        if self.bounds is not None:
            low = min(low, measure(self.bounds[1]).ci_low)
            high = max(high, measure(self.bounds[0]).ci_high)
        base = baseline(self.network, dataset.test)
        return AccuracyResult(accuracy=found.mean, ci_low=low, ci_high=high, baseline=base)

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
        return AccuracyResult(**{name: float(value) for name, value in data.items()})


def _plain(rates: ReadErrorRates) -> list[list[str | float]]:
    return sorted([programmed.value, read.value, rate] for programmed, read, rate in rates.rates)
