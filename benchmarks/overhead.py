"""What Python and the bridge to ngspice cost: whole reads against the time inside ngspice's own ``run`` command.

Overhead is all of a read that is not the transient: altering the devices (also the part that ngspice itself takes for
it), fetching and checking the results, measuring them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.measurement import Effort, Figure, Part, in_process
from benchmarks.reads import draw, read_deck
from rramsim.circuits.benches.pair.read import Reader
from rramsim.spice.engine import engine

_READS = 1000
_TARGET = 15.0  # [%]


class TimedLibrary:
    """The ngspice library with a clock around its commands, by their first word."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.seconds: dict[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def ngSpice_Command(self, command: Any) -> int:  # noqa: N802 - the library's name
        """Run a command."""
        start = time.perf_counter()
        status: int = self._library.ngSpice_Command(command)
        spent = time.perf_counter() - start
        word = command.split()[0].decode() if isinstance(command, bytes) else ""
        self.seconds[word] = self.seconds.get(word, 0.0) + spent
        return status


def measure(effort: Effort) -> Part:
    """Time reads and, in the same reads, ngspice's commands."""
    rounds: list[dict[str, float]] = in_process(_time_rounds, effort.scaled(_READS), effort.rounds)

    def figure(name: str, share: Callable[[dict[str, float]], float], **target: float) -> Figure:
        return Figure.of(name, [100 * share(spent) / spent["run"] for spent in rounds], "%", **target)

    return Part(
        title="Overhead: time of a read beside ngspice's transient, over the transient's",
        figures=[
            figure("overhead, all", lambda spent: spent["whole"] - spent["run"], at_most=_TARGET),
            figure("of it in ngspice's alter", lambda spent: spent["alter"]),
            figure("of it in Python", lambda spent: spent["python"]),
            Figure.of("transient", [spent["run"] * spent["ms_per_read"] for spent in rounds], "ms/read"),
        ],
    )


def _time_rounds(reads: int, rounds: int) -> list[dict[str, float]]:
    samples = draw(reads)
    bench = Reader(engine(), read_deck())
    bench.read(samples[0])
    shared = engine()._shared  # the benchmark looks inside: the product has no clock
    library = shared._ngspice_shared
    result = []
    for _ in range(rounds):
        shared._ngspice_shared = timed = TimedLibrary(library)
        start = time.perf_counter()
        for sample in samples:
            bench.read(sample)
        whole = time.perf_counter() - start
        inside = sum(timed.seconds.values())
        result.append({**timed.seconds, "whole": whole, "python": whole - inside, "ms_per_read": 1e3 / reads})
    return result
