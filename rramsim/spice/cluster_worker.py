"""What runs in a worker of a Dask cluster: tasks, after a look at whether the worker can be used."""

from __future__ import annotations

import faulthandler
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from rramsim.errors import ClusterError, NgspiceNotFoundError, NgspiceVersionError
from rramsim.spice.engine import engine, gave_up
from rramsim.spice.folder import simulate_in
from rramsim.spice.worker_process import limit_threads
from rramsim.version import __version__
from rramsim.watchdog import watched

T = TypeVar("T")

_STDERR = 2  # as a number: a worker may have no sys.stderr


def too_many_threads(worker: str, count: int) -> str:
    """What to say of a worker that runs tasks in threads.

    Parameters
    ----------
    worker
        Its address.
    count
        How many threads.
    """
    return (
        f"the Dask worker {worker} runs {count} threads, and ngspice can run in one only; start workers with: "
        "dask worker --nthreads 1 --nworkers N"
    )


def other_version(worker: str, version: str) -> str:
    """What to say of a worker with another rramsim.

    Parameters
    ----------
    worker
        Its address.
    version
        Of its rramsim.
    """
    return f"the Dask worker {worker} runs rramsim {version}, this is {__version__}"


def ngspice_here() -> str:
    """Version of the ngspice of this process; raises as :func:`rramsim.spice.engine.engine`."""
    return engine().version_text


def run_here(
    function: Callable[..., T],
    args: tuple[object, ...],
    kwargs: Mapping[str, object],
    timeout: float | None,
    version: str,
) -> T:
    """Run a task of a client; the process ends if nothing is finished for too long.

    Parameters
    ----------
    function, args, kwargs
        The task.
    timeout
        How long may pass without a sign of life [s]; None for as long as it takes.
    version
        Of the client's rramsim.

    Raises
    ------
    ClusterError
        The worker runs several threads or another rramsim, or has no ngspice that can be used.
    Reschedule
        Another worker must do it: the ngspice of this one gave up.
    """
    from distributed import Reschedule, get_worker

    worker = get_worker()
    # It may have joined after the others were looked at.
    if worker.state.nthreads != 1:
        raise ClusterError(too_many_threads(worker.address, worker.state.nthreads))
    if version != __version__:
        raise ClusterError(other_version(worker.address, __version__))
    if gave_up():
        # Not this task's fault: another process does it, while this one makes way for a fresh one.
        worker.loop.add_callback(partial(worker.close_gracefully, restart=True, reason="ngspice gave up"))
        raise Reschedule
    limit_threads()
    simulate_in(str(Path(worker.local_directory).absolute()))
    # Leaves in the worker's log where it hung, before the signal ends it.
    faulthandler.register(signal.SIGALRM, file=_STDERR, chain=True)
    try:
        with watched(timeout):
            return function(*args, **kwargs)
    except (NgspiceNotFoundError, NgspiceVersionError) as error:
        raise ClusterError(f"the Dask worker {worker.address} cannot be used: {error}") from error
