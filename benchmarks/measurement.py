"""What the parts share: figures with targets, rounds that take turns, and processes of their own."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")

SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure: median, least and greatest of the rounds, and the target, if there is one."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @classmethod
    def of(cls, name: str, values: Sequence[float], unit: str, **target: float) -> Figure:
        """Figure of repeated measurements."""
        return cls(name=name, value=statistics.median(values), low=min(values), high=max(values), unit=unit, **target)

    @property
    def target(self) -> str:
        """The target as text, empty if there is none."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    @property
    def met(self) -> str:
        """Whether the median meets the target: yes, no, or empty if there is none."""
        if not self.target:
            return ""
        low = -float("inf") if self.at_least is None else self.at_least
        high = float("inf") if self.at_most is None else self.at_most
        return "yes" if low <= self.value <= high else "NO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Result of one part of the benchmark: figures, why some are missing, and series too long for a table."""

    title: str
    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    series: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much is measured."""

    quick: bool
    rounds: int
    memory_reads: int

    def scaled(self, count: int) -> int:
        """``count``, or a tenth of it in a quick run."""
        return max(count // 10, 1) if self.quick else count


def take_turns(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds that each way took in each round; every other round runs backwards, so that a drift cancels."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways)[:: -1 if number % 2 else 1]:
            start = time.perf_counter()
            ways[name]()
            times[name].append(time.perf_counter() - start)
    return times


def ratios(above: Sequence[float], below: Sequence[float], factor: float = 1.0) -> list[float]:
    """Ratios within each round."""
    return [factor * a / b for a, b in zip(above, below, strict=True)]


def in_process(function: Callable[..., T], *arguments: object) -> T:
    """Call in a process of its own: an engine limits the threads of its process and of all those started after it."""
    with SPAWN.Pool(1) as pool:
        return pool.apply(function, arguments)
