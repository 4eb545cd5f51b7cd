"""A deck of one sample for ngspice alone: values altered as a sweep alters them, and the verdict printed.

A sweep loads a deck and alters it; so does this one, in a ``.control`` block, so that what is simulated is the same to
the last digit. A deck with commands is a program: one that a stranger sends is to be read before it is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rramsim.circuits.simulation import AbstractDeck
from rramsim.spice.alterations import alter_commands
from rramsim.spice.analyses import Dc, Tran
from rramsim.spice.needs import needed_mode, needed_osdi
from rramsim.units import format_number

FAILED = "failed"  # the outcome of a simulation that ngspice does not bring to its end
UNSAID = "unsaid"  # that of a bench that has no words of ngspice's for it
LAST = "last_"  # of the name of a vector's last value
EXPECTED = "* expected: "  # before an outcome or NAME = VALUE, in the head


def plain_deck(
    deck: AbstractDeck,
    alterations: Iterable[tuple[str, float]],
    *,
    verdict: Sequence[str],
    options: Sequence[str],
    about: Sequence[str],
    expected: Mapping[str, object],
) -> str:
    """Text of a deck that ngspice runs alone.

    Parameters
    ----------
    deck
        What a sweep loads.
    alterations
        (handle, value) of what it alters.
    verdict
        Commands that set ``outcome`` and print quantities; empty to print the last values of the vectors.
    options
        Solver options that a second try needed.
    about
        Lines of the head, without line ends.
    expected
        Outcome and quantities by name, as rramsim found them.

    Raises
    ------
    InputError
        A compiled model that it needs is not here, or a handle is none.
    """
    mode = needed_mode(deck.text).removeprefix("set ")
    flags = f"-D {mode} " if mode != "unset ngbehavior" else ""
    title, _, rest = deck.text.partition("\n")
    body = rest[: rest.rindex(".end")]
    lines = [
        title,
        *(f"* {line}" for line in about),
        f"* run: ngspice -n {flags}-b FILE",
        *(f"{EXPECTED}{name} = {value}" for name, value in expected.items()),
        body.rstrip(),
        ".control",
        *(f"pre_{command}" for command in needed_osdi(deck.text).values()),
        "set num_threads=1",
        "set numdgt=12",
        *(f"option {option}" for option in options),
        # One a line: in a file ngspice takes what follows a semicolon for a comment, without a word.
        *(line for command in alter_commands(alterations) for line in command.split(";")),
        "run",
        f"set outcome={FAILED}",
        f"if {_whole(deck)}",
        *(f"  {line}" for line in "\n".join(verdict or _last(deck)).split("\n")),
        "end",
        "echo outcome = $outcome",
        "quit",
        ".endc",
        ".end",
    ]
    return "\n".join(lines) + "\n"


def _whole(deck: AbstractDeck) -> str:
    """Condition that holds where an analysis reached its end."""
    analysis = deck.analysis
    if isinstance(analysis, Tran):
        return f"time[length(time)-1] ge {format_number(analysis.stop * (1 - 1e-9))}"
    # By a vector: the name of what is swept, v-sweep, would be a subtraction here.
    return f"length({_expression(deck.vectors[0])}) ge {analysis.values.size if isinstance(analysis, Dc) else 1}"


def _last(deck: AbstractDeck) -> list[str]:
    """Commands that print the last value of each vector."""
    values = [line for n, name in enumerate(deck.vectors) for line in _value(f"{LAST}{n}", _expression(name))]
    return [f"set outcome={UNSAID}", *values]


def _value(called: str, name: str) -> list[str]:
    return [f"* {called} is {name}", f"let {called} = {name}[length({name})-1]", f"print {called}"]


def _expression(vector: str) -> str:
    return vector if "(" in vector else f"v({vector})"
