"""Subset simulation, by OpenTURNS: slow, but it needs no direction and no design point.

S.-K. Au, J. L. Beck, Probabilistic Eng. Mech. 16, 263 (2001), doi 10.1016/S0266-8920(01)00019-4. Its own error estimate
takes the levels for independent; here independent runs are averaged, and their scatter gives the interval.
"""

from __future__ import annotations

import math

import numpy as np

from rramsim.ber.rare.limit_state import Array, LimitState

_SAMPLES = 1000  # a level
_CONDITIONAL = 0.1  # probability of each level


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
        inside = not math.isnan(result) and result <= 0
        if math.isnan(result) or (inside and not limit_state.occurs(result)):
            return [1e300]
        return [result]

    ot.RandomGenerator.SetSeed(int(generator.integers(2**31)))
    vector = ot.RandomVector(ot.Normal(limit_state.dimension))
    function = ot.PythonFunction(limit_state.dimension, 1, value)
    event = ot.ThresholdEvent(ot.CompositeRandomVector(function, vector), ot.LessOrEqual(), 0.0)
    algorithm = ot.SubsetSampling(event, 2.0, _CONDITIONAL)
    algorithm.setMaximumOuterSampling(_SAMPLES)
    algorithm.setBlockSize(1)
    try:
        algorithm.run()
    except Exception:
        if failures:  # OpenTURNS keeps no more than its text
            raise failures[0] from None
        raise
    return float(algorithm.getResult().getProbabilityEstimate())
