"""Tables of typical devices: what a designer looks at before any statistics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

import pandas as pd

from rramsim.circuits.bench import AbstractBench
from rramsim.corners import Corner
from rramsim.runs.folder import RunFolder
from rramsim.runs.loop import Progress, unheard
from rramsim.runs.stamps import Origin, write_stamped
from rramsim.tables.table import Table

P = ParamSpec("P")
T = TypeVar("T")


def write_nominal(
    benches: Sequence[AbstractBench],
    corner: Corner,
    folder: RunFolder,
    executor: Executor,
    *,
    origin: Origin,
    progress: Progress = unheard,
) -> None:
    """Write the tables of typical devices of some benches.

    Parameters
    ----------
    benches
        What is simulated. A table without cells can hold one bench: it holds the first.
    corner
        Where.
    folder
        Where the tables go; prepared.
    executor
        Its processes need ngspice.
    origin
        What the tables come from, for their stamps.
    progress
        Called with (done, total) benches.

    Raises
    ------
    SimulationError
        ngspice failed.
    WriteError
        A table cannot be written.
    """
    tables: dict[Table, list[pd.DataFrame]] = {}
    for number, bench in enumerate(benches):
        progress(number, len(benches))
        for table, frame in in_worker(executor, bench.nominal, corner).items():
            tables.setdefault(table, []).append(frame)
    texts = {}
    for table, frames in tables.items():
        told = pd.concat(frames, ignore_index=True) if "cell" in table.names else frames[0]
        texts[table.file] = table.text(told)
    write_stamped(folder.path, texts, origin)
    progress(len(benches), len(benches))


def in_worker(executor: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function in a worker process and wait for it: ngspice never runs in the process that asks.

    Parameters
    ----------
    executor
        Gives the worker.
    function
        The function; it, its arguments and its result must be pickleable.
    *args, **kwargs
        What it is called with.
    """
    return executor.submit(function, *args, **kwargs).result()
