"""What runs simulations: processes on this machine, or a Dask cluster."""

from __future__ import annotations

from contextlib import AbstractContextManager

from rramsim.abstract_workers import AbstractWorkers
from rramsim.errors import InputError
from rramsim.spice.cluster import cluster_workers
from rramsim.spice.workers import local_workers


def chosen_workers(count: int | None, scheduler: str | None) -> AbstractContextManager[AbstractWorkers]:
    """Processes here, or a cluster. Entered before anything is written.

    Parameters
    ----------
    count
        Worker processes on this machine, above 0; None for one a core.
    scheduler
        Address of a Dask scheduler; None to work on this machine.

    Raises
    ------
    InputError
        Both were asked for.
    """
    if scheduler is None:
        return local_workers(count)
    if count is not None:
        raise InputError("--workers and --scheduler exclude each other: a cluster has the workers it has")
    return cluster_workers(scheduler)
