"""The one tree of exceptions.

Two branches matter to a caller: :class:`InputError` (the user can mend it: exit code 2, nothing was written) and
everything else (the run failed: exit code 1, finished points are kept). Every leaf also inherits the builtin that a
Python programmer would expect to catch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class RramsimError(Exception):
    """Root of every exception that rramsim raises on purpose."""

    exit_code = 1


class InputError(RramsimError, ValueError):
    """Something the user gave cannot be used."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in an input file: where, what was found and what is allowed."""

    key: str
    value: object
    message: str

    def __str__(self) -> str:
        return f"{_short(self.key)}: {_short(self.message, 2000)} (got {_short(repr(self.value))})"


def _short(text: str, longest: int = 300) -> str:
    """Leave out the middle of what nobody would read."""
    return text if len(text) <= longest else f"{text[: longest // 2]} … {text[-longest // 4 :]}"


class StudyError(InputError):
    """A study or technology file cannot be used; ``problems`` lists everything that is wrong with it at once."""

    def __init__(self, path: Path | str, problems: Iterable[Problem]) -> None:
        self.path = Path(path)
        self.problems = tuple(problems)
        super().__init__(str(self))

    def __reduce__(self) -> tuple[type[StudyError], tuple[Path, tuple[Problem, ...]]]:
        return (type(self), (self.path, self.problems))

    def __str__(self) -> str:
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        return f"{self.path} cannot be used:\n{lines}"


class MissingResourceError(InputError, FileNotFoundError):
    """A netlist, model card or data file does not exist."""

    def __str__(self) -> str:  # FileNotFoundError would print an empty errno
        return str(self.args[0])


class DataError(InputError):
    """A file of a data set is damaged, is another one than expected, or holds what a data set cannot."""


class TableError(InputError):
    """A BER or accuracy table is not one: missing columns, impossible values, or no row for a corner."""


class TaskFileError(InputError):
    """The file of a finished task is damaged."""


class TaskError(RramsimError, RuntimeError):
    """A task ended with an error that is not one of ours."""


class VerificationError(RramsimError):
    """What a run folder holds differs from what its study gives."""


class NetworkError(InputError):
    """A network cannot be used: its file is damaged or its weights are not binary or ternary."""


class OutputError(InputError, OSError):
    """The output folder cannot be written."""

    def __str__(self) -> str:
        return str(self.args[0])


class WriteError(RramsimError, OSError):
    """A file cannot be written, as on a full disk: the run fails, and goes on from there when there is room."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingExtraError(RramsimError, ImportError):
    """A command needs optional packages that are not installed."""

    def __init__(self, package: str, extra: str) -> None:
        self.package = package
        self.extra = extra
        super().__init__(f"{package} is not installed; this needs the extra: pip install 'rramsim[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return (type(self), (self.package, self.extra))


class SimulationError(RramsimError, RuntimeError):
    """ngspice did not deliver a result.

    Parameters
    ----------
    message
        What failed.
    deck_path
        The deck as it was given to ngspice, kept for inspection; None where no deck was loaded.
    log_tail
        The last lines that ngspice printed.
    state
        How ngspice ended: its return code, the signal that ended its process, or the simulated time it reached.
    """

    def __init__(self, message: str, *, deck_path: Path | None = None, log_tail: str = "", state: str = "") -> None:
        self.message = message
        self.deck_path = deck_path
        self.log_tail = log_tail
        self.state = state
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments need this to cross a process border.
        return (_rebuild_simulation_error, (type(self), self.message, self.deck_path, self.log_tail, self.state))

    def __str__(self) -> str:
        parts = [self.message]
        if self.state:
            parts.append(f"  ngspice ended with: {self.state}")
        if self.deck_path is not None:
            parts.append(f"  deck: {self.deck_path}")
        if self.log_tail:
            parts.append("  last lines of ngspice:\n" + "\n".join(f"    {line}" for line in self.log_tail.splitlines()))
        return "\n".join(parts)


def _rebuild_simulation_error(
    kind: type[SimulationError], message: str, deck_path: Path | None, log_tail: str, state: str
) -> SimulationError:
    return kind(message, deck_path=deck_path, log_tail=log_tail, state=state)


class NgspiceNotFoundError(SimulationError, FileNotFoundError):
    """The ngspice shared library is not on this machine."""


class NgspiceVersionError(SimulationError):
    """The ngspice that was found is too old, or another one than a sweep began with."""


class ModelFileError(SimulationError):
    """The model files of a machine are not those that a sweep was planned with."""


class NgspiceCrashError(SimulationError):
    """The process that ran ngspice died."""


class NgspiceTimeoutError(SimulationError, TimeoutError):
    """ngspice did not finish in the time allowed; its process was killed."""


class ClusterError(SimulationError, ConnectionError):
    """The Dask cluster was lost, or a worker that joined it cannot be used."""


class DeckError(SimulationError):
    """ngspice refused a deck."""


class NoDirectionError(SimulationError):
    """No simulation around typical devices gave a result: nothing tells where misreads lie."""


class ConvergenceError(SimulationError):
    """A transient stopped before its end."""


class MeasurementError(SimulationError):
    """A requested quantity is missing, not finite, or does not reach the end of the simulation."""


def close_matches(name: str, known: Iterable[str]) -> str:
    """Suggest what a misspelt ``name`` may have meant, as the tail of an error message.

    Parameters
    ----------
    name
        What was asked for.
    known
        The names that there are, in any order; all of them are listed.

    Examples
    --------
    >>> close_matches("vddv", ["vdd_v", "process"])
    "did you mean 'vdd_v'? Known: process, vdd_v"
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}Known: {', '.join(names) if names else 'none'}"
