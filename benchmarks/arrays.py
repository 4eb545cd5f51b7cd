"""Reads of whole rows of 2T2R arrays as one transistor circuit each, and of lumped columns: time and memory.

Times are those of the processor where the machine is shared: what an idle core would take. ``array_klu`` needs an
ngspice that was built with KLU: name its library in ``NGSPICE_LIBRARY_PATH``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.measurement import SPAWN, Effort, Figure, Part, in_process
from rramsim.circuits.crossbar.deck import ArrayDeck, Model, Solver
from rramsim.circuits.crossbar.solve import read_cells, read_row
from rramsim.corners import parse_corner
from rramsim.spice.engine import engine
from rramsim.study import build_study

# SPARSE takes minutes of the two largest, and of all bits.
_SIZES: dict[Solver, tuple[tuple[int, int], ...]] = {
    "sparse": ((8, 8), (16, 16), (32, 32), (64, 32)),
    "klu": ((8, 8), (16, 16), (32, 32), (64, 32), (64, 64), (128, 64)),
}
_WHOLE = (32, 32)
_LINUX = Path("/proc").exists()
_SEED = 13  # of the random pattern
_PROCESSES = 2
_LONG_ENOUGH = 1.0  # for no process to take a second task of those that warm them [s]
_MIB = 2**20
_AT_MOST = {"array": 60.0, "lumped": 10.0}  # seconds of all bits of a 32x32 array


def measure_sparse(effort: Effort) -> Part:
    """Whole rows with ngspice's own solver."""
    if not _LINUX:
        return Part(title=_title("sparse"), figures=[], notes=["not measured: memory is read from /proc, of Linux"])
    return _rows(effort, "sparse")


def measure_columns(effort: Effort) -> Part:
    """Lumped columns."""
    title = "Columns: each cell of an array, the rest of its column put together"
    return Part(title=title, figures=_all_bits("lumped", "sparse", effort), notes=[f"pattern `random`, seed {_SEED}"])


def measure_klu(effort: Effort) -> Part:
    """Whole rows with KLU."""
    if not (_LINUX and in_process(_has_klu)):
        note = "not measured: this ngspice has no KLU (NGSPICE_LIBRARY_PATH names another), or this is not Linux"
        return Part(title=_title("klu"), figures=[], notes=[note])
    return _rows(effort, "klu")


def _title(solver: Solver) -> str:
    return f"Arrays: a row as one transistor circuit, {'KLU' if solver == 'klu' else 'SPARSE'}"


def _rows(effort: Effort, solver: Solver) -> Part:
    sizes = _SIZES[solver][:2] if effort.quick else _SIZES[solver]
    figures: list[Figure] = []
    times: list[float] = []
    for rows, columns in sizes:
        reads = [in_process(row_read, rows, columns, solver) for _ in range(effort.rounds if rows < 32 else 1)]
        seconds, memory = zip(*reads, strict=True)
        times.append(min(seconds))
        name = f"row of {rows} × {columns}"
        figures.append(Figure.of(f"{name}: processor time", seconds, "s"))
        figures.append(Figure.of(f"{name}: memory", [value / _MIB for value in memory], "MiB"))
    cells = [rows * columns for rows, columns in sizes]
    figures.append(Figure.of("growth of the time with cells, exponent", [_exponent(cells, times)], ""))
    notes = [f"pattern `random`, seed {_SEED}; memory is what loading and reading add to the process at its peak"]
    if solver == "klu" and not effort.quick:
        figures += _all_bits("array", solver, effort)
    elif not effort.quick:
        notes.append("all 1,024 bits of a 32 × 32 array are 32 of its rows")
    return Part(title=_title(solver), figures=figures, notes=notes)


def _all_bits(model: Model, solver: Solver, effort: Effort) -> list[Figure]:
    """All bits of a 32 × 32 array in two processes, verdicts and latching times without the recharge."""
    rows, columns = (8, 8) if effort.quick else _WHOLE
    with SPAWN.Pool(_PROCESSES) as pool:
        pool.map(_ready, range(_PROCESSES), chunksize=1)
        start = time.perf_counter()
        found = pool.map(_row_of, [(rows, columns, row, model, solver) for row in range(rows)], chunksize=1)
        wall = time.perf_counter() - start
    processor = sum(seconds for seconds, _ in found)
    wrong = sum(errors for _, errors in found)
    name = f"all {rows * columns:,} bits, {model}, {_PROCESSES} processes"
    return [
        Figure.of(f"{name}: processor time / {_PROCESSES}", [processor / _PROCESSES], "s", at_most=_AT_MOST[model]),
        Figure.of(f"{name}: time on this machine", [wall], "s"),
        Figure.of(f"{name}: read otherwise than stored", [wrong], "bits"),
    ]


def _deck(rows: int, columns: int, model: Model, solver: Solver) -> ArrayDeck:
    settings = {"rows": rows, "columns": columns, "pattern": "random", "pattern_seed": _SEED, "model": model}
    bench = {"name": "b", "use": "column_read", "settings": {**settings, "solver": solver}}
    (found,) = build_study(name="s", bench=[bench]).benches
    deck = found.deck(parse_corner("tt_27c_1v2"))
    assert isinstance(deck, ArrayDeck)
    return deck


def row_read(rows: int, columns: int, solver: Solver) -> tuple[float, int]:
    """Task: read one row of an array; processor time [s], and memory beyond that before [B]."""
    deck, simulator = _deck(rows, columns, "array", solver), engine()
    before, start = _memory("VmRSS"), time.process_time()
    read_row(simulator, deck)
    return time.process_time() - start, _memory("VmHWM") - before


def _row_of(task: tuple[int, int, int, Model, Solver]) -> tuple[float, int]:
    """Task: read all cells of a row; processor time [s], and how many are not read as they are stored."""
    rows, columns, row, model, solver = task
    start = time.process_time()
    deck = replace(_deck(rows, columns, model, solver), row=row)
    read = list(read_cells(engine(), deck, whole=False))
    wrong = sum(outcome.weight.number != deck.pattern[row][column] for row, column, outcome in read)
    return time.process_time() - start, wrong


def _ready(_: int) -> None:
    """Task: start ngspice and import what a deck needs."""
    read_row(engine(), _deck(2, 2, "lumped", "sparse"))
    time.sleep(_LONG_ENOUGH)


def _has_klu() -> bool:
    read_row(engine(), _deck(2, 2, "array", "klu"))
    return "KLU" in engine().solver


def _memory(line: str) -> int:
    """Resident memory of this process [B]: ``VmRSS`` now, ``VmHWM`` at its peak."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(rf"^{line}:\s+(\d+) kB", text, re.MULTILINE)[1]) * 1024  # type: ignore[index]


def _exponent(cells: Sequence[int], times: Sequence[float]) -> float:
    """Of the time as a power of the cells, between the smallest and the largest array."""
    return math.log(times[-1] / times[0]) / math.log(cells[-1] / cells[0])
