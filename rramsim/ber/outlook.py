"""What a sweep will cost, told before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rramsim.ber.plan import Sweep

# Simulations that a rate takes besides those that are counted: the middle of what the benchmarks' grid needed.
_A_RATE = 250
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a sweep will cost, about.

    Parameters
    ----------
    points
        Points of the tables.
    simulations
        How many they take, if none is finished yet and no mirror image saves any.
    seconds
        How long that takes with the workers that there are [s].
    """

    points: int
    simulations: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.points:,} points, up to about {self.simulations:,} simulations, {duration(self.seconds)}"


def outlook(swept: Sweep, seconds: Mapping[str, float], workers: int) -> Outlook:
    """Reckon what a sweep will cost.

    Parameters
    ----------
    swept
        What will be swept.
    seconds
        How long one simulation of each bench takes [s], by name.
    workers
        How many run at once.
    """
    estimation, corners = swept.estimation, len(swept.corners)
    points = simulations = 0
    time = 0.0
    for bench in swept.benches:
        alphabet = bench.alphabet
        rates = 0 if estimation.counted_only else sum(len(alphabet.misreads(one)) for one in alphabet.programmed)
        here = corners * (estimation.stop.max_trials * len(alphabet.programmed) + _A_RATE * rates)
        points += corners * sum(len(coding.alphabet.programmed) for coding in bench.codings)
        simulations += here
        time += here * seconds[bench.name]
    return Outlook(points=points, simulations=simulations, seconds=time / workers)


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    Parameters
    ----------
    seconds
        The time [s].

    Examples
    --------
    >>> duration(42.0), duration(5400.0), duration(3e6)
    ('42 s', '1.5 h', '35 days')
    """
    for unit, name in ((_DAY, "days"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            count = seconds / unit
            return f"{count:,.0f} {name}" if count >= 10 else f"{count:.2g} {name}"
    return f"{seconds:.0f} s"
