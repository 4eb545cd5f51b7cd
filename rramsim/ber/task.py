"""One task: all reads of one programmed weight of one cell at one corner. Runs anywhere that has ngspice."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from rramsim.ber.monte_carlo import ReadRecord, StopRule, monte_carlo
from rramsim.ber.sampling import ReadVariation
from rramsim.circuits.read import ReadBench
from rramsim.circuits.read_deck import ReadDeck
from rramsim.files import content_id
from rramsim.spice.engine import engine
from rramsim.weights import Weight

_FORMAT = 1  # of a task's identity and result; raise it when either changes its meaning


@dataclass(frozen=True, kw_only=True)
class ReadTask:
    """Everything that decides the result of one point of a BER table.

    Parameters
    ----------
    deck
        The circuit, its models, corner and timing.
    variation
        The programmed weight and what varies.
    stop
        When the Monte Carlo run stops.
    seed
        Seed of the study.
    ngspice
        Version of ngspice that must run it.
    """

    deck: ReadDeck
    variation: ReadVariation
    stop: StopRule
    seed: int
    ngspice: str

    @property
    def programmed(self) -> Weight:
        """The stored weight."""
        return self.variation.programmed

    @cached_property
    def id(self) -> str:
        """SHA-256 of everything that can change the result."""
        devices = self.variation.devices
        return content_id(
            {
                "format": _FORMAT,
                "deck": self.deck.text,
                "models": {} if self.deck.technology.file.inline else self.deck.technology.hashes,
                "cell": self.deck.cell.name,
                "t_sense": self.deck.conditions.t_sense,
                "programmed": self.programmed,
                "devices": {
                    state: [values.r_median, values.sigma_ln_d2d, values.sigma_ln_c2c]
                    for state, values in (("lrs", devices.lrs), ("hrs", devices.hrs))
                },
                "sigma_thresholds": list(self.variation.sigma_thresholds),
                "estimator": {"name": "monte_carlo", **asdict(self.stop)},
                "seed": self.seed,
                "ngspice": self.ngspice,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """Result of a task: counts, and the summary of latching time, margin and energy that ``reads.csv`` prints.

    Quantities are SI; ``latching_*`` are None where no read resolved.
    """

    counts: Mapping[Weight, int]
    failed: int
    latched: int
    latching_median: float | None
    latching_p95: float | None
    margin_median: float
    energy_mean: float
    energy_std: float

    @property
    def trials(self) -> int:
        """Reads that gave a result."""
        return sum(self.counts.values())

    @classmethod
    def from_record(cls, record: ReadRecord) -> ReadResult:
        """Summarise a Monte Carlo record."""
        times = np.asarray(record.latching_times)
        energies = np.asarray(record.energies)
        return cls(
            counts=dict(record.counts),
            failed=0,
            latched=times.size,
            latching_median=float(np.median(times)) if times.size else None,
            latching_p95=float(np.quantile(times, 0.95)) if times.size else None,
            margin_median=float(np.median(record.margins)),
            energy_mean=float(energies.mean()),
            energy_std=float(energies.std(ddof=1)) if energies.size > 1 else 0.0,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        return plain | {"counts": {weight.value: count for weight, count in sorted(self.counts.items())}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ReadResult:
        """Read plain values back.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a result.
        """
        counts = {Weight(weight): int(count) for weight, count in data["counts"].items()}
        if min(counts.values(), default=-1) < 0:
            raise ValueError("counts must not be negative, and there must be some")
        if set(data) != set(cls.__slots__):
            raise ValueError(f"keys must be {', '.join(cls.__slots__)}")
        return cls(**{**data, "counts": counts})


def run_task(task: ReadTask, deck_path: Path | None = None) -> ReadResult:
    """Run a task in this process.

    Raises
    ------
    SimulationError
        ngspice failed.
    """
    bench = ReadBench(engine(), task.deck, deck_path=deck_path)
    record = monte_carlo(
        bench.read, lambda block: task.variation.block(task.seed, task.id, block), task.programmed, task.stop
    )
    return ReadResult.from_record(record)


def probe() -> dict[str, str]:
    """Tell which ngspice this process runs, and where."""
    ngspice = engine()
    return {
        "ngspice": ngspice.version_text,
        "library": ngspice.library_path,
        "python": platform.python_version(),
        "pid": str(os.getpid()),
    }
