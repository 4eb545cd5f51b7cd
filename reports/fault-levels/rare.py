"""Rare rates of the real circuit, column by column, by line sampling, against those that the plane gives.

python reports/fault-levels/rare.py RUN… takes the points of run folders (made with rramsim sweep), fixes the thresholds
of a column's amplifier as drawn, and estimates the rate of each misread among all that is left. It writes rare.csv, a
row for each misread and column, and prints for each misread how well the plane tells the logarithm of a column's rate.
"""

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from circuit import Misread, misreads

from rramsim.ber.machine import probe
from rramsim.ber.task import PointTask
from rramsim.circuits.response import AbstractResponse
from rramsim.circuits.simulation import Simulation
from rramsim.devices.spread import Level
from rramsim.rare.estimator import EventEstimator
from rramsim.rare.limit_state import CountedResponse, LimitState
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.runs.folder import RunFolder
from rramsim.spice.engine import engine
from rramsim.streams import stream
from rramsim.study.run_folder import load_run_study

HERE = Path(__file__).parent
SEED = 3
RELATIVE = 0.1  # half of the interval of a column's rate
SHARED = 2e-3  # part of the amplifier below which columns hardly differ
LEAST = 1e-12  # rates below are too rare for lines of few columns


class Column:
    """The response of a column: what varies besides its amplifier."""

    def __init__(self, response: AbstractResponse, column: np.ndarray, fixed: np.ndarray) -> None:
        self._response, self._column, self._free = response, column, ~fixed

    def __call__(self, free: np.ndarray) -> float:
        """Value at what is free."""
        z = self._column.copy()
        z[self._free] = free
        return self._response(z)


def rate(task: PointTask, response: AbstractResponse, one: Misread, column: np.ndarray, fixed: np.ndarray) -> dict:
    """Rate of a misread in a column, and what it cost."""
    names = np.array(task.spread.names)[~fixed]
    loaded = {level: one.side.along(level) for level in (Level.CELL, Level.READ)}
    # Both parts of a source lie along its axis: its cosine is the root of the sum of their squares, signed.
    start = np.array([sum(part.get(name, 0.0) ** 2 for part in loaded.values()) ** 0.5 for name in names])
    signs = [np.sign(next((part[name] for part in loaded.values() if name in part), 0.0)) for name in names]
    state = LimitState(CountedResponse(Column(response, column, fixed), len(names)), response.events[one.read.value])
    asked = Precision(relative=RELATIVE, max_simulations=2000)
    found = EventEstimator(state, asked, partial(stream, SEED, task.id)).run([start * signs], Method.LINE_SAMPLING)
    known, (low, high) = found.estimate, found.estimate.interval()
    return {"rate": known.probability, "ci_low": low, "ci_high": high, "simulations": known.simulations}


def rows(folder: Path, columns: int) -> Iterator[dict[str, object]]:
    """A row for each misread and column of a run folder's ternary cell."""
    study = load_run_study(RunFolder(folder))
    for number, task in enumerate(study.sweep.tasks(ngspice=probe()["ngspice"])):
        simulation = Simulation(engine(), task.deck)
        response = task.bench.response(simulation, task.corner, task.programmed, task.spread)
        fixed = np.array([dict(source.levels).get(Level.COLUMN, 0.0) == 1.0 for source in task.spread.sources])
        known = list(misreads(folder, task, "ternary_2t2r", least=LEAST))
        rng = np.random.default_rng([SEED, number])
        for index in range(columns):
            column = rng.standard_normal(task.spread.dimension)
            drawn = dict(zip(task.spread.names, column.tolist(), strict=True))
            for one in (one for one in known if one.side.variance(Level.COLUMN) >= SHARED):
                shared = sum(loading * drawn[source] for source, loading in one.side.along(Level.COLUMN).items())
                point = {"run": folder.name, "corner": task.corner.id, "programmed": task.programmed}
                label = point | {"read": one.read.value}
                mean = {"mean_rate": dict(one.side.outcomes)[one.read], "column_share": one.side.variance(Level.COLUMN)}
                found = rate(task, response, one, column, fixed)
                yield label | mean | {"column": index, "predicted": one.rate(shared)} | found


def verdict(frame: pd.DataFrame) -> dict[str, float]:
    """How well the plane tells the logarithm of a column's rate."""
    found, predicted = np.log(frame["rate"].to_numpy()), np.log(frame["predicted"].to_numpy())
    error = found - predicted
    return {
        "columns": len(frame), "sd_ln_rate": float(found.std(ddof=1)), "sd_ln_predicted": float(predicted.std(ddof=1)),
        "correlation": float(np.corrcoef(found, predicted)[0, 1]), "mean_ln_error": float(error.mean()),
        "rms_ln_error": float(np.sqrt((error**2).mean())), "worst_ln_error": float(np.abs(error).max()),
    }  # fmt: skip


def main() -> None:
    """Estimate and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="+", type=Path)
    parser.add_argument("--columns", type=int, default=20)
    given = parser.parse_args()
    found: list[dict[str, object]] = []
    for run in given.run:
        for row in rows(run, given.columns):
            found.append(row)
            # Long work: what is known stays, whatever ends it.
            pd.DataFrame(found).to_csv(HERE / "rare.csv", index=False, lineterminator="\n")
    frame = pd.DataFrame(found)
    keys = ["run", "corner", "programmed", "read", "mean_rate", "column_share"]
    known = frame[frame["rate"] > 0]
    summary = known.groupby(keys, sort=False).apply(lambda part: pd.Series(verdict(part)), include_groups=False)
    print(summary.reset_index().to_string(index=False, float_format="{:.4g}".format))


if __name__ == "__main__":
    main()
