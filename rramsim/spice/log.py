"""Tell ngspice's errors from its chatter.

ngspice writes notes, warnings and, from version 42 on, the name of its matrix solver to standard error as well; PySpice
takes each such line for a failure. A sample that merely needed gmin stepping would then be thrown away: a biased error
rate. Only the lines matched here are errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_ERROR = re.compile(
    r"^\s*(?:"
    r"(?:fatal\s+)?error\b"
    r"|doanalyses:.*(?:timestep too small|iteration limit|no convergence|singular|failed)"
    r"|tran:\s+timestep too small"
    r"|run simulation\(s\) aborted"
    r"|.*simulation interrupted due to error"
    r"|.*simulation\(s\) aborted"
    r"|there aren't any circuits loaded"
    r"|no such vector\b"
    r"|.*no such command"
    # Of two sub-circuits with one name ngspice takes the first, whoever meant the second.
    r"|warning: redefinition of\b"
    r"|.*unknown (?:subckt|model|device)"
    r"|.*could not find a valid modelname"
    r"|.*no such (?:parameter|device|model)"
    r")",
    re.IGNORECASE,
)
_CONVERGENCE = re.compile(
    r"timestep too small|no convergence|iteration limit|singular matrix|gmin step.* failed|source step.* failed",
    re.IGNORECASE,
)
_WARNING = re.compile(r"warning\b", re.IGNORECASE)
# A type that ngspice has not, or an instance (n) of one.
_COMPILED = re.compile(
    r"unknown (?:model|device) type|(?:^|\s)n\.\S+\s.*unable to find definition of model", re.IGNORECASE
)
_UNKNOWN_TYPE = re.compile(r"unknown model type (\S+)", re.IGNORECASE)
_SOLVER = re.compile(r"Using (.+) as Direct Linear Solver")


def split_stream(line: str) -> tuple[str, str]:
    """Split what the shared library sends into stream and text.

    Parameters
    ----------
    line
        ``stdout text`` or ``stderr text``; anything else is taken for standard output.
    """
    stream, _, text = line.partition(" ")
    return (stream, text) if stream in ("stdout", "stderr") else ("stdout", line)


def is_error(text: str) -> bool:
    """Whether a line of ngspice's output reports a failure.

    Parameters
    ----------
    text
        The line, without the name of its stream.

    Examples
    --------
    >>> is_error("Using SPARSE 1.3 as Direct Linear Solver"), is_error("Note: Starting dynamic gmin stepping")
    (False, False)
    >>> is_error("Error on line 3 : m1 d g s b nmos")
    True
    """
    return _ERROR.match(text) is not None


def is_convergence_failure(lines: Iterable[str]) -> bool:
    """Whether an output with errors says that the solution was not found (rather than that the deck is wrong).

    Parameters
    ----------
    lines
        The output.
    """
    return any(_CONVERGENCE.search(line) for line in lines)


def solver_name(lines: Iterable[str]) -> str:
    """The matrix solver that a log names, empty if it names none.

    Parameters
    ----------
    lines
        The log of a run.

    Examples
    --------
    >>> solver_name(["Using KLU as Direct Linear Solver"])
    'KLU'
    """
    return next((match[1] for line in lines if (match := _SOLVER.search(line))), "")


def warnings(log: Iterable[str]) -> tuple[str, ...]:
    """What ngspice warns of while it reads a deck: each warning with the lines that tell more.

    Parameters
    ----------
    log
        Its lines.

    Examples
    --------
    >>> warnings(["Circuit: * t", "Warning: Model issue on line 2 :", "unrecognized parameter (x) - ignored", ""])
    ('Warning: Model issue on line 2 : unrecognized parameter (x) - ignored',)
    """
    found: list[str] = []
    going_on = False
    for line in (line.strip() for line in log):
        if _WARNING.match(line):
            found.append(line)
            going_on = True
        elif going_on and line and not line.startswith(("Note:", "Circuit:", "List of", "Current")):
            found[-1] += f" {line}"
        else:
            going_on = False
    return tuple(found)


def first_complaint(log: Sequence[str]) -> str:
    """The first lines of a log that say something about what is wrong.

    Parameters
    ----------
    log
        Its lines, from the first that may tell.

    Examples
    --------
    >>> first_complaint(["Note: No compatibility mode selected!", "", "unknown subckt: x1 a 0 nosuch"])
    'unknown subckt: x1 a 0 nosuch'
    """
    told = [line.strip() for line in log if line.strip() and not line.startswith(("Note:", "Circuit:"))]
    complaint = " ".join(told[:3]) if told else "it says nothing"
    if _COMPILED.search(complaint):
        types = ", ".join(dict.fromkeys(match[1] for line in log if (match := _UNKNOWN_TYPE.search(line))))
        complaint += (
            f"; is {types or 'it'} a compiled model (OSDI)? That needs an ngspice that has OSDI (Debian's 39 has not, "
            "46 of its backports has); the model compiled from the kit's Verilog-A, by OpenVAF, in a folder that the "
            'environment variable RRAMSIM_OSDI names; and osdi = ["NAME.osdi"] under [ngspice] of the technology file'
        )
    return complaint
