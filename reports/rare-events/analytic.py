"""Bias, coverage and cost of the rare-event estimator on limit states whose probability is known.

python reports/rare-events/analytic.py [--repeats N] [--kinds KIND ...] writes analytic.csv beside this file, or what it
holds of some kinds of limit states.
"""

import argparse
import functools
import math
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import binomtest, chi2, norm

from rramsim.rare.estimator import EventEstimator, RareEvent
from rramsim.rare.limit_state import Array, CountedResponse, Event, LimitState
from rramsim.rare.precision import Precision
from rramsim.rare.search import Stream

SEED = 1
RATES = (1e-3, 1e-6, 1e-9, 1e-12)
DIMENSIONS = (2, 10, 20)
CURVATURES = (0.02, -0.01)
BENDS = (0.02, 0.04, 0.06)  # along one axis, in 10 dimensions
KINDS = ("plane", "curved", "two branches", "bent", "behind a band")
BAND = 0.05  # its width [standard deviations]
ANGLES = {2: 180, 10: 120, 20: 180}  # between two branches [degrees], by dimension
CHUNK = 50


@dataclass(frozen=True)
class Case:
    """A limit state at a distance ``beta``: a plane, a paraboloid, two planes, or a parabolic trough.

    Behind a band lies a paraboloid that the lines of the band before it tell.
    """

    kind: str
    parameter: float
    dimension: int
    beta: float

    @property
    def function(self) -> Callable[[Array], float]:
        """Negative where the event occurs."""
        first, second = _axes(self.dimension)
        if self.kind == "plane":
            return lambda z: self.beta - first @ z
        if self.kind in ("curved", "behind a band"):
            return lambda z: self.beta - first @ z + self.parameter * (z @ z - (first @ z) ** 2)
        if self.kind == "bent":
            return lambda z: self.beta - first @ z - self.parameter * (second @ z) ** 2
        angle = math.radians(self.parameter)
        other = math.cos(angle) * first + math.sin(angle) * second
        return lambda z: min(self.beta - first @ z, self.beta - other @ z)

    @property
    def probability(self) -> float:
        """By quadrature where there is no closed form."""
        if self.kind == "plane":
            return float(ndtr(-self.beta))
        if self.kind in ("curved", "behind a band"):
            squares = chi2(self.dimension - 1)
            value, _ = quad(
                lambda q: ndtr(-(self.beta + self.parameter * squares.ppf(q))), 0, 1, epsabs=0, epsrel=1e-8, limit=200
            )
            return float(value)
        if self.kind == "bent":
            value, _ = quad(
                lambda y: norm.pdf(y) * ndtr(-(self.beta - self.parameter * y * y)), -12, 12, epsabs=0, epsrel=1e-8,
                limit=400, points=[0.0],
            )  # fmt: skip
            return float(value)
        return 2 * float(ndtr(-self.beta)) - self._both

    @property
    def _both(self) -> float:
        """Probability of both branches at once."""
        cosine, sine = math.cos(math.radians(self.parameter)), math.sin(math.radians(self.parameter))
        if sine < 1e-9:
            return 0.0
        density = functools.partial(_both_density, beta=self.beta, cosine=cosine, sine=sine)
        return float(quad(density, self.beta, self.beta + 12, epsabs=0, epsrel=1e-8)[0])


def _both_density(x: float, *, beta: float, cosine: float, sine: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi) * float(ndtr(-(beta - cosine * x) / sine))


@functools.cache
def _axes(dimension: int) -> tuple[Array, Array]:
    """Two perpendicular unit vectors along no coordinate."""
    first, second = np.linalg.qr(np.random.default_rng(dimension).standard_normal((dimension, dimension)))[0].T[:2]
    return first, second


def cases() -> Iterator[Case]:
    """All limit states."""
    for dimension in DIMENSIONS:
        for rate in RATES:
            beta = float(-ndtri(rate))
            yield Case("plane", 0, dimension, beta)
            for curvature in CURVATURES:
                yield Case("curved", curvature, dimension, beta)
            yield Case("two branches", ANGLES[dimension], dimension, beta)
    for rate in RATES:
        for bend in BENDS:
            yield Case("bent", bend, 10, float(-ndtri(rate)))
        for curvature in CURVATURES:
            yield Case("behind a band", curvature, 10, float(-ndtri(rate)))


def estimates(case: Case, first: int, count: int) -> list[RareEvent]:
    """Independent estimates of one probability."""
    return [_estimate(case, number) for number in range(first, first + count)]


def _estimate(case: Case, number: int) -> RareEvent:
    def stream(purpose: int, index: int) -> np.random.Generator:
        sequence = np.random.SeedSequence([SEED, number], spawn_key=(purpose, index))
        return np.random.Generator(np.random.Philox(sequence))

    response = CountedResponse(case.function, case.dimension)
    band = Event(low=0.0, high=BAND)
    others = [_found(response, band, stream)] if case.kind == "behind a band" else []
    found = _found(response, Event(high=0.0), stream, others)
    simulations = sum(event.estimate.simulations for event in (*others, found))
    return replace(found, estimate=replace(found.estimate, simulations=simulations))


def _found(response: CountedResponse, event: Event, stream: Stream, others: Sequence[RareEvent] = ()) -> RareEvent:
    return EventEstimator(LimitState(response, event), Precision(), stream).run(others=others)


def row(case: Case, found: list[RareEvent]) -> dict[str, object]:
    """What the repeats say."""
    truth = case.probability
    ratios = np.array([event.estimate.probability for event in found]) / truth
    intervals = [event.estimate.interval() for event in found]
    covered = sum(low <= truth <= high for low, high in intervals)
    missed_below = sum(high < truth for _, high in intervals)
    bounds = binomtest(covered, len(found)).proportion_ci(0.95)
    methods = Counter(event.method.value for event in found)
    return {
        "limit_state": case.kind,
        "parameter": case.parameter,
        "dimension": case.dimension,
        "probability": truth,
        "repeats": len(found),
        "bias": ratios.mean() - 1,
        "bias_standard_error": ratios.std(ddof=1) / math.sqrt(len(found)),
        "coverage": covered / len(found),
        "coverage_low": bounds.low,
        "coverage_high": bounds.high,
        "interval_below_truth": missed_below / len(found),
        "half_width_median": float(np.median([(high - low) / 2 / truth for low, high in intervals])),
        "simulations_median": float(np.median([event.estimate.simulations for event in found])),
        "simulations_p90": float(np.quantile([event.estimate.simulations for event in found], 0.9)),
        "methods": "; ".join(f"{name} {count}" for name, count in sorted(methods.items())),
    }


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    repeats, kinds = vars(parser.parse_args()).values()
    path = Path(__file__).with_suffix(".csv")
    kept = pd.read_csv(path) if path.exists() else pd.DataFrame({"limit_state": []})
    kept = kept[~kept["limit_state"].isin(kinds)]
    rows = []
    with ProcessPoolExecutor(os.cpu_count()) as executor:
        parts = {
            case: [
                executor.submit(estimates, case, first, min(CHUNK, repeats - first))
                for first in range(0, repeats, CHUNK)
            ]
            for case in cases()
            if case.kind in kinds
        }
        for case, futures in parts.items():
            rows.append(row(case, [event for future in futures for event in future.result()]))
            print({key: rows[-1][key] for key in list(rows[-1])[:8]}, flush=True)
            pd.concat([kept, pd.DataFrame(rows)]).to_csv(path, index=False, float_format="%.5g")


if __name__ == "__main__":
    main()
