"""ngspice in this process, through PySpice's binding of its shared library.

The one file that imports PySpice. It keeps PySpice's loading, callbacks and calls and replaces what bites (DESIGN.md,
"PySpice 1.5 needs handling"): what counts as an error, and how results are fetched and checked. One engine a process,
no threads: the shared library has global state.
"""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import (
    ConvergenceError,
    DeckError,
    MeasurementError,
    NgspiceCrashError,
    NgspiceNotFoundError,
    NgspiceVersionError,
    SimulationError,
)
from rramsim.spice.library import INSTALL_HINT, find_library
from rramsim.spice.log import is_convergence_failure, is_error, solver_name, split_stream
from rramsim.units import format_number

OLDEST_NGSPICE = 39  # Debian 12; older ones are untested
_LOG_LINES = 40
_COMMAND_BYTES = 1000  # ngspice cuts a command at 1023
# A transient stops within one minimum step of its end time.
_END_TOLERANCE = 1e-9

_engine: Engine | None = None


class Engine:
    """A loaded ngspice: ``load`` a deck, ``alter`` its elements, ``run`` it.

    Get it with :func:`engine`; a process holds one.

    Raises
    ------
    NgspiceNotFoundError
        The shared library is missing or cannot be loaded.
    NgspiceVersionError
        It is older than ``OLDEST_NGSPICE``.
    """

    def __init__(self) -> None:
        self._shared = _load_shared()
        self._deck_path: Path | None = None
        self._deck: str | None = None
        self._solver = ""
        self.version_text, self.version = _version(self._shared.command("version -f"))
        if self.version < OLDEST_NGSPICE:
            raise NgspiceVersionError(
                f"ngspice {self.version_text} is too old: rramsim needs {OLDEST_NGSPICE} or newer;\n{INSTALL_HINT}"
            )
        # As a command: the variable is read when a BSIM4 device is set up, and the deck's option comes too late.
        self._shared.command("set num_threads=1")
        self._shared.command("set nomoremode")

    @property
    def library_path(self) -> str:
        """The shared library that is loaded."""
        return str(self._shared.library_path)

    @property
    def solver(self) -> str:
        """The matrix solver, as ngspice named it; ngspice names it from version 42 on, older ones have one only."""
        return self._solver or "SPARSE 1.3 (the only one before ngspice 42)"

    def load(self, deck: str, *, deck_path: Path | None = None) -> None:
        """Make ``deck`` the current circuit; nothing happens if it is already.

        Parameters
        ----------
        deck
            Text of the deck.
        deck_path
            Where the same text lies as a file, for error messages.

        Raises
        ------
        DeckError
            ngspice refuses the deck.
        NgspiceCrashError
            ngspice gave up for good.
        """
        if deck == self._deck:
            return
        self.unload()
        self._deck_path = deck_path
        log = self._shared.load(deck)
        errors = [line for line in log if is_error(line)]
        # ngspice leaves no circuit, or a crippled one, behind a line that it cannot read.
        if errors or not self._shared.has_circuit():
            self._forget_circuit()
            raise self._error(DeckError, f"ngspice refused the deck: {_first(errors, log)}")
        self._deck = deck

    def unload(self) -> None:
        """Drop the current circuit and its results."""
        if self._deck is not None:
            self._forget_circuit()

    def alter(self, assignments: Iterable[tuple[str, float]]) -> None:
        """Set element values and device parameters of the loaded circuit.

        Parameters
        ----------
        assignments
            Pairs of a handle, ``r.xcell.xbl.rmem`` or ``@m.xsa.xmn1.m1[delvto]``, and its value, SI.

        Raises
        ------
        SimulationError
            A handle does not exist.
        """
        pending = ""
        for handle, value in assignments:
            command = f"alter {handle} = {format_number(value)}"
            if len(pending) + len(command) > _COMMAND_BYTES:
                self._checked(pending)
                pending = ""
            pending = f"{pending};{command}" if pending else command
        if pending:
            self._checked(pending)

    def run(self, vectors: Sequence[str], *, t_stop: float) -> dict[str, NDArray[np.float64]]:
        """Run the loaded transient.

        Parameters
        ----------
        vectors
            Node names (``q``) and source currents (``i(vdd)``).
        t_stop
            End of the transient [s], which the results must reach.

        Returns
        -------
        dict
            ``time`` [s] and each vector [V or A], arrays of shape (points,).

        Raises
        ------
        ConvergenceError
            The transient stopped early.
        MeasurementError
            A vector is missing, not finite or of another length than the time.
        NgspiceCrashError
            ngspice gave up for good.
        """
        try:
            log = self._shared.command("run")
            self._solver = self._solver or solver_name(log)
            errors = [line for line in log if is_error(line)]
            results = {"time": self._vector("time", errors)}
            results |= {name: self._vector(name, errors) for name in vectors}
            self._check(results, t_stop, errors)
        finally:
            # Without this ngspice keeps every run's vectors.
            self._shared.command("destroy all")
        return results

    def _vector(self, name: str, errors: list[str]) -> NDArray[np.float64]:
        values: NDArray[np.float64] | None = self._shared.vector(_vector_name(name))
        if values is None:
            if errors:
                raise self._run_error(errors, "no results")
            raise self._error(MeasurementError, f"ngspice returned no vector {name!r}")
        return values

    def _check(self, results: dict[str, NDArray[np.float64]], t_stop: float, errors: list[str]) -> None:
        time = results["time"]
        reached = float(time[-1]) if time.size else 0.0
        if reached < t_stop * (1 - _END_TOLERANCE):
            raise self._run_error(errors, f"stopped at {reached:.6g} s of {t_stop:.6g} s")
        if errors:
            raise self._run_error(errors, "reached its end, but reported an error")
        for name, values in results.items():
            if values.shape != time.shape:
                raise self._error(MeasurementError, f"vector {name!r} has {values.size} points, time has {time.size}")
            if not np.isfinite(values).all():
                raise self._error(MeasurementError, f"vector {name!r} holds a value that is not finite")

    def _run_error(self, errors: list[str], state: str) -> SimulationError:
        early = not errors or is_convergence_failure(errors) or is_convergence_failure(self._shared.tail)
        if early:
            message = "the transient did not converge"
            return self._error(ConvergenceError, message, state=state)
        return self._error(SimulationError, f"ngspice reported: {errors[0].strip()}", state=state)

    def _checked(self, command: str) -> None:
        errors = [line for line in self._shared.command(command) if is_error(line)]
        if errors:
            raise self._error(SimulationError, f"ngspice refused {command.split(';')[0]!r}: {errors[0].strip()}")

    def _forget_circuit(self) -> None:
        self._shared.command("destroy all")
        if self._shared.has_circuit():
            self._shared.command("remcirc")
        self._deck = None

    def _error(self, kind: type[SimulationError], message: str, *, state: str = "") -> SimulationError:
        return kind(message, deck_path=self._deck_path, log_tail="\n".join(self._shared.tail), state=state)


def engine() -> Engine:
    """Return the engine of this process, started at the first call.

    Raises
    ------
    NgspiceNotFoundError, NgspiceVersionError
        See :class:`Engine`.
    """
    global _engine
    if _engine is None:
        _engine = Engine()
    return _engine


def _load_shared() -> Any:
    # ngspice's OpenMP otherwise spins on every core, in every process; read when the library is loaded.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    path = find_library()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpice 1.5 compiles with invalid escape sequences
        from PySpice.Spice.NgSpice import Shared
    # "Unsupported Ngspice version 39": PySpice's table of versions ends at 34.
    Shared.NgSpiceShared._logger.setLevel(logging.CRITICAL)
    shared_class = _shared_class(Shared)
    shared_class.LIBRARY_PATH = path.replace("{", "{{").replace("}", "}}")  # PySpice formats it
    try:
        return shared_class()
    except OSError as error:
        raise NgspiceNotFoundError(f"the ngspice library {path} cannot be loaded: {error};\n{INSTALL_HINT}") from None


def _shared_class(module: Any) -> Any:
    """PySpice's NgSpiceShared, with its error handling and its result objects replaced."""
    ffi = module.ffi

    class Shared(module.NgSpiceShared):  # type: ignore[misc]
        def __init__(self) -> None:
            self.tail: deque[str] = deque(maxlen=_LOG_LINES)
            self._lines: list[str] = []
            self._exit_status: int | None = None
            self._calls = 0
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
            ffi.from_handle(user_data)._exit_status = status
            return status

        def command(self, text: str) -> list[str]:
            """Run a command; its output lines."""
            self._begin()
            status = self._ngspice_shared.ngSpice_Command(text.encode("ascii"))
            return self._end(text, status)

        def load(self, deck: str) -> list[str]:
            """Give ngspice a deck; its output lines."""
            self._begin()
            try:
                self.load_circuit(deck)
            except NameError as error:  # PySpice's way of saying that the return code is not 0
                self._end("loading a deck", 1)
                return [f"Error: {error}", *self._lines]
            return self._end("loading a deck", 0)

        def has_circuit(self) -> bool:
            return not any("there aren't any circuits" in line.lower() for line in self.command("setcirc"))

        def vector(self, name: str) -> NDArray[np.float64] | None:
            """Copy of a vector of the current plot; None if there is none."""
            info = self._ngspice_shared.ngGet_Vec_Info(name.encode("ascii"))
            if info == ffi.NULL or info.v_length <= 0 or info.v_realdata == ffi.NULL:
                return None
            return np.frombuffer(ffi.buffer(info.v_realdata, info.v_length * 8), dtype=np.float64).copy()

        def _begin(self) -> None:
            self._lines = []
            self.clear_output()

        def _end(self, what: str, status: int) -> list[str]:
            # ngspice keeps a history of commands; PySpice frees it in a call that is not used here.
            self._calls += 1
            if self._calls > self.NUMBER_OF_EXEC_CALLS_TO_RELEASE_MEMORY:
                self._ngspice_shared.ngSpice_Command(ffi.NULL)
                self._calls = 0
            if self._exit_status is not None:
                raise NgspiceCrashError(
                    f"ngspice gave up while {what!r} ran and cannot go on in this process",
                    log_tail="\n".join(self.tail),
                    state=f"exit status {self._exit_status}",
                )
            if status and not any(is_error(line) for line in self._lines):
                self._lines.append(f"Error: ngspice returned {status} for {what!r}")
            return self._lines

    return Shared


def _version(lines: Iterable[str]) -> tuple[str, int]:
    for line in lines:
        match = re.search(r"ngspice-(\d+)([\w.+]*)", line)
        if match:
            return match[1] + match[2], int(match[1])
    raise NgspiceVersionError("the ngspice library does not tell its version")


def _vector_name(name: str) -> str:
    return name[2:-1] + "#branch" if name.startswith("i(") else name


def _first(errors: Sequence[str], log: Sequence[str]) -> str:
    told = [*errors, *(line for line in log if line.strip())]
    return told[0].strip() if told else "it says nothing"
