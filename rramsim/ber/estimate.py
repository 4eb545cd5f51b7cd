"""Mergeable estimate of one probability."""

from __future__ import annotations

from dataclasses import dataclass

from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod, binomial_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Sums from which a probability and its interval follow; two estimates of the same probability add up.

    Parameters
    ----------
    trials
        Independent contributions.
    sum_p, sum_p2
        Sum and sum of squares of their values, each in 0..1. Plain Monte Carlo is the case of values 0 and 1.
    simulations
        Simulations that were spent.
    failed
        Simulations that gave no result; not among ``trials``.

    Raises
    ------
    InputError
        The sums cannot come from values in 0..1.
    """

    trials: int = 0
    sum_p: float = 0.0
    sum_p2: float = 0.0
    simulations: int = 0
    failed: int = 0

    def __post_init__(self) -> None:
        if min(self.trials, self.simulations, self.failed) < 0 or not 0 <= self.sum_p2 <= self.sum_p <= self.trials:
            raise InputError(f"impossible estimate: {self!r}")

    @classmethod
    def from_counts(cls, *, errors: int, trials: int, failed: int = 0) -> Estimate:
        """Plain Monte Carlo: ``errors`` in ``trials``, one simulation each."""
        return cls(trials=trials, sum_p=float(errors), sum_p2=float(errors), simulations=trials + failed, failed=failed)

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(
            trials=self.trials + other.trials,
            sum_p=self.sum_p + other.sum_p,
            sum_p2=self.sum_p2 + other.sum_p2,
            simulations=self.simulations + other.simulations,
            failed=self.failed + other.failed,
        )

    @property
    def probability(self) -> float:
        """Mean value [1]; 0 without trials."""
        return self.sum_p / self.trials if self.trials else 0.0

    def interval(self, method: IntervalMethod) -> tuple[float, float]:
        """95 % interval [1].

        Raises
        ------
        InputError
            The values were not all 0 or 1: a binomial interval does not apply.
        """
        if self.sum_p != self.sum_p2 or self.sum_p != int(self.sum_p):
            raise InputError("a binomial interval needs counts; these values are not all 0 or 1")
        return binomial_interval(int(self.sum_p), self.trials, method)
