"""Rates of the real circuit, column by column, against those that the plane of errors by level gives.

python reports/fault-levels/circuit.py RUN… simulates the points of run folders (made with rramsim sweep) again, each
with drawn columns: the thresholds of a column's amplifier are fixed, all else is drawn anew. It writes circuit.csv, a
row for each misread and column, and prints for each misread how much of the spread between columns the plane tells.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2

from rramsim.ber.machine import probe
from rramsim.ber.task import PointTask
from rramsim.circuits.simulation import Simulation
from rramsim.devices.spread import Level
from rramsim.errors import ConvergenceError, MeasurementError
from rramsim.nn.faults.level_rates import LevelRates
from rramsim.nn.faults.rates import ReadErrorRates
from rramsim.nn.faults.sides import Side
from rramsim.nn.faults.thresholds import chance, thresholds
from rramsim.runs.folder import RunFolder
from rramsim.spice.engine import engine
from rramsim.study.run_folder import load_run_study
from rramsim.tables.ber import BER
from rramsim.tables.directions import DIRECTIONS
from rramsim.tables.levels import LEVELS
from rramsim.tables.points import corner_rows, read_points
from rramsim.weights import Weight, WeightKind

HERE = Path(__file__).parent
SEED = 3
LEAST = 5e-3  # rates below are too rare to be counted a column


@dataclass(frozen=True)
class Misread:
    """One misread of a stored weight, as the plane has it."""

    side: Side
    near: float
    far: float
    read: Weight

    def rate(self, shared: float) -> float:
        """Rate of a column [1]."""
        deviation = self.side.variance(Level.CELL, Level.READ) ** 0.5
        at = np.array([shared])
        return float((chance(at, self.near, deviation) - chance(at, self.far, deviation))[0])


def misreads(folder: Path, task: PointTask, cell: str, *, least: float = LEAST) -> Iterator[Misread]:
    """Those of a task's stored weight that are frequent enough."""
    tables = {table: read_points(table, folder / table.file) for table in (BER, DIRECTIONS, LEVELS)}
    rows = {table: corner_rows(frame, cell=cell, corner=task.corner) for table, frame in tables.items()}
    rates = ReadErrorRates.from_table(rows[BER], WeightKind.TERNARY)
    sides = LevelRates.from_tables(rates, rows[DIRECTIONS], rows[LEVELS]).of(Weight(task.programmed))
    for side, bounds in zip(sides, thresholds(sides), strict=True):
        for (read, rate), near, far in zip(side.outcomes, bounds, [*bounds[1:], np.inf], strict=True):
            if rate >= least:
                yield Misread(side, float(near), float(far), read)


def counted(simulation: Simulation, task: PointTask, column: np.ndarray, reads: int, rng: np.random.Generator) -> dict:
    """Reads of each outcome of a column whose amplifier is fixed."""
    of_column = [dict(source.levels).get(Level.COLUMN, 0.0) == 1.0 for source in task.spread.sources]
    found: dict[str, int] = {}
    z = rng.standard_normal((reads, task.spread.dimension))
    z[:, of_column] = column[of_column]
    for values in task.spread.values(z).tolist():
        try:
            outcome = task.simulate(simulation, values).outcome
        except (ConvergenceError, MeasurementError):
            outcome = "failed"
        found[outcome] = found.get(outcome, 0) + 1
    return found


def rows(folder: Path, columns: int, reads: int) -> Iterator[dict[str, object]]:
    """A row for each misread and column of a run folder's ternary cell."""
    study = load_run_study(RunFolder(folder))
    for number, task in enumerate(study.sweep.tasks(ngspice=probe()["ngspice"])):
        known = list(misreads(folder, task, "ternary_2t2r"))
        if not known:
            continue
        simulation = Simulation(engine(), task.deck)
        rng = np.random.default_rng([SEED, number])
        for index in range(columns):
            column = rng.standard_normal(task.spread.dimension)
            outcomes = counted(simulation, task, column, reads, rng)
            drawn = dict(zip(task.spread.names, column.tolist(), strict=True))
            for one in known:
                shared = sum(loading * drawn[source] for source, loading in one.side.along(Level.COLUMN).items())
                yield {
                    "run": folder.name, "corner": task.corner.id, "programmed": task.programmed, "read": one.read.value,
                    "rate": dict(one.side.outcomes)[one.read], "column_share": one.side.variance(Level.COLUMN),
                    "column": index, "reads": reads, "errors": outcomes.get(one.read.value, 0),
                    "predicted": one.rate(shared), "failed": outcomes.get("failed", 0),
                }  # fmt: skip


def verdict(frame: pd.DataFrame) -> dict[str, float]:
    """What the plane tells of the spread between columns, beside one rate for all."""
    reads, errors = frame["reads"].to_numpy(), frame["errors"].to_numpy()
    mean = errors.sum() / reads.sum()
    found, predicted = errors / reads, frame["predicted"].to_numpy()
    scatter = (errors - reads * mean) ** 2 / (reads * mean * (1 - mean))
    noise = float((found * (1 - found) / (reads - 1)).mean())  # variance of a column's rate by counting
    spread = max(float(found.var(ddof=1)) - noise, 0.0)
    missed = max(float(((found - predicted) ** 2).mean()) - noise, 0.0)
    return {
        "counted": mean, "predicted": float(predicted.mean()), "sd_between_columns": spread**0.5,
        "sd_predicted": float(predicted.std(ddof=1)), "rms_missed": missed**0.5,
        "correlation": float(np.corrcoef(found, predicted)[0, 1]),
        "p_equal_columns": float(chi2.sf(scatter.sum(), len(frame) - 1)),
    }  # fmt: skip


def main() -> None:
    """Simulate and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+", type=Path)
    parser.add_argument("--columns", type=int, default=60)
    parser.add_argument("--reads", type=int, default=400)
    given = parser.parse_args()
    found: list[dict[str, object]] = []
    for run in given.run:
        for row in rows(run, given.columns, given.reads):
            found.append(row)
            # Long work: what is known stays, whatever ends it.
            pd.DataFrame(found).to_csv(HERE / "circuit.csv", index=False, lineterminator="\n")
    frame = pd.DataFrame(found)
    keys = ["run", "corner", "programmed", "read", "rate", "column_share"]
    summary = frame.groupby(keys, sort=False).apply(lambda part: pd.Series(verdict(part)), include_groups=False)
    print(summary.reset_index().to_string(index=False, float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
