"""Importance sampling from normal distributions around all known design points.

One simulation a sample. Unlike line sampling it does not mind several failure regions, as long as each is known; a
region that is far from every design point is practically never drawn.

References
----------
A. B. Owen, Monte Carlo theory, methods and examples (2013), ch. 9.

The wider part of the mixture, which bounds the weights: T. Hesterberg, Weighted average importance sampling and
defensive mixture distributions, Technometrics 37, 185 (1995), doi 10.1080/00401706.1995.10484303.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.special import ndtr

from rramsim.rare.design_point import DesignPoint
from rramsim.rare.estimate import Estimate
from rramsim.rare.limit_state import Array, BudgetSpentError, LimitState
from rramsim.rare.method import AbstractMethod, Drawn, Method
from rramsim.rare.search import Purpose, Search

_LEAST_SHARE = 0.05  # of the samples for any region: its reliability index may be wrong
_WIDE_SHARE = 0.1  # of the samples from a wider distribution, which keeps the weights bounded
_WIDE_SIGMA = 1.5
_MIN_SAMPLES = 500
_LOOK_SAMPLES = 100  # between looks at the precision


@final
class ImportanceSampling(AbstractMethod):
    """Weighted samples around the design points of all regions."""

    name = Method.IMPORTANCE_SAMPLING

    def least(self, points: Sequence[DesignPoint], dimension: int) -> int:
        """The fewest samples."""
        return _MIN_SAMPLES

    def run(self, search: Search, points: Sequence[DesignPoint]) -> Drawn:
        """Draw samples around all design points.

        Parameters
        ----------
        search
            The event, the precision, the budget and the random streams.
        points
            The design points, at least one.

        Returns
        -------
        Drawn
            The average of the samples, and the points as they were.
        """
        sampler = ImportanceSampler(search.limit_state, points)
        estimate = Estimate()
        try:
            while not search.ended(estimate, draws=estimate.contributions, least=_MIN_SAMPLES):
                for _ in range(_LOOK_SAMPLES):
                    sample = sampler.draw(search.generator(Purpose.SAMPLES, estimate.contributions))
                    estimate += sample.contribution
        except BudgetSpentError:
            if estimate.contributions < _MIN_SAMPLES:
                estimate = Estimate.unknown_rate()
        return Drawn(estimate=estimate, points=tuple(points))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedSample:
    """One sample.

    Parameters
    ----------
    weight
        Density of the variables over density of the sampling distribution.
    occurred
        Whether the event occurred; None if the simulation failed.
    """

    weight: float
    occurred: bool | None

    @property
    def contribution(self) -> Estimate:
        """What it adds to the estimate."""
        if self.occurred is None:
            return Estimate(unknown=1, unknown_high=self.weight)
        return Estimate.of(self.weight if self.occurred else 0.0)


class ImportanceSampler:
    """Samples around design points.

    Parameters
    ----------
    limit_state
        The limit state.
    points
        The design points, at least one.
    """

    def __init__(self, limit_state: LimitState, points: Sequence[DesignPoint]) -> None:
        self._limit_state = limit_state
        centres = np.array([max(point.beta, 0.0) * point.direction for point in points])
        shares = np.maximum(ndtr([-point.beta for point in points]), 1e-300)
        shares = np.maximum(shares / shares.sum(), _LEAST_SHARE)
        shares /= shares.sum()
        self._centres = np.vstack([centres, centres])  # each as it is, and wider
        self._sigmas = np.repeat([1.0, _WIDE_SIGMA], len(points))
        self._shares = np.concatenate([(1 - _WIDE_SHARE) * shares, _WIDE_SHARE * shares])

    def draw(self, generator: np.random.Generator) -> WeightedSample:
        """Draw and simulate one sample.

        Parameters
        ----------
        generator
            Draws the component and the point: one sample's own stream.
        """
        component = int(generator.choice(len(self._shares), p=self._shares))
        noise = generator.standard_normal(self._limit_state.dimension)
        z = self._centres[component] + self._sigmas[component] * noise
        value = self._limit_state(z)
        occurred = None if math.isnan(value) else self._limit_state.occurs(value)
        return WeightedSample(weight=self._weight(z), occurred=occurred)

    def _weight(self, z: Array) -> float:
        distances = ((z - self._centres) ** 2).sum(axis=1) / self._sigmas**2
        ratios = self._shares / self._sigmas**z.size * np.exp((float(z @ z) - distances) / 2)
        return 1 / float(ratios.sum())
