"""Run the benchmark: python -m benchmarks [PART ...] [--quick] [--write]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks import (
    arrays,
    eqprop,
    eqprop_authors,
    eqprop_memory,
    levers,
    memory,
    overhead,
    packed,
    scaling,
    throughput,
)
from benchmarks.measurement import Effort, Part
from benchmarks.results import conditions, table, write

PARTS: dict[str, Callable[[Effort], Part]] = {
    "throughput": throughput.measure,
    "overhead": overhead.measure,
    "workers": scaling.measure_workers,
    "growth": scaling.measure_growth,
    "dask": scaling.measure_dask,
    "memory": memory.measure,
    "levers": levers.measure,
    "packed": packed.measure,
    "eqprop": eqprop.measure,
    "eqprop_authors": eqprop_authors.measure,
    "eqprop_memory": eqprop_memory.measure,
    "columns": arrays.measure_columns,
    "array": arrays.measure_sparse,
    "array_klu": arrays.measure_klu,
}


def main() -> None:
    """Measure, print and, if asked, keep."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure rramsim's speed and memory.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="a tenth of the reads, 3 rounds: to try the benchmark")
    parser.add_argument("--rounds", type=int, help="repetitions of each comparison (5; 3 if quick)")
    parser.add_argument("--memory-reads", type=int, help="reads of the memory part (100,000; 2,000 if quick)")
    parser.add_argument(
        "--write", action="store_true", help="keep the results of these parts: results.json and the tables in README.md"
    )
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if options.write and options.quick:
        parser.error("--write keeps no quick run: its figures say nothing")
    effort = Effort(
        quick=options.quick,
        rounds=options.rounds or (3 if options.quick else 5),
        memory_reads=options.memory_reads or (2_000 if options.quick else 100_000),
    )
    made_with = conditions(f"python -m benchmarks {' '.join(sys.argv[1:])}".rstrip())
    results: dict[str, Part] = {}
    for name in options.parts or PARTS:
        results[name] = PARTS[name](effort)
        print(table(results[name]), flush=True)
    if options.write:
        write(made_with, results)


if __name__ == "__main__":
    main()
