"""One live line a stage on a terminal; plain lines, few of them, when the output is a file or a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_PLAIN_PERIOD = 10.0  # seconds between plain lines
# What is told of the inside of long tasks, by what the tasks are.
_INSIDE = {"points": "simulations", "accuracies": "batches"}
_STEPS = "steps"

Report = Callable[..., None]  # (done, total), and what went on inside


@contextmanager
def stage(name: str, unit: str, *, stream: TextIO | None = None) -> Iterator[Report]:
    """Show the progress of a stage.

    Parameters
    ----------
    name
        What is being done.
    unit
        What is counted, in the plural.
    stream
        Where to; None for standard error.

    Yields
    ------
    Callable
        Takes (done, total), and simulations since the last call where nothing else was done for long.
    """
    stream = stream or sys.stderr
    if stream.isatty():
        with _live(name, unit, stream) as report:
            yield report
    else:
        yield _plain(name, unit, stream)


@contextmanager
def _live(name: str, unit: str, stream: TextIO) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task):  # type: ignore[no-untyped-def]
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.3g} {unit}/s" if speed else "")

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:g}/{task.total:g}"),
        Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Progress(*columns, console=Console(file=stream)) as progress:
        line = progress.add_task(name, total=1)

        def report(done: int, total: int, inside: int = 0) -> None:
            more = f" ({inside:,} {_INSIDE.get(unit, _STEPS)})" if inside else ""
            progress.update(line, completed=done, total=max(total, 1), description=f"{name}{more}")

        yield report


def _plain(name: str, unit: str, stream: TextIO) -> Report:
    start = time.monotonic()
    last = start - _PLAIN_PERIOD
    first: int | None = None

    def report(done: int, total: int, inside: int = 0) -> None:
        nonlocal last, first
        now = time.monotonic()
        first = done if first is None else first  # finished before this run: no measure of the rate
        if done < total and now - last < _PLAIN_PERIOD and not inside:
            return
        last = now
        elapsed, fresh = now - start, done - first
        rate = fresh / elapsed if elapsed > 0 else 0.0
        text = f"{name}: {done}/{total} {unit}, {elapsed:.0f} s"
        if inside:
            text += f", {inside:,} {_INSIDE.get(unit, _STEPS)} more"
        if fresh:
            text += f", {rate:.3g} {unit}/s"
            if done < total:
                text += f", {(total - done) / rate:.0f} s left"
        print(text, file=stream, flush=True)

    return report
