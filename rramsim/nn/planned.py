"""The data set of a task, in the process that runs it: perhaps on another machine, with other files."""

from __future__ import annotations

from rramsim.data.catalog import load_dataset
from rramsim.data.dataset import Dataset
from rramsim.errors import NetworkError


def planned_dataset(name: str, data_hash: str) -> Dataset:
    """Load a data set, which must be the one that a task was planned with.

    Parameters
    ----------
    name
        As for :func:`rramsim.data.catalog.load_dataset`.
    data_hash
        See :attr:`rramsim.data.dataset.Dataset.hash`.

    Raises
    ------
    NetworkError
        This process has another one.
    InputError
        It is missing, or damaged.
    """
    dataset = load_dataset(name)
    if dataset.hash != data_hash:
        raise NetworkError(f"the data set {dataset.name} is not the one that the task was planned with")
    return dataset
