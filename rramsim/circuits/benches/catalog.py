"""Finds a bench by what a study calls it."""

from __future__ import annotations

from pathlib import Path

from rramsim.circuits.bench import AbstractBench
from rramsim.circuits.source import find_class
from rramsim.errors import InputError, close_matches

# Where the class of each built-in bench is.
BENCHES = {
    "column_read": "rramsim.circuits.benches.column_read:ColumnRead",
    "pcsa_read": "rramsim.circuits.benches.pcsa_read:PcsaRead",
    "program_form": "rramsim.circuits.benches.program_form:ProgramForm",
    "program_reset": "rramsim.circuits.benches.program_reset:ProgramReset",
    "program_set": "rramsim.circuits.benches.program_set:ProgramSet",
    "reference_read": "rramsim.circuits.benches.reference_read:ReferenceRead",
    "xnor_read": "rramsim.circuits.benches.xnor_read:XnorRead",
}


def find_bench(use: str, *, relative_to: Path = Path()) -> type[AbstractBench]:
    """Class of a bench.

    Parameters
    ----------
    use
        Name of a built-in bench, or ``module:Class``; the module may be the path of a file.
    relative_to
        Folder where a relative path starts.

    Raises
    ------
    InputError
        There is none of that name, or the class is no bench.
    """
    if ":" not in use and use not in BENCHES:
        raise InputError(f"unknown bench; {close_matches(use, BENCHES)}, or module:Class of one's own")
    found = find_class(BENCHES.get(use, use), relative_to=relative_to)
    if not issubclass(found, AbstractBench):
        raise InputError(
            f"{found.__name__} is no bench: it must be a subclass of {AbstractBench.__module__}.AbstractBench"
        )
    missing = sorted(found.__abstractmethods__)
    if missing:
        raise InputError(f"{found.__name__} is no bench: it lacks {', '.join(missing)}")
    return found
