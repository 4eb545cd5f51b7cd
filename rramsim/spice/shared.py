"""PySpice's binding of the ngspice shared library: the one file that runs ngspice.

It keeps PySpice's loading, callbacks and calls, and replaces what bites in version 1.5: every line on standard error
counts as a failure, results are wrapped in unit objects, and memory grows with each run.
"""

from __future__ import annotations

import logging
import warnings
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import NgspiceCrashError
from rramsim.spice.compiled import CompiledModels
from rramsim.spice.folder import simulating
from rramsim.spice.log import is_error, split_stream
from rramsim.spice.needs import needed_mode, needed_osdi

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
    from PySpice.Spice.NgSpice.Shared import NgSpiceShared, ffi

# "Unsupported Ngspice version 39": PySpice's table of versions ends at 34.
NgSpiceShared._logger.setLevel(logging.CRITICAL)

_LOG_LINES = 40
_LOADING = "loading a deck"


class Shared(NgSpiceShared):  # type: ignore[misc]  # PySpice has no type information
    """PySpice's binding with its error handling and result objects replaced.

    Raises
    ------
    OSError
        The library cannot be loaded.
    """

    def __init__(self) -> None:
        self.tail: deque[str] = deque(maxlen=_LOG_LINES)
        self._lines: list[str] = []
        self.exit_status: int | None = None
        self._calls = 0
        self._osdi = CompiledModels(self.command)
        super().__init__(send_data=False)

    @staticmethod
    def _send_char(message: Any, _ngspice_id: int, user_data: Any) -> int:
        self = ffi.from_handle(user_data)
        stream, text = split_stream(ffi.string(message).decode("utf-8", "replace"))
        self._lines.append(text)
        # The banner that PySpice's own version query parses goes through here too.
        (self._stderr if stream == "stderr" else self._stdout).append(text)
        if text.strip():
            self.tail.append(text)
        return 0

    @staticmethod
    def _send_stat(_message: Any, _ngspice_id: int, _user_data: Any) -> int:
        return 0

    @staticmethod
    def _exit(status: int, _immediate: bool, _quit: bool, _ngspice_id: int, user_data: Any) -> int:
        ffi.from_handle(user_data).exit_status = status
        return status

    def command(self, text: str) -> list[str]:
        """Run a command; its output lines.

        Parameters
        ----------
        text
            The command as typed at ngspice's prompt, ASCII; ngspice cuts it at 1023 bytes.

        Raises
        ------
        NgspiceCrashError
            ngspice gave up for good.
        """
        self._begin()
        status = self._ngspice_shared.ngSpice_Command(text.encode("ascii"))
        return self._end(text, status)

    def simulate(self, text: str) -> list[str]:
        """Run a command that simulates, in a folder of ngspice's own; its output lines.

        Parameters
        ----------
        text
            ``run`` or ``resume``.

        Raises
        ------
        NgspiceCrashError
            As for :meth:`command`.
        """
        with simulating():
            return self.command(text)

    def load(self, deck: str) -> list[str]:
        """Give ngspice a deck, and before it what it needs (:mod:`rramsim.spice.needs`); its output lines.

        Parameters
        ----------
        deck
            Text of the deck, with its title line and ``.end``.

        Raises
        ------
        InputError
            A compiled model that it needs is not here.
        """
        self.command(needed_mode(deck))
        for content, command in needed_osdi(deck).items():
            lines = self._osdi.load(content, command)
            self.forget_log()  # of the device types that ngspice lists for it
            self.tail.extend(lines)
            if lines:
                return lines
        self._begin()
        try:
            self.load_circuit(deck)
        except NameError as error:  # PySpice's way of saying that the return code is not 0
            self._end(_LOADING, 1)
            return [*self._lines, f"Error: {error}"]
        return self._end(_LOADING, 0)

    def source(self, path: Path) -> list[str]:
        """Run a file that may hold commands, and end with ``quit``; its output lines.

        Parameters
        ----------
        path
            The file: letters, digits and ``_ . / -``.
        """
        self._begin()
        self._ngspice_shared.ngSpice_Command(f"source {path}".encode("ascii"))
        return self._lines

    def has_circuit(self) -> bool:
        """Whether a circuit is loaded."""
        return not any("there aren't any circuits" in line.lower() for line in self.command("setcirc"))

    def vector(self, name: str) -> NDArray[np.float64] | None:
        """Copy of a vector of the current plot, shape (points,) [V or A]; None if there is none.

        Parameters
        ----------
        name
            A node (``q``), or a source's current (``i(vdd)``).
        """
        name = f"{name[2:-1]}#branch" if name.startswith("i(") else name
        info = self._ngspice_shared.ngGet_Vec_Info(name.encode("ascii"))
        if info == ffi.NULL or info.v_length <= 0 or info.v_realdata == ffi.NULL:
            return None
        return np.frombuffer(ffi.buffer(info.v_realdata, info.v_length * 8), dtype=np.float64).copy()

    @property
    def state(self) -> str:
        """How ngspice ended, for an error message."""
        return f"exit status {self.exit_status}"

    def require_alive(self) -> None:
        """Raise if ngspice has asked to be unloaded, which it does instead of ending the process.

        Raises
        ------
        NgspiceCrashError
            It has.
        """
        if self.exit_status is not None:
            message = "ngspice gave up and cannot go on in this process"
            raise NgspiceCrashError(message, log_tail="\n".join(self.tail), state=self.state)

    def _begin(self) -> None:
        self._lines = []
        self.clear_output()

    def forget_log(self) -> None:
        """Start the log tail anew: an error then shows the lines of its own deck and run."""
        self.tail.clear()

    def _end(self, what: str, status: int) -> list[str]:
        # ngspice keeps a history of commands; PySpice frees it in a call that is not used here.
        self._calls += 1
        if self._calls > self.NUMBER_OF_EXEC_CALLS_TO_RELEASE_MEMORY:
            self._ngspice_shared.ngSpice_Command(ffi.NULL)
            self._calls = 0
        if what != _LOADING:
            self.require_alive()
        if status and not any(is_error(line) for line in self._lines):
            self._lines.append(f"Error: ngspice returned {status} for {what!r}")
        return self._lines
