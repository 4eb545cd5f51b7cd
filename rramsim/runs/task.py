"""A task: a piece of work whose result depends on its identity alone, wherever and in whatever order it is run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

R = TypeVar("R")


class AbstractTask(ABC, Generic[R]):
    """What a run consists of. Frozen, pickleable, and equal to another task where their ids are equal."""

    @property
    @abstractmethod
    def id(self) -> str:
        """SHA-256 of everything that can change the result, see :func:`rramsim.files.content_id`."""

    @property
    @abstractmethod
    def about(self) -> Mapping[str, str]:
        """What it is, in a few words for whoever opens its file."""

    @property
    def needs(self) -> Sequence[AbstractTask[R]]:
        """Tasks whose results this one starts from."""
        return ()

    @property
    def alone(self) -> Self | None:
        """The task to run in its place where one that it needs has failed; None if there is none."""
        return None

    @abstractmethod
    def run(self, needed: Sequence[R], folder: Path | None) -> R:
        """Do the work in this process.

        Parameters
        ----------
        needed
            Results of ``needs``, in their order.
        folder
            Run folder, to be named in messages; None for none.
        """

    @abstractmethod
    def to_json(self, result: R) -> dict[str, Any]:
        """Plain values of a result, for its file.

        Parameters
        ----------
        result
            What :meth:`run` returned.
        """

    @abstractmethod
    def from_json(self, data: Mapping[str, Any]) -> R:
        """Read a result's plain values back.

        Parameters
        ----------
        data
            What :meth:`to_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result.
        """


def about(task: AbstractTask[R]) -> str:
    """What a task is, for a message.

    Parameters
    ----------
    task
        The task.
    """
    return ", ".join(f"{key} {value}" for key, value in task.about.items())


def run_task(task: AbstractTask[R], needed: Sequence[R] = (), folder: Path | None = None) -> R:
    """Run a task in this process: what an executor is given.

    Parameters
    ----------
    task
        The task.
    needed
        Results of the tasks that it needs.
    folder
        Run folder, to be named in messages.
    """
    return task.run(needed, folder)
