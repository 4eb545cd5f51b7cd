"""Mergeable estimate of one probability."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Self

from rramsim.errors import InputError
from rramsim.intervals import IntervalMethod, binomial_interval, mean_interval, mean_skewness

# Widening of an average's interval: what the crossing of a line may be off by, relative to the probability.
_SOLVER_ERROR = 1e-3
_ROUNDING = 1e-9  # of sums
_SKEWED = 0.3  # skewness of an average from which its interval may be too narrow


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Sums from which a probability and its interval follow; two estimates of the same probability add up.

    Parameters
    ----------
    trials
        Independent contributions.
    sum_p, sum_p2, sum_p3
        Sums of their values, not negative, and of the squares and cubes. Plain Monte Carlo is the case of values 0 and
        1.
    simulations
        Simulations that were spent.
    failed
        Those of them that gave no result.
    unknown
        Contributions whose value is not known because simulations failed; not among ``trials``.
    unknown_low, unknown_high
        Sums of the least and of the greatest value that they may have.

    Raises
    ------
    InputError
        The sums cannot come from such values.
    """

    trials: int = 0
    sum_p: float = 0.0
    sum_p2: float = 0.0
    sum_p3: float = 0.0
    simulations: int = 0
    failed: int = 0
    unknown: int = 0
    unknown_low: float = 0.0
    unknown_high: float = 0.0

    def __post_init__(self) -> None:
        values = [getattr(self, field.name) for field in fields(self)]
        # Of values that are not negative: the mean of the squares lies between the mean's square and trials times it.
        square = self.sum_p**2
        possible = self.sum_p2 <= square * (1 + _ROUNDING) and square <= self.trials * self.sum_p2 * (1 + _ROUNDING)
        if not possible or min(values) < 0 or self.unknown_low > self.unknown_high:
            raise InputError(f"impossible estimate: {self!r}")

    @classmethod
    def from_counts(cls, *, errors: int, trials: int, failed: int = 0) -> Self:
        """Plain Monte Carlo, one simulation a trial.

        Parameters
        ----------
        errors
            How often the event occurred, ``0 <= errors <= trials``.
        trials
            Simulations with a result.
        failed
            Simulations without one, any of which may have been the event.
        """
        count = float(errors)
        return cls(
            trials=trials,
            sum_p=count,
            sum_p2=count,
            sum_p3=count,
            simulations=trials + failed,
            failed=failed,
            unknown=failed,
            unknown_high=float(failed),
        )

    @classmethod
    def unknown_rate(cls) -> Self:
        """What is known of a probability of which nothing is: that it lies between 0 and 1."""
        return cls(unknown=1, unknown_high=1.0)

    @classmethod
    def of(cls, value: float) -> Self:
        """One contribution.

        Parameters
        ----------
        value
            Its value [1], not negative; may be above 1 where it is weighted.
        """
        return cls(trials=1, sum_p=value, sum_p2=value**2, sum_p3=value**3)

    def __add__(self, other: Self) -> Self:
        return type(self)(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})

    @property
    def probability(self) -> float:
        """Mean value [1]; 0 without trials."""
        return self.sum_p / self.trials if self.trials else 0.0

    @property
    def contributions(self) -> int:
        """How many there are, known or not."""
        return self.trials + self.unknown

    @property
    def empty(self) -> bool:
        """Whether there is no contribution at all."""
        return self.contributions == 0

    @property
    def known(self) -> Self:
        """The estimate as if there were no unknown contributions."""
        return replace(self, unknown=0, unknown_low=0.0, unknown_high=0.0)

    @property
    def relative_width(self) -> float:
        """Half the width of the 95 % interval, as a part of the probability; infinite for a probability of 0."""
        low, high = self.interval()
        return (high - low) / 2 / self.probability if self.probability else math.inf

    @property
    def is_count(self) -> bool:
        """Whether all values are 0 or 1, and the unknown ones may be either."""
        either = self.unknown_low == 0 and self.unknown_high == self.unknown
        return either and self.sum_p == self.sum_p2 == int(self.sum_p)

    @property
    def skewed(self) -> bool:
        """Whether a few contributions are most of the average, so that its interval may be too narrow."""
        return not self.is_count and mean_skewness(self.trials, self.sum_p, self.sum_p2, self.sum_p3) > _SKEWED

    def interval(self, method: IntervalMethod = IntervalMethod.CLOPPER_PEARSON) -> tuple[float, float]:
        """95 % interval [1]: binomial for counts, of a mean otherwise.

        It holds whatever the unknown contributions are: the lower bound takes each for its least value, the upper
        bound for its greatest.

        Parameters
        ----------
        method
            How the interval of a count is made; that of a mean is always Hall's.
        """
        if self.is_count:
            trials = self.trials + self.unknown
            low, _ = binomial_interval(int(self.sum_p), trials, method)
            _, high = binomial_interval(int(self.sum_p) + self.unknown, trials, method)
            return (low, high)
        low, _ = self._mean_interval(self.unknown_low)
        _, high = self._mean_interval(self.unknown_high)
        if self.trials and self.sum_p == 0:  # that nothing was met says no more than a count does
            high += binomial_interval(0, self.trials, method)[1]
        return (low * (1 - _SOLVER_ERROR), min(high * (1 + _SOLVER_ERROR), 1.0))

    def _mean_interval(self, total: float) -> tuple[float, float]:
        if self.trials + self.unknown < 2:
            return (0.0, 1.0)
        each = total / self.unknown if self.unknown else 0.0
        return mean_interval(
            self.trials + self.unknown,
            self.sum_p + total,
            self.sum_p2 + each * total,
            self.sum_p3 + each**2 * total,
        )
