"""Rates of the real circuit against counted reads, other methods, a closed form, and what each costs.

python reports/rare-events/circuit.py PART… writes PART.csv beside this file; parts: counted, brute_force,
other_methods, bisection, closed_form, cost, cost_openturns.
"""

import argparse
import functools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import openturns as ot
import pandas as pd
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from rramsim.ber.event import EventResult
from rramsim.ber.monte_carlo import StopRule
from rramsim.ber.plan import Estimation, Sweep, ngspice_version
from rramsim.ber.task import PointTask
from rramsim.circuits.benches.pair.settings import ReadSection
from rramsim.circuits.benches.pcsa_read import PcsaRead
from rramsim.circuits.environment import Environment
from rramsim.circuits.response import AbstractResponse
from rramsim.circuits.simulation import Simulation
from rramsim.circuits.technology import load_technology
from rramsim.corners import Corner, ProcessCorner
from rramsim.devices.marginals import Normal
from rramsim.devices.presets import load_preset
from rramsim.devices.spread import SpreadSpace
from rramsim.intervals import IntervalMethod
from rramsim.rare.estimate import Estimate
from rramsim.rare.estimator import EventEstimator
from rramsim.rare.limit_state import CountedResponse, LimitState
from rramsim.rare.method import Method
from rramsim.rare.precision import Precision
from rramsim.runs.task import run_task
from rramsim.spice.engine import engine
from rramsim.spice.workers import local_workers
from rramsim.weights import Weight

Row = dict[str, object]

HERE = Path(__file__).parent
SEED = 1
RELATIVE = 0.1  # half the 95 % interval
SPREAD = RELATIVE / 1.959964  # the coefficient of variation that gives it


@dataclass(frozen=True)
class Point:
    """A corner and the median of the high resistance state, which sets how rare misreads are."""

    process: str
    temperature: float
    vdd: float
    hrs: float = 500e3
    t_sense: float = 50e-9
    programmed: Weight = Weight.PLUS

    @property
    def labels(self) -> Row:
        """Columns that name the point."""
        return {
            "process": self.process, "temperature_c": self.temperature, "vdd_v": self.vdd, "hrs_median_ohm": self.hrs,
            "programmed": self.programmed.value,
        }  # fmt: skip

    def task(self, ngspice: str, *, seed: int = SEED, method: Method | None = Method.LINE_SAMPLING) -> PointTask:
        """The task of a study of this point alone."""
        typical = load_preset("hfo2_130nm_strong").statistics
        environment = Environment(
            technology=load_technology("generic_130nm_5v"),
            devices=replace(typical, hrs=replace(typical.hrs, r_median=self.hrs)),
        )
        swept = Sweep(
            benches=PcsaRead.benches("", ReadSection(t_sense_s=self.t_sense), environment),
            corners=(Corner(process=ProcessCorner(self.process), vdd=self.vdd, temperature_c=self.temperature),),
            estimation=Estimation(
                stop=StopRule(max_trials=1),
                precision=Precision(relative=RELATIVE, max_simulations=100_000),
                method=method,
                interval=IntervalMethod.CLOPPER_PEARSON,
            ),
            seed=seed,
        )
        (task,) = (task for task in swept.tasks(ngspice=ngspice) if task.programmed == self.programmed)
        return replace(task, guide=None)


def response_of(task: PointTask) -> AbstractResponse:
    """The response that the estimators see."""
    response = task.bench.response(Simulation(engine(), task.deck), task.corner, task.programmed, task.spread)
    assert response is not None
    return response


def read_at(simulation: Simulation, task: PointTask, z: np.ndarray) -> str:
    """The plain verdict of one read."""
    return task.simulate(simulation, task.spread.values(z[np.newaxis])[0].tolist()).outcome


def events_of(task: PointTask) -> dict[str, EventResult]:
    """Rates by rramsim."""
    return dict(run_task(task).events)


# Counted reads ------------------------------------------------------------------------------------------------------

BRUTE_POINTS = (
    Point("SS", -40.0, 1.1, hrs=60e3),
    Point("TT", 27.0, 1.2, hrs=60e3),
    Point("SF", 125.0, 1.2, hrs=60e3),
    Point("FS", -40.0, 1.3, programmed=Weight.ZERO),
)
BRUTE_CHUNKS, BRUTE_READS = 100, 2000


def counted(executor: Executor, ngspice: str) -> Iterator[Row]:
    """200,000 reads of each point: misreads of each kind."""
    stop = StopRule(max_trials=BRUTE_READS)
    for point in BRUTE_POINTS:
        chunks = [
            executor.submit(run_task, replace(point.task(ngspice, seed=seed, method=Method.MONTE_CARLO), stop=stop))
            for seed in range(1000, 1000 + BRUTE_CHUNKS)
        ]
        counts: Counter[str] = Counter()
        failed = 0
        for chunk in chunks:
            counts.update(chunk.result().counts)
            failed += chunk.result().failed
        for read in point.task(ngspice).bench.alphabet.misreads(point.programmed):
            labels = {"read": read, "errors": counts[read], "trials": counts.total(), "failed": failed}
            yield point.labels | labels


def brute_force(executor: Executor, ngspice: str) -> Iterator[Row]:
    """Line sampling beside the counted reads of counted.csv."""
    table = pd.read_csv(HERE / "counted.csv", dtype={"programmed": str, "read": str})
    events = {point: executor.submit(events_of, point.task(ngspice)) for point in BRUTE_POINTS}
    for row in table.to_dict("records"):
        point = next(point for point in BRUTE_POINTS if all(row[k] == v for k, v in point.labels.items()))
        counts = Estimate.from_counts(errors=row["errors"], trials=row["trials"], failed=row["failed"])
        read = row["read"]
        yield point.labels | _compared(read, events[point].result()[read], counts, "monte_carlo")


def _compared(read: str, event: EventResult, other: Estimate, method: str) -> Row:
    low, high = event.estimate.interval()
    other_low, other_high = other.interval()
    return {
        "read": read,
        "estimator": event.method.value,
        "probability": event.estimate.probability,
        "ci_low": low,
        "ci_high": high,
        "simulations": event.estimate.simulations,
        "other": method,
        "other_probability": other.probability,
        "other_ci_low": other_low,
        "other_ci_high": other_high,
        "other_simulations": other.simulations,
        "difference_in_standard_errors": (event.estimate.probability - other.probability)
        / math.hypot((high - low) / 3.92, (other_high - other_low) / 3.92),
    }


# Other methods ------------------------------------------------------------------------------------------------------

RARE_POINTS = (Point("SS", -40.0, 1.1), Point("TT", 27.0, 1.2), Point("FF", 125.0, 1.3))
VERDICTS = 20_000
VERDICT_PARTS = 10
SUBSET_SIMULATIONS = 40_000
WIDER = 1.3  # standard deviation of the sampled density, so that no weight is large


def other_methods(executor: Executor, ngspice: str) -> Iterator[Row]:
    """Line sampling beside importance sampling of plain verdicts, and beside subset simulation by OpenTURNS."""
    tasks = {point: point.task(ngspice) for point in RARE_POINTS}
    found = {point: executor.submit(events_of, task) for point, task in tasks.items()}
    subsets = {point: executor.submit(subset_of, task) for point, task in tasks.items()}
    for point, task in tasks.items():
        events = found[point].result()
        for read, event in events.items():
            size = VERDICTS // VERDICT_PARTS
            parts = [executor.submit(weighted_verdicts, task, read, event, seed, size) for seed in range(VERDICT_PARTS)]
            estimate = sum((part.result() for part in parts), Estimate())
            yield point.labels | _compared(read, event, estimate, "importance sampling of verdicts")
        other = subsets[point].result()
        yield point.labels | _compared(Weight.MINUS, events[Weight.MINUS], other, "subset simulation (OpenTURNS)")


def weighted_verdicts(task: PointTask, read: str, event: EventResult, seed: int, count: int) -> Estimate:
    """Rate of a verdict by importance sampling: only the design point is taken from line sampling."""
    simulation = Simulation(engine(), task.deck)
    centre = event.beta * np.array(event.directions[0])
    drawn = multivariate_normal(centre, WIDER**2)
    real = multivariate_normal(np.zeros(centre.size), 1.0)
    generator = np.random.default_rng([SEED, seed])
    values = []
    for z in drawn.rvs(count, random_state=generator):
        misread = read_at(simulation, task, z) == read
        values.append(math.exp(real.logpdf(z) - drawn.logpdf(z)) if misread else 0.0)
    return _estimate(np.array(values), simulations=count)


def subset_of(task: PointTask) -> Estimate:
    """Rate of a sign reversal by independent runs of subset simulation."""
    response = response_of(task)
    state = LimitState(CountedResponse(response, response.dimension), response.events[Weight.MINUS])
    precision = replace(task.precision, max_simulations=SUBSET_SIMULATIONS)
    streams = functools.partial(_stream, task, list(response.events).index(Weight.MINUS))
    return EventEstimator(state, precision, streams).run(method=Method.SUBSET_SIMULATION).estimate


def _stream(task: PointTask, *key: int) -> np.random.Generator:
    return task.stream(*key)


# Bisection of verdicts ----------------------------------------------------------------------------------------------

LINES, HALVINGS, REACH = 200, 12, 1.5


def bisection(executor: Executor, ngspice: str) -> Iterator[Row]:
    """Sign reversals by line sampling beside lines whose crossing is bisected from plain verdicts alone."""
    for point in (*RARE_POINTS, *BRUTE_POINTS[:3]):
        task = point.task(ngspice)
        event = executor.submit(events_of, task).result()[Weight.MINUS]
        size = LINES // 10
        parts = [executor.submit(bisected_lines, task, event, seed, size) for seed in range(10)]
        estimate = sum((part.result() for part in parts), Estimate())
        yield point.labels | _compared(Weight.MINUS, event, estimate, "bisection of verdicts along lines")


def bisected_lines(task: PointTask, event: EventResult, seed: int, count: int) -> Estimate:
    """Mean of Φ(−crossing) over lines along the design direction."""
    simulation = Simulation(engine(), task.deck)
    direction = np.array(event.directions[0])
    generator = np.random.default_rng([SEED, seed, int(task.id[:8], 16)])
    values = []
    for _ in range(count):
        z = generator.standard_normal(direction.size)
        z -= (z @ direction) * direction
        low, high = event.beta - REACH, event.beta + REACH
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if read_at(simulation, task, z + middle * direction) == Weight.MINUS:
                high = middle
            else:
                low = middle
        values.append(float(ndtr(-(low + high) / 2)))
    return _estimate(np.array(values), simulations=count * HALVINGS)


def _estimate(p: np.ndarray, simulations: int) -> Estimate:
    return Estimate(
        trials=p.size, sum_p=float(p.sum()), sum_p2=float((p**2).sum()), sum_p3=float((p**3).sum()),
        simulations=simulations,
    )  # fmt: skip


# Closed form --------------------------------------------------------------------------------------------------------

MISMATCH_FACTORS = (1.0, 0.5, 0.25, 0.1, 0.0)


def closed_form(executor: Executor, ngspice: str) -> Iterator[Row]:
    """Sign reversal as the amplifier's offset vanishes: Φ(−ln(R_H/R_L) / √(σ_L² + σ_H²)), facts/rram.md §6.

    Read for 400 ns, so that hardly any read is left undecided.
    """
    point = Point("TT", 27.0, 1.2, t_sense=400e-9)
    task = point.task(ngspice)
    lrs, hrs = (source.marginal for source in task.spread.sources[:2])
    ideal = float(ndtr(-math.log(hrs.median / lrs.median) / math.hypot(lrs.sigma_ln, hrs.sigma_ln)))
    futures = {}
    for factor in MISMATCH_FACTORS:
        devices, thresholds = task.spread.sources[:2], task.spread.sources[2:]
        scaled = [replace(one, marginal=Normal(sigma=factor * one.marginal.spread)) for one in thresholds]
        spread = SpreadSpace(sources=(*devices, *scaled))
        futures[factor] = executor.submit(events_of, replace(task, spread=spread))
    for factor, future in futures.items():
        estimate = future.result()[Weight.MINUS].estimate
        low, high = estimate.interval()
        yield point.labels | {
            "mismatch_factor": factor,
            "probability": estimate.probability,
            "ci_low": low,
            "ci_high": high,
            "closed_form": ideal,
            "ratio": estimate.probability / ideal,
            "simulations": estimate.simulations,
        }


# Cost ---------------------------------------------------------------------------------------------------------------

COST_MEDIANS = (77e3, 340e3, 1.1e6, 2.9e6)  # rates of a sign reversal near 1e-3, 1e-6, 1e-9, 1e-12
COST_SEEDS = range(10)
REFERENCE_SEEDS = range(3)
REFERENCE_LIMIT = 30_000  # simulations at most


def cost(executor: Executor, ngspice: str) -> Iterator[Row]:
    """Simulations for a 95 % interval of ±10 %: rramsim without any guide, and counting; each rate for itself."""
    points = [Point("TT", 27.0, 1.2, hrs=hrs) for hrs in COST_MEDIANS]
    futures = {
        (point, weight, seed): executor.submit(alone, point.task(ngspice, seed=seed), weight)
        for point in points
        for weight in (Weight.MINUS, Weight.ZERO)
        for seed in COST_SEEDS
    }
    for point in points:
        for weight in (Weight.MINUS, Weight.ZERO):
            estimates = [futures[point, weight, seed].result() for seed in COST_SEEDS]
            rate = float(np.mean([estimate.probability for estimate in estimates]))
            yield point.labels | _spent(weight, "rramsim line sampling", estimates)
            yield point.labels | {
                "read": weight.value,
                "method": "monte_carlo",
                "runs": 0,
                "probability": rate,
                "simulations_median": (1 - rate) / rate / SPREAD**2,
            }


def alone(task: PointTask, weight: Weight) -> Estimate:
    """One rate, where nothing else is estimated whose lines might tell it as well."""
    response = response_of(task)
    limit_state = LimitState(CountedResponse(response, response.dimension), response.events[weight])
    stream = functools.partial(task.stream, task.bench.alphabet.read.index(weight))
    return EventEstimator(limit_state, task.precision, stream).run(guess=response.steepest(weight)).estimate


def cost_openturns(executor: Executor, ngspice: str) -> Iterator[Row]:
    """The same of OpenTURNS' methods, for the sign reversal."""
    points = [Point("TT", 27.0, 1.2, hrs=hrs) for hrs in COST_MEDIANS]
    futures = {
        (point, name, seed): executor.submit(reference, point.task(ngspice), name, seed)
        for point in points
        for name in REFERENCES
        for seed in REFERENCE_SEEDS
    }
    for point in points:
        for name in REFERENCES:
            found = [futures[point, name, seed].result() for seed in REFERENCE_SEEDS]
            yield point.labels | _spent(Weight.MINUS, f"OpenTURNS {name}", found)


def _spent(weight: Weight, method: str, estimates: list[Estimate]) -> Row:
    needed = [float(e.simulations) if e.probability else math.nan for e in estimates]  # nan: it met no misread
    return {
        "read": weight.value,
        "method": method,
        "runs": len(estimates),
        "probability": float(np.mean([estimate.probability for estimate in estimates])),
        "simulations_median": float(np.median(needed)),
        "simulations_least": float(np.min(needed)),
        "simulations_greatest": float(np.max(needed)),
    }


def reference(task: PointTask, name: str, seed: int) -> Estimate:
    """A method of OpenTURNS on the same limit state; simulations are those that ±10 % would need.

    A method that cannot be told when to stop runs once, and its count is scaled by the square of its own coefficient
    of variation over the one that is needed.
    """
    response = response_of(task)
    counted = CountedResponse(response, response.dimension)
    limit_state = LimitState(counted, response.events[Weight.MINUS])
    function = ot.PythonFunction(response.dimension, 1, lambda z: [limit_state(np.asarray(z))])
    vector = ot.RandomVector(ot.Normal(response.dimension))
    event = ot.ThresholdEvent(ot.CompositeRandomVector(function, vector), ot.LessOrEqual(), 0.0)
    ot.RandomGenerator.SetSeed(seed + 1)
    algorithm = REFERENCES[name](event, response.dimension)
    algorithm.run()
    result = algorithm.getResult()
    rate, spread = float(result.getProbabilityEstimate()), float(result.getCoefficientOfVariation())
    needed = counted.simulations * max((spread / SPREAD) ** 2, 1.0)
    return Estimate(trials=1, sum_p=rate, sum_p2=rate**2, sum_p3=rate**3, simulations=int(needed))


def _form(event: object, dimension: int) -> object:
    """Importance sampling around the design point of a first-order reliability method."""
    solver = ot.AbdoRackwitz()
    solver.setStartingPoint([0.0] * dimension)
    search = ot.FORM(solver, event)
    search.run()
    algorithm = _sized(ot.PostAnalyticalImportanceSampling(search.getResult()), REFERENCE_LIMIT)
    algorithm.setMaximumCoefficientOfVariation(SPREAD)
    return algorithm


def _sized(algorithm: object, samples: int) -> object:
    algorithm.setMaximumOuterSampling(samples)
    algorithm.setBlockSize(1)
    return algorithm


REFERENCES: dict[str, Callable[[object, int], object]] = {
    "FORM and importance sampling": _form,
    "subset simulation": lambda event, _: _sized(ot.SubsetSampling(event), 1000),
    "adaptive importance sampling (NAIS)": lambda event, _: _sized(ot.NAIS(event, 0.1), 1000),
    "directional sampling": lambda event, _: _sized(ot.DirectionalSampling(event), 300),
}

PARTS = {
    part.__name__: part for part in (counted, brute_force, other_methods, bisection, closed_form, cost, cost_openturns)
}


def main() -> None:
    """Run the parts that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parts = parser.parse_args().parts
    with local_workers(timeout=None) as executor:
        ngspice = ngspice_version(executor)
        for name in parts:
            rows = []
            for row in PARTS[name](executor, ngspice):
                rows.append(row)
                print(row, flush=True)
                pd.DataFrame(rows).to_csv(HERE / f"{name}.csv", index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
