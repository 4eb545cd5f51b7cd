"""Resident memory of one worker process over many reads: recycled as a sweep's workers are, and never.

Tasks are the shortest that a sweep has, one block of reads, and each reads another deck than the one before, so that
what loading a deck leaves behind is counted as well.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from benchmarks.measurement import Effort, Figure, Part
from benchmarks.reads import draw, read_deck
from rramsim.ber.monte_carlo import BLOCK
from rramsim.circuits.benches.pair.read import Reader
from rramsim.spice.engine import engine
from rramsim.spice.workers import DEFAULT_MAX_TASKS, LocalWorkers, local_workers

_STATM = Path("/proc/self/statm")
_EVERY = 5000  # reads between the points that are kept
_MIB = 2**20
_CORNERS = ("tt_27c_1v2", "tt_28c_1v2")
_NEVER = 10**9


def measure(effort: Effort) -> Part:
    """Read ``effort.memory_reads`` times in both kinds of worker, at the same time."""
    title = f"Memory: resident memory of a worker over {effort.memory_reads:,} reads"
    if not _STATM.exists():
        return Part(title=title, figures=[], notes=["not measured: it is read from /proc, which only Linux has"])
    count = max(effort.memory_reads // BLOCK, 2)
    with local_workers(1) as recycled, local_workers(1, max_tasks=_NEVER) as kept:
        futures = {"recycled": _submit(recycled, count), "kept": _submit(kept, count)}
        points = {name: [future.result() for future in tasks] for name, tasks in futures.items()}
    resident = {name: [memory for _, memory in values] for name, values in points.items()}
    step = max(min(_EVERY // BLOCK, count // 10), 1)
    return Part(
        title=title,
        figures=[
            _single("kept: growth", _slope(resident["kept"]), "B/read"),
            _single("kept: after the first task", resident["kept"][0] / _MIB, "MiB"),
            _single("kept: after the last task", resident["kept"][-1] / _MIB, "MiB"),
            _single("recycled: greatest", max(resident["recycled"]) / _MIB, "MiB"),
            _single("recycled: processes", len({process for process, _ in points["recycled"]}), ""),
        ],
        notes=[f"recycled after {DEFAULT_MAX_TASKS} tasks, here of {BLOCK} reads each, as a sweep does"],
        series={
            "reads": [(index + 1) * BLOCK for index in range(step - 1, count, step)],
            **{f"{name}_bytes": values[step - 1 :: step] for name, values in resident.items()},
        },
    )


def _submit(executor: LocalWorkers, count: int) -> list[Future[tuple[int, int]]]:
    return [executor.submit(read_block, number) for number in range(count)]


def read_block(number: int) -> tuple[int, int]:
    """Task: one block of reads; the process and its resident memory afterwards [B]."""
    bench = Reader(engine(), read_deck(_CORNERS[number % len(_CORNERS)]))
    for sample in draw(BLOCK, seed=number):
        bench.read(sample)
    pages = int(_STATM.read_text().split()[1])
    return os.getpid(), pages * os.sysconf("SC_PAGE_SIZE")


def _slope(resident: Sequence[int]) -> float:
    """Growth [B/read], by least squares; the first tenth fills caches and is left out."""
    late = np.asarray(resident[len(resident) // 10 :], dtype=float)
    return float(np.polyfit(np.arange(late.size) * BLOCK, late, 1)[0])


def _single(name: str, value: float, unit: str) -> Figure:
    return Figure.of(name, [value], unit)
