"""What both kinds of workers are, processes here and those of a cluster: an executor that knows its workers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class AbstractWorkers(Executor):
    """Executor whose tasks run in workers with an ngspice each."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many tasks can run at once, now."""

    @property
    def signs(self) -> int:
        """Signs of life of all workers until now, as simulations; 0 where nobody counts them."""
        return 0

    @abstractmethod
    def everywhere(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> dict[str, T]:
        """Call a function on every machine or worker that may differ from others, now.

        Parameters
        ----------
        fn, *args, **kwargs
            As for ``submit``.

        Returns
        -------
        dict
            Results by the worker's name.
        """
