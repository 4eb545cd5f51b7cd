"""Subset simulation, by OpenTURNS: slow, but it needs no direction and no design point.

The method's own error estimate takes the levels for independent; here independent runs are averaged, and their scatter
gives the interval.

References
----------
S.-K. Au, J. L. Beck, Estimation of small failure probabilities in high dimensions by subset simulation, Probabilistic
Eng. Mech. 16, 263 (2001), doi 10.1016/S0266-8920(01)00019-4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import numpy as np

from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Array, BudgetSpentError, LimitState
from rramsim.rare.method import AbstractMethod, Drawn, Method
from rramsim.rare.search import Purpose, Search

_LEVEL_SAMPLES = 1000
_MIN_RUNS, _LEAST_RUNS = 8, 2  # runs, and where the budget is spent
_CONDITIONAL = 0.1  # probability of each level
_OUTSIDE = 1e300  # limit state where there is no event, or no result
_TIE = 1e-9  # part of the limit state: where it does not change, what is farther away ranks as nearer to the event


@final
class SubsetSimulation(AbstractMethod):
    """Independent runs of subset simulation, averaged."""

    name = Method.SUBSET_SIMULATION

    def least(self, points: Sequence[DesignPoint], dimension: int) -> int:
        """The fewest runs, of a level each."""
        return _LEAST_RUNS * _LEVEL_SAMPLES

    def run(self, search: Search, points: Sequence[DesignPoint]) -> Drawn:
        """Average runs, which need no design point.

        Parameters
        ----------
        search
            The event, the precision, the budget and the random streams.
        points
            Passed on; none is needed.

        Returns
        -------
        Drawn
            The average of the runs, and the points as they were.
        """
        estimate = Estimate()
        while True:
            before = search.spent
            generator = search.generator(Purpose.SUBSET, estimate.trials)
            try:
                estimate += Estimate.of(subset_run(search.limit_state, generator))
            except BudgetSpentError:
                known = estimate if estimate.trials else Estimate.unknown_rate()
                return Drawn(estimate=known, points=tuple(points))
            another = 2 * search.spent - before <= search.precision.max_simulations
            done = estimate.trials >= _MIN_RUNS and search.precision.reached(estimate)
            if estimate.trials >= _LEAST_RUNS and (done or not another):
                return Drawn(estimate=estimate, points=tuple(points))

    @staticmethod
    def least_cost(probability: float) -> float:
        """Simulations that an estimate takes at least.

        Parameters
        ----------
        probability
            Roughly what is to be estimated [1], above 0.
        """
        return _LEAST_RUNS * (-math.log10(probability) + 1) * _LEVEL_SAMPLES


def subset_run(limit_state: LimitState, generator: np.random.Generator) -> float:
    """Probability by one run [1]; a simulation that fails counts as outside the event.

    Parameters
    ----------
    limit_state
        The limit state; two-sided events are cut off at their entry.
    generator
        Seeds the run.
    """
    import openturns as ot  # takes a second to import, and is seldom needed

    failures: list[Exception] = []

    def value(z: Array) -> list[float]:
        try:
            result = limit_state(np.asarray(z))
        except Exception as error:
            failures.append(error)
            raise
        if math.isnan(result) or (result <= 0 and not limit_state.occurs(result)):
            result = _OUTSIDE
        return [result * (1 - _TIE * float(np.dot(z, z))) if result > 0 else result]

    ot.RandomGenerator.SetSeed(int(generator.integers(2**31)))
    vector = ot.RandomVector(ot.Normal(limit_state.dimension))
    function = ot.PythonFunction(limit_state.dimension, 1, value)
    event = ot.ThresholdEvent(ot.CompositeRandomVector(function, vector), ot.LessOrEqual(), 0.0)
    algorithm = ot.SubsetSampling(event, 2.0, _CONDITIONAL)
    algorithm.setMaximumOuterSampling(_LEVEL_SAMPLES)
    algorithm.setBlockSize(1)
    try:
        algorithm.run()
    except Exception:
        if failures:  # OpenTURNS keeps no more than its text
            raise failures[0] from None
        raise
    return float(algorithm.getResult().getProbabilityEstimate())
