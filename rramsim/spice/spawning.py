"""How the process of a worker is started: it needs nothing of the caller's program, and leaves nothing behind."""

from __future__ import annotations

import io
import multiprocessing
import os
import sys
import threading
from multiprocessing import popen_spawn_posix, reduction, spawn, util
from multiprocessing.context import SpawnContext, SpawnProcess, set_spawning_popen
from multiprocessing.process import BaseProcess
from typing import Any

_REGULAR_END = 113  # any exit status that neither Python nor a signal gives
EXIT_STATUS_0 = 256  # none that a process can have

_starting = threading.Lock()


class _Popen(popen_spawn_posix.Popen):
    """Starts a process as multiprocessing does, but for two things.

    The new process does not run the caller's main module again. A script that sweeps without ``if __name__ ==
    "__main__"`` would sweep again in each worker, and one that was piped into Python has no file to be run from. What
    workers are given is never of that module.

    There is no process that tracks semaphores, as none are used: it would die of the signals that end a group.
    """

    _fds: list[int]  # handles that the new process gets

    def _launch(self, process_obj: BaseProcess) -> None:
        prepared = spawn.get_preparation_data(process_obj.name)
        prepared = {key: value for key, value in prepared.items() if not key.startswith("init_main_from_")}
        message = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump(prepared, message)
            reduction.dump(process_obj, message)
        finally:
            set_spawning_popen(None)
        child_reads, parent_writes = os.pipe()
        self.sentinel, child_writes = os.pipe()
        self.finalizer = util.Finalize(self, _close, (self.sentinel, parent_writes))
        try:
            command = spawn.get_command_line(tracker_fd=None, pipe_handle=child_reads)
            handles = [*self._fds, child_reads, child_writes]
            self.pid = util.spawnv_passfds(os.fsencode(spawn.get_executable()), command, handles)
        finally:
            os.close(child_reads)
            os.close(child_writes)
        with open(parent_writes, "wb", closefd=False) as pipe:
            pipe.write(message.getbuffer())


def _close(*handles: int) -> None:
    for handle in handles:
        os.close(handle)


class WorkerProcess(SpawnProcess):
    """A process whose exit with status 0 is its regular end only if pebble's loop has ended."""

    @staticmethod
    def _Popen(process_obj: Any) -> _Popen:  # noqa: N802
        return _Popen(process_obj)

    def start(self) -> None:
        """Start, also from a daemon, as the workers of ``multiprocessing.Pool`` are.

        Its children might outlive it and so it may have none: ours end with the process that started them.
        """
        caller = multiprocessing.current_process()
        with _starting:
            daemon = caller.daemon
            if daemon:
                caller.daemon = False
            try:
                super().start()
            finally:
                if daemon:
                    caller.daemon = True

    def run(self) -> None:
        """Serve, and end in a way that nothing else does."""
        super().run()
        sys.exit(_REGULAR_END)

    @property
    def exitcode(self) -> int | None:
        """How it ended: 0 for its regular end, ``EXIT_STATUS_0`` for another exit with that status."""
        code = super().exitcode
        return {_REGULAR_END: 0, 0: EXIT_STATUS_0}.get(code, code) if code is not None else None


class WorkerContext(SpawnContext):
    """Spawns, because a fork would copy whatever threads and libraries the caller has loaded.

    It remembers the last process: pebble does not tell how one ended whose first sign of life it has not read yet.
    """

    def __init__(self) -> None:
        self._last: WorkerProcess | None = None

    def Process(self, *args: Any, **kwargs: Any) -> WorkerProcess:  # type: ignore[override]  # noqa: N802
        """Make a process, as pebble asks for one."""
        self._last = WorkerProcess(*args, **kwargs)
        return self._last

    def RLock(self) -> Any:  # noqa: N802
        """Make a lock for the workers of a pool, of which there is one."""
        return _Lock()

    @property
    def exitcode(self) -> int | None:
        """How the last process ended; None if it runs or never did."""
        return None if self._last is None else self._last.exitcode


class _Lock:
    """A lock of this process alone: one worker has nobody to share its pipe with.

    multiprocessing's own has a file in /dev/shm, which stays there when the process that made it is killed.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[type[_Lock], tuple[()]]:
        return (type(self), ())

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        return self._lock.acquire(block, -1 if timeout is None or not block else timeout)

    def release(self) -> None:
        self._lock.release()
