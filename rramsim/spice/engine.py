"""ngspice in this process: load a deck once, alter its elements and run it again and again, and check what comes out.

One engine a process and no threads: the shared library has global state.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import (
    ConvergenceError,
    DeckError,
    MeasurementError,
    NgspiceNotFoundError,
    NgspiceVersionError,
    SimulationError,
)
from rramsim.spice.library import INSTALL_HINT, find_library
from rramsim.spice.log import is_convergence_failure, is_error, solver_name
from rramsim.units import format_number
from rramsim.watchdog import sign_of_life

if TYPE_CHECKING:
    from rramsim.spice.shared import Shared

OLDEST_NGSPICE = 39  # Debian 12; older ones are untested
_COMMAND_BYTES = 1000  # ngspice cuts a command at 1023
# A transient stops within one minimum step of its end time.
_END_TOLERANCE = 1e-9

_ENDED = "condition met"  # by one of the conditions that were set

_engine: Engine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Conditions that end a transient where all of them hold.

    ngspice looks at them after each point that it has accepted, so that they change none of them.

    Parameters
    ----------
    conditions
        (vector, ``<`` or ``>``, value): a node's voltage [V], or ``time`` [s].
    """

    conditions: tuple[tuple[str, Literal["<", ">"], float], ...]

    @property
    def command(self) -> str:
        """Ngspice's command for it."""
        parts = (f"when {name} {sign} {format_number(value)}" for name, sign, value in self.conditions)
        return f"stop {' '.join(parts)}"


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
        self._ends: tuple[Until, ...] = ()
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
    def gave_up(self) -> bool:
        """Whether ngspice has asked to be unloaded and can run nothing any more."""
        return self._shared.exit_status is not None

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
            ngspice gave up at an earlier deck: this process can load no other.
        """
        if deck != self._deck:
            self._shared.require_alive()
            self.unload()
            self._read(deck, deck_path)
        self._deck_path = deck_path

    def _read(self, deck: str, deck_path: Path | None) -> None:
        """Give ngspice a deck and find out whether it took it."""
        self._deck_path = deck_path
        self._shared.forget_log()
        sign_of_life()
        log = self._shared.load(deck)
        errors = [line for line in log if is_error(line)]
        if self._shared.exit_status is not None:
            raise self._error(DeckError, f"ngspice refused the deck: {_first(log)}", state=self._shared.state)
        # ngspice leaves no circuit, or a crippled one, behind a line that it cannot read.
        if errors or not self._shared.has_circuit():
            tail = "\n".join(self._shared.tail)
            self._forget_circuit()
            # "Error on line 3 or its substitute:" is told on the lines that follow.
            told = log[log.index(errors[0]) :] if errors else log
            message = f"ngspice refused the deck: {_first(told)}"
            raise DeckError(message, deck_path=deck_path, log_tail=tail)
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

    def set_options(self, options: Iterable[str]) -> None:
        """Set solver options of the loaded circuit, which keeps them until :meth:`unload`.

        Parameters
        ----------
        options
            Options as in a deck, ``method=gear``.

        Raises
        ------
        SimulationError
            ngspice refuses one.
        """
        for option in options:
            self._checked(f"option {option}")

    def run(
        self, vectors: Sequence[str], *, t_stop: float, until: Sequence[Until] = ()
    ) -> dict[str, NDArray[np.float64]]:
        """Run the loaded transient.

        Parameters
        ----------
        vectors
            Node names (``q``) and source currents (``i(vdd)``).
        t_stop
            End of the transient [s], which the results must reach.
        until
            Where any of these holds the transient ends before. Its points up to there are those of the whole one, to
            the last bit.

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
            self._shared.forget_log()
            sign_of_life()
            self._set_ends(until)
            log = self._shared.command("run")
            ended = any(_ENDED in line for line in log)
            self._solver = self._solver or solver_name(log)
            errors = [line for line in log if is_error(line)]
            results = {"time": self._vector("time", errors)}
            results |= {name: self._vector(name, errors) for name in vectors}
            self._check(results, 0.0 if ended else t_stop, errors)
        finally:
            # Without this ngspice keeps every run's vectors.
            self._shared.command("destroy all")
        return results

    def _set_ends(self, until: Sequence[Until]) -> None:
        """Set the conditions that end a run, in place of those of the run before."""
        if self._ends:
            self._shared.command("delete all")
        self._ends = tuple(until)
        for end in self._ends:
            self._checked(end.command)

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


def gave_up() -> bool:
    """Whether the engine of this process, if it has been started, can run nothing any more."""
    return _engine is not None and _engine.gave_up


def _load_shared() -> Shared:
    # ngspice's OpenMP otherwise spins on every core, in every process; read when the library is loaded.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    path = find_library()
    from rramsim.spice.shared import Shared  # PySpice takes long to import: only where ngspice runs

    Shared.LIBRARY_PATH = path.replace("{", "{{").replace("}", "}}")  # PySpice formats it
    try:
        return Shared()
    except (OSError, AttributeError) as error:  # no library, or one without ngspice's functions
        raise NgspiceNotFoundError(f"the ngspice library {path} cannot be loaded: {error};\n{INSTALL_HINT}") from None


def _version(lines: Iterable[str]) -> tuple[str, int]:
    for line in lines:
        match = re.search(r"ngspice-(\d+)([\w.+]*)", line)
        if match:
            return match[1] + match[2], int(match[1])
    raise NgspiceVersionError("the ngspice library does not tell its version")


def _vector_name(name: str) -> str:
    return name[2:-1] + "#branch" if name.startswith("i(") else name


def _first(log: Sequence[str]) -> str:
    """The first line that says something about what is wrong."""
    told = [line.strip() for line in log if line.strip() and not line.startswith(("Note:", "Circuit:"))]
    return " ".join(told[:3]) if told else "it says nothing"
