"""The loop that runs tasks: in parallel, each after those it needs, and never one that is finished already."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeAlias, TypeVar

from rramsim.abstract_workers import AbstractWorkers
from rramsim.errors import NgspiceCrashError, RramsimError, TaskError
from rramsim.runs.folder import RunFolder
from rramsim.runs.task import AbstractTask, about, run_task

R = TypeVar("R")

_BEAT_SECONDS = 10.0  # after which it is told that a long task gets on


class Progress(Protocol):
    """Called with what is done and how much there is; where that takes long, with simulations since the last call."""

    def __call__(self, done: int, total: int, inside: int = 0, /) -> None:
        """Hear of it."""


# Tasks that follow from a task and its result.
Follow: TypeAlias = Callable[[AbstractTask[R], R], Iterable[AbstractTask[R]]]


def unheard(_done: int, _total: int, _inside: int = 0, /) -> None:
    """Progress that nobody wants to hear of."""


class Runs(Generic[R]):
    """Results of tasks: what was found finished, and what has run.

    Parameters
    ----------
    executor
        Runs the tasks.
    folder
        Where results are found and kept, and errors told in full; None to keep nothing.
    progress
        Called with (done, total) tasks, and with simulations inside tasks where these take long.
    fresh
        Run every task, also finished ones.

    Attributes
    ----------
    planned
        Tasks that were asked for.
    resumed
        Those of them that were found finished.
    failures
        Tasks that failed, and their errors.
    """

    def __init__(
        self, executor: Executor, folder: RunFolder | None, *, progress: Progress = unheard, fresh: bool = False
    ) -> None:
        self.planned = 0
        self.resumed = 0
        self.failures: list[tuple[AbstractTask[R], Exception]] = []
        self._executor = executor
        self._folder = folder
        self._progress = progress
        self._fresh = fresh
        self._results: dict[str, R] = {}
        self._failed: set[str] = set()
        self._told: tuple[int, int] | None = None
        self._signs = 0  # of life of the workers, when they were last looked at

    def result(self, task: AbstractTask[R]) -> R | None:
        """Result of a task; None if it has none.

        Parameters
        ----------
        task
            The task.
        """
        return self._results.get(task.id)

    def run(self, tasks: Iterable[AbstractTask[R]], *, follow: Follow[R] | None = None) -> None:
        """Run tasks and those that they need, or find them finished.

        A task that needs one that failed makes way for its :attr:`~rramsim.runs.task.AbstractTask.alone`.

        Parameters
        ----------
        tasks
            What to run, in this order as far as the needs allow.
        follow
            Gives the tasks that follow from a task and its result; they run after those that wait already, so that no
            worker is idle until the last one is done. A task that is known is not run again.

        Raises
        ------
        NgspiceCrashError
            An executor that is not ours broke.
        OutputError
            Something else lies where a result belongs.
        WriteError
            A result cannot be written.
        """
        queue = _Queue(self._results, self._failed, follow)
        earlier = self.planned
        for task in tasks:
            queue.add(task)
        running: dict[Future[R], AbstractTask[R]] = {}
        ended: SimpleQueue[Future[R]] = SimpleQueue()
        lost = 0  # with an executor that is not ours: it takes all its tasks with it
        try:
            while queue.ready or running:
                lost += self._start(queue, running, ended)
                self._tell(earlier + queue.admitted)
                if running:
                    future = self._wait(ended)
                    lost += self._finish(running.pop(future), future, queue)
            self._tell(earlier + queue.admitted)
        finally:
            for future in running:
                future.cancel()
            if self._folder is not None:
                self._folder.save_failures(self.failures)
        if lost:
            raise NgspiceCrashError(
                f"a worker process died (killed, out of memory, or ngspice crashed); {lost} tasks or more were not "
                "finished. The finished ones are kept: run the same command again to go on",
                state="process ended without a result",
            )

    def results(self, tasks: Iterable[AbstractTask[R]]) -> list[R]:
        """Run tasks as :meth:`run` does; the results of all of them, in their order.

        Parameters
        ----------
        tasks
            What to run.

        Raises
        ------
        RramsimError
            A task failed, and this is its error. The others were finished first.
        TaskError
            It failed with an error that is not one of ours.
        """
        wanted = list(tasks)
        self.run(wanted)
        for task, error in self.failures:
            if isinstance(error, RramsimError):
                raise error
            kept = f" (in full: {self._folder.failures_path})" if self._folder else ""
            raise TaskError(f"the task {about(task)} ended with {type(error).__name__}: {error}{kept}") from error
        return [self._results[task.id] for task in wanted]

    def _start(self, queue: _Queue[R], running: dict[Future[R], AbstractTask[R]], ended: SimpleQueue[Future[R]]) -> int:
        """Find or submit all that is ready; how many tasks the executor has lost."""
        lost = 0
        while queue.ready:
            task = queue.ready.popleft()
            if self._find(task):
                queue.release(task)
                continue
            needed = [self._results[other.id] for other in task.needs]
            try:
                future = self._executor.submit(run_task, task, needed, self._folder.path if self._folder else None)
            except BrokenExecutor:
                lost += 1
                continue
            running[future] = task
            future.add_done_callback(ended.put)
        return lost

    def _finish(self, task: AbstractTask[R], future: Future[R], queue: _Queue[R]) -> int:
        """Keep how a task ended; 1 if the executor has lost it."""
        try:
            result = future.result()
        except BrokenExecutor:
            return 1
        except CancelledError:
            raise
        except Exception as error:  # whatever it is, the other tasks go on
            self.failures.append((task, error))
            self._failed.add(task.id)
        else:
            if self._folder is not None:
                self._folder.save(task, result)
            self._results[task.id] = result
        queue.release(task)
        return 0

    def _wait(self, ended: SimpleQueue[Future[R]]) -> Future[R]:
        """The next that ends; where that takes long, what the workers do inside their tasks is told."""
        while True:
            try:
                return ended.get(timeout=_BEAT_SECONDS)
            except Empty:
                now = self._executor.signs if isinstance(self._executor, AbstractWorkers) else 0
                if now > self._signs and self._told is not None:
                    self._progress(*self._told, now - self._signs)
                self._signs = now

    def _find(self, task: AbstractTask[R]) -> bool:
        """Whether a task is finished already."""
        result = None if self._fresh or self._folder is None else self._folder.load(task)
        if result is None:
            return False
        self.resumed += 1
        self._results[task.id] = result
        return True

    def _tell(self, planned: int) -> None:
        self.planned = planned
        done = (len(self._results), self.planned)
        if done != self._told:
            self._progress(*done)
            self._told = done


class _Queue(Generic[R]):
    """Tasks that are ready to run, and those that wait for others."""

    def __init__(self, results: dict[str, R], failed: set[str], follow: Follow[R] | None) -> None:
        self.ready: deque[AbstractTask[R]] = deque()
        self.admitted = 0
        self._results = results
        self._failed = failed
        self._follow = follow
        self._known: set[str] = set()
        self._waiting: dict[str, list[AbstractTask[R]]] = defaultdict(list)

    def add(self, task: AbstractTask[R]) -> None:
        """Take a task and those that it needs, unless they are known or done."""
        if task.id in self._known or task.id in self._results:
            return
        self._known.add(task.id)
        self.admitted += 1
        self._place(task)

    def release(self, ended: AbstractTask[R]) -> None:
        """Let go on what waited for a task that has ended, and take what follows from it."""
        for task in self._waiting.pop(ended.id, ()):
            self._place(task)
        if self._follow is not None and ended.id in self._results:
            for task in self._follow(ended, self._results[ended.id]):
                self.add(task)

    def _place(self, task: AbstractTask[R]) -> None:
        if any(other.id in self._failed for other in task.needs):
            alone = task.alone
            if alone is None:
                self._failed.add(task.id)
                self.release(task)
            elif alone.id not in self._known:
                self._known.add(alone.id)
                self._place(alone)
            return
        missing = [other for other in task.needs if other.id not in self._results]
        if not missing:
            self.ready.append(task)
            return
        self._waiting[missing[0].id].append(task)
        self.add(missing[0])
