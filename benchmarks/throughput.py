"""Reads a second: rramsim's engine against the other ways of running the same reads.

Each way is measured alone (one process) and with one process a core, as a sweep runs: ngspice's OpenMP threads, which
neither a plain script nor PySpice's tutorials limit, then spin against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from multiprocessing.pool import Pool

from benchmarks.measurement import SPAWN, Effort, Figure, Part, ratios, take_turns
from benchmarks.reads import draw
from benchmarks.ways import SPICELIB_MISSING, Way, ways
from rramsim.circuits.benches.pair.read import ReadSample
from rramsim.spice.workers import usable_cores
from rramsim.weights import Weight

OWN = "rramsim"
_READS = 30
# Against what was promised for rramsim; "equal" ways do the same numerical work.
_TARGETS = {"process, equal": 3.0, "process, 0.1 ns": 8.0, "PySpice, 0.1 ns": 30.0}
# Takes seconds a read where more than one process runs: a fifth of the reads tells enough.
_SPINNING = ("process, 0.1 ns", "PySpice, 0.1 ns")
_SPINNING_PART = 5


def measure(effort: Effort) -> Part:
    """Time a read of each way, and its ratio to rramsim's."""
    samples = draw(effort.scaled(_READS))
    found = ways()
    figures: list[Figure] = []
    notes = [] if any(name.startswith("spicelib") for name in found) else [SPICELIB_MISSING]
    for processes in dict.fromkeys((1, usable_cores())):
        label = "alone" if processes == 1 else f"{processes} processes"
        work = {name: samples[:: _SPINNING_PART if processes > 1 and name in _SPINNING else 1] for name in found}
        times, verdicts = _time_ways(found, work, effort.rounds, processes)
        per_read = {name: [t / len(work[name]) / processes for t in values] for name, values in times.items()}
        figures.append(Figure.of(f"{label}: {OWN}", [1e3 * t for t in per_read[OWN]], "ms/read"))
        expected = dict(zip(samples, verdicts[OWN], strict=True))
        for name in found:
            if name == OWN:
                continue
            target = {"at_least": _TARGETS[name]} if name in _TARGETS else {}
            figures.append(Figure.of(f"{label}: {name} / {OWN}", ratios(per_read[name], per_read[OWN]), "×", **target))
            if verdicts[name] != [expected[sample] for sample in work[name]]:
                notes.append(f"{label}: the verdicts of {name} DIFFER from rramsim's")
    return Part(title="Throughput: time a read over rramsim's", figures=figures, notes=notes)


def _time_ways(
    found: Mapping[str, Way], work: Mapping[str, list[ReadSample]], rounds: int, processes: int
) -> tuple[dict[str, list[float]], dict[str, list[Weight]]]:
    """Time every way in turn, in ``processes`` processes at once, each with all of its samples."""
    verdicts: dict[str, list[Weight]] = {}

    def run(name: str, pool: Pool) -> None:
        verdicts[name], *_ = pool.map(found[name], [work[name]] * processes, chunksize=1)

    with ExitStack() as stack:
        # Processes of their own, started and warmed up before the clock runs.
        pools = {name: stack.enter_context(SPAWN.Pool(processes)) for name in found}
        for name, way in found.items():
            pools[name].map(way, [work[name][:1]] * processes, chunksize=1)
        return take_turns({name: partial(run, name, pool) for name, pool in pools.items()}, rounds), verdicts
