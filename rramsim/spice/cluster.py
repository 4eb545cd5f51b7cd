"""Workers of a Dask cluster, each process with an ngspice of its own.

The cluster is the user's: it is used, not ended. What a worker process costs when it dies is decided by Dask, which
runs its tasks elsewhere; a worker whose task hangs ends itself. Their failures become those that local workers have.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from rramsim.abstract_workers import AbstractWorkers
from rramsim.errors import (
    ClusterError,
    InputError,
    MissingExtraError,
    NgspiceCrashError,
)
from rramsim.spice.cluster_connection import connect, is_address, quiet
from rramsim.spice.cluster_worker import ngspice_here, other_version, run_here, too_many_threads
from rramsim.spice.workers import DEFAULT_TIMEOUT
from rramsim.version import __version__

if TYPE_CHECKING:
    from distributed import Client

P = ParamSpec("P")
T = TypeVar("T")

_RETRIES = 1
_LOOK = 1.0  # seconds between looks at whether the scheduler is there
# As text: what a worker imports from this package may not be there, or of another version.
_VERSION = "__import__('rramsim').__version__"


@contextmanager
def cluster_workers(address: str, *, timeout: float | None = DEFAULT_TIMEOUT) -> Iterator[ClusterWorkers]:
    """Worker processes of a Dask cluster, which is left running when the block ends.

    Parameters
    ----------
    address
        Where its scheduler listens, such as ``tcp://node1:8786``.
    timeout
        How long a task may go on without finishing anything [s]; None for as long as it takes.

    Raises
    ------
    ValueError
        ``timeout`` is not above 0.
    MissingExtraError
        Dask's distributed is not installed.
    InputError
        The address is not one, no scheduler answers there, or the cluster's workers cannot be
        used: there are none, or one runs more than one thread, another version of rramsim, or no ngspice.
    """
    if not is_address(address):  # Dask starts a cluster of its own for an empty one, and hangs on others
        raise InputError(f"{address!r} is not the address of a Dask scheduler: it must be like tcp://node1:8786")
    try:
        import distributed  # noqa: F401  # sets the levels of its loggers
    except ImportError:
        raise MissingExtraError("distributed", "dask") from None
    with quiet():
        client = connect(address)
        try:
            _check_workers(client, address)
            workers = ClusterWorkers(client, address, timeout=timeout)
            try:
                workers.everywhere(ngspice_here)  # each has one that can be used
                yield workers
            finally:
                workers.shutdown(wait=False)
        finally:
            client.close()


class ClusterWorkers(AbstractWorkers):
    """Executor on a Dask client, whose futures end with rramsim's errors where Dask lost a worker or itself.

    Parameters
    ----------
    client
        Connected; closed by who made it.
    address
        Of the scheduler, for messages.
    timeout
        How long a task may go on without finishing anything [s], after which its worker ends; None for as long
        as it takes.

    Raises
    ------
    ValueError
        ``timeout`` is not above 0.
    """

    def __init__(self, client: Client, address: str, *, timeout: float | None) -> None:
        if timeout is not None and not timeout > 0:
            raise ValueError(f"timeout must be above 0 (got {timeout!r})")
        self._timeout = timeout
        self._client = client
        self._address = address
        # pure: two submissions of one task are two tasks, of which each may be cancelled alone.
        self._executor = client.get_executor(pure=False, retries=_RETRIES)
        self._pending: dict[Future[Any], Future[Any]] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, name="rramsim-cluster", daemon=True).start()

    @property
    def count(self) -> int:
        """How many tasks can run at once, now."""
        return len(self._client.nthreads())

    def everywhere(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> dict[str, T]:
        """Call a function on every worker that there is now.

        Raises
        ------
        InputError
            A worker cannot do it.
        """
        # As tasks, in the thread that runs tasks.
        asked = {
            worker: self._client.submit(
                run_here, fn, args, kwargs, self._timeout, __version__, workers=[worker], pure=False
            )
            for worker in self._client.nthreads()
        }
        found = {}
        for worker, future in asked.items():
            error = future.exception()
            if error is not None:
                raise InputError(f"the Dask worker {worker} cannot be used: {error}")
            found[worker] = future.result()
        return found

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function in a worker.

        Parameters
        ----------
        fn
            The function; it, its arguments and its result must be pickleable.
        *args, **kwargs
            What it is called with.

        Returns
        -------
        concurrent.futures.Future
            Its result, or what it raised. :class:`~rramsim.errors.ClusterError` where the cluster was lost,
            :class:`~rramsim.errors.NgspiceCrashError` where workers that ran it died.

        Raises
        ------
        RuntimeError
            After :meth:`shutdown`.
        """
        if self._closed.is_set():
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()
        if self._gone():
            future.set_exception(self._lost())
            return future
        dask = self._executor.submit(run_here, fn, args, kwargs, self._timeout, __version__)
        with self._lock:
            self._pending[future] = dask
        # The two do not refer to each other: a result that has arrived is let go, or a lost worker's would be
        # computed again.
        future.add_done_callback(self._forget)
        dask.add_done_callback(partial(self._settle, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks.

        Parameters
        ----------
        wait
            Return only when those that were submitted are done.
        cancel_futures
            Cancel those that are not.
        """
        self._closed.set()
        with self._lock:
            pending = tuple(self._pending)
        if cancel_futures:
            for future in pending:
                future.cancel()
        if wait:
            wait_for(pending)

    def _forget(self, future: Future[Any]) -> None:
        dask = self._taken(future)
        if dask is not None and future.cancelled():
            dask.cancel()

    def _taken(self, future: Future[Any]) -> Future[Any] | None:
        """Dask's future of a pending one, which whoever takes it must settle; None if another did."""
        with self._lock:
            return self._pending.pop(future, None)

    def _gone(self) -> bool:
        """Whether the scheduler was lost: Dask then knows nothing any more about what was submitted."""
        comm = self._client.scheduler_comm
        return self._client.status != "running" or comm is None or comm.closed()

    def _watch(self) -> None:
        """End what is pending where the scheduler was lost: Dask itself does not always notice, or forgets some."""
        while not self._closed.wait(_LOOK):
            if not self._gone():
                continue
            with self._lock:
                pending = tuple(self._pending)
            for future in pending:
                if self._taken(future) is not None and future.set_running_or_notify_cancel():
                    future.set_exception(self._lost())

    def _settle(self, future: Future[Any], dask: Future[Any]) -> None:
        """Hand on how a task ended."""
        if self._taken(future) is None or not future.set_running_or_notify_cancel():
            return
        try:
            result = dask.result()
        except CancelledError:  # not by us: Dask cancels what it knows nothing about any more
            future.set_exception(self._lost())
        except BaseException as error:
            future.set_exception(self._translated(error))
        else:
            future.set_result(result)

    def _translated(self, error: BaseException) -> BaseException:
        from distributed import KilledWorker

        if not isinstance(error, KilledWorker):
            return error
        hung = "" if self._timeout is None else f"the task finished nothing within {self._timeout:g} s, "
        crash = NgspiceCrashError(
            f"the Dask workers that ran a task ended ({hung}killed, out of memory, or ngspice crashed), one after the "
            "other; their logs tell why",
            state="process ended without a result",
        )
        crash.__cause__ = error
        return crash

    def _lost(self) -> ClusterError:
        return ClusterError(
            f"the Dask scheduler at {self._address} was lost; run the same command again, when there is one, to go on"
        )


def _check_workers(client: Client, address: str) -> None:
    """Refuse a cluster that would give wrong results or none."""
    threads: Mapping[str, int] = client.nthreads()
    if not threads:
        raise InputError(f"the Dask cluster at {address} has no workers; start some with: dask worker --nthreads 1")
    for worker, count in threads.items():
        if count != 1:
            raise InputError(too_many_threads(worker, count))
    versions = client.run(eval, _VERSION, on_error="return")
    for worker, version in versions.items():
        if isinstance(version, Exception):
            raise InputError(f"the Dask worker {worker} has no rramsim that can be used: {version}")
        if version != __version__:
            raise InputError(other_version(worker, version))
