"""ngspice in this process: load a deck once, alter its elements and run it again and again, and check what comes out.

One engine a process and no threads: the shared library has global state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rramsim.errors import ConvergenceError, DeckError, InputError, MeasurementError, SimulationError
from rramsim.spice.alterations import alter_commands
from rramsim.spice.analyses import Analysis, Tran, defect
from rramsim.spice.library import load_shared, read_version
from rramsim.spice.log import first_complaint, is_convergence_failure, is_error, solver_name, warnings
from rramsim.spice.present import Present
from rramsim.spice.until import Checkpoints, Until, stop_command, was_ended
from rramsim.watchdog import sign_of_life

_engine: Engine | None = None


class Engine:
    """A loaded ngspice: ``load`` a deck, ``alter`` its elements, ``run`` it.

    Get it with :func:`engine`; a process holds one.

    Raises
    ------
    NgspiceNotFoundError
        The shared library is missing or cannot be loaded.
    NgspiceVersionError
        It is older than :data:`rramsim.spice.library.OLDEST_NGSPICE`.
    """

    def __init__(self) -> None:
        self._shared = load_shared()
        self._deck_path: Path | None = None
        self._deck: str | None = None
        self._solver, self.present = "", Present(self._shared.command)
        self.warnings: tuple[str, ...] = ()  # of the deck that was read last
        self.altered: set[str] = set()  # handles of the loaded circuit that have another value than in the deck
        self.version_text, self.version = read_version(self._shared.command("version -f"))
        # As a command: the variable is read when a BSIM4 device is set up, and the deck's option comes too late.
        self._shared.command("set num_threads=1;set nomoremode")

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

    @property
    def log_tail(self) -> str:
        """The last lines that ngspice printed, of the deck or run that came last; also notes, which are no errors."""
        return "\n".join(self._shared.tail)

    def command(self, text: str) -> list[str]:
        """Run a command of ngspice's own, as typed at its prompt: to look at what is loaded.

        None that loads or drops a circuit. What it changes in the circuit stays until :meth:`unload`, what it changes
        in ngspice (``set``) for good.

        Parameters
        ----------
        text
            One command, or several with ``;`` between; ASCII, shorter than 1023 bytes.

        Returns
        -------
        list
            The lines that it printed.

        Raises
        ------
        SimulationError
            ngspice refuses it.
        """
        lines = self._shared.command(text)
        if error := next(filter(is_error, lines), ""):
            raise self._error(SimulationError, f"ngspice refused {text.split(';')[0]!r}: {error.strip()}")
        return lines

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
        self.warnings = warnings(log)
        errors = [line for line in log if is_error(line)]
        if self._shared.exit_status is not None:
            raise self._error(DeckError, f"ngspice refused the deck: {first_complaint(log)}", state=self._shared.state)
        # ngspice leaves no circuit, or a crippled one, behind a line that it cannot read.
        if errors or not self._shared.has_circuit():
            # "Error on line 3 or its substitute:" is told on the lines that follow.
            told = log[log.index(errors[0]) :] if errors else log
            error = self._error(DeckError, f"ngspice refused the deck: {first_complaint(told)}")
            self._forget_circuit()
            raise error
        self._deck = deck

    def unload(self) -> None:
        """Drop the current circuit and its results, if there is one."""
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
        values = tuple(assignments)
        self.altered.update(handle for handle, _ in values)
        for command in alter_commands(self.present.among(values)):
            self.command(command)

    def set_options(self, options: Iterable[str]) -> None:
        """Set solver options of the loaded circuit, which keeps them until :meth:`unload`; raises as :meth:`command`.

        Parameters
        ----------
        options
            Options as in a deck, ``method=gear``.
        """
        for option in options:
            self.command(f"option {option}")

    def run(
        self, analysis: Analysis, vectors: Sequence[str], *, until: Sequence[Until] | Checkpoints = ()
    ) -> dict[str, NDArray[np.float64]]:
        """Run the loaded deck's analysis.

        Parameters
        ----------
        analysis
            What the deck asks for; the result is checked by it.
        vectors
            Node names (``q``) and source currents (``i(vdd)``).
        until
            Where any of these holds, or a checkpoint is enough, a transient ends before its stop. Its points up to
            there are those of the whole one, to the last bit.

        Returns
        -------
        dict
            Each vector [V or A], arrays of shape (points,), after the one that they are functions of: ``time`` [s] of a
            transient, the swept values ``v-sweep`` or ``i-sweep`` [V or A]. An operating point has none, and one point.

        Raises
        ------
        ConvergenceError
            ngspice found no solution, or the transient stopped early.
        MeasurementError
            A vector is missing, not finite or of another length than it should be, or a sweep is not whole.
        InputError
            ``until`` is given for another analysis than a transient, or no vector for an operating point.
        NgspiceCrashError
            ngspice gave up for good.
        SimulationError
            ngspice reported another error.
        """
        if until and not isinstance(analysis, Tran):
            raise InputError(f"only a transient can end early, not {analysis.card!r}")
        names = (analysis.scale, *vectors) if analysis.scale else tuple(vectors)
        if not names:
            raise InputError("an operating point needs the names of vectors")
        try:
            self._shared.forget_log()
            sign_of_life()
            log, ended = self._simulate(names, until)
            self._solver = solver_name(log) or self._solver
            errors = [line for line in log if is_error(line)]
            results = {name: self._vector(name, analysis, errors) for name in names}
            self._check(results, analysis, errors, ended=ended)
        finally:
            # Without these ngspice keeps every run's vectors, and the next run ends where this one did.
            self._shared.command("destroy all;delete all" if until else "destroy all")
        return results

    def _simulate(self, names: Sequence[str], until: Sequence[Until] | Checkpoints) -> tuple[list[str], bool]:
        """Run, and on from each checkpoint that is not enough: the log, and whether it was ended before its stop."""
        if not isinstance(until, Checkpoints):
            for end in until:
                self.command(end.command)
            log = self._shared.simulate("run")
            return log, bool(until) and was_ended(log)
        log, command = [], "run"
        for time in until.times:
            self.command(stop_command([("time", ">", time)]))
            lines = self._shared.simulate(command)
            log += lines
            if not was_ended(lines):  # it is whole, or failed
                return log, False
            if until.enough({name: self._vector(name) for name in names}):
                return log, True
            self._shared.command("delete all")
            command = "resume"
        return log + self._shared.simulate(command), False

    def _vector(self, name: str, analysis: Analysis | None = None, errors: Sequence[str] = ()) -> NDArray[np.float64]:
        values: NDArray[np.float64] | None = self._shared.vector(name)
        if values is None:
            if analysis is not None and errors:
                raise self._run_error(analysis, errors, "no results")
            raise self._error(MeasurementError, f"ngspice returned no vector {name!r}")
        return values

    def _check(
        self, results: dict[str, NDArray[np.float64]], analysis: Analysis, errors: Sequence[str], *, ended: bool
    ) -> None:
        if state := "" if ended else analysis.shortfall(next(iter(results.values()))):
            raise self._run_error(analysis, errors, state)
        if errors:
            raise self._run_error(analysis, errors, "reached its end, but reported an error")
        if found := defect(results):
            raise self._error(MeasurementError, found)

    def _run_error(self, analysis: Analysis, errors: Sequence[str], state: str) -> SimulationError:
        silent = analysis.ends_silently and not errors
        if silent or is_convergence_failure(errors) or is_convergence_failure(self._shared.tail):
            return self._error(ConvergenceError, f"the {analysis.name} did not converge", state=state)
        if not errors:
            return self._error(MeasurementError, f"the {analysis.name} {state}", state=state)
        return self._error(SimulationError, f"ngspice reported: {errors[0].strip()}", state=state)

    def _forget_circuit(self) -> None:
        self._shared.command("destroy all")
        if self._shared.has_circuit():
            self._shared.command("remcirc")
        self._deck, self.altered = None, set()
        self.present.forget()

    def _error(self, kind: type[SimulationError], message: str, *, state: str = "") -> SimulationError:
        return kind(message, deck_path=self._deck_path, log_tail=self.log_tail, state=state)


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
