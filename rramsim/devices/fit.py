"""Lognormal statistics from samples of a resistance, with intervals and a word on whether they are lognormal at all.

References
----------
H. W. Lilliefors, On the Kolmogorov-Smirnov test for normality with mean and variance unknown, J. Am. Stat. Assoc. 62,
399 (1967), doi 10.1080/01621459.1967.10482916.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rramsim.errors import InputError

_FEWEST = 30  # below it the critical value is another one
_CRITICAL = 0.886  # of the distance times the root of the number of samples, at 5 % (Table 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LognormalFit:
    """Lognormal distribution that is most likely to have given samples.

    Parameters
    ----------
    count
        Number of samples.
    r_median, r_median_low, r_median_high
        Median and its interval [Ω].
    sigma_ln, sigma_ln_low, sigma_ln_high
        Standard deviation of ln R and its interval [1].
    distance
        Largest distance of the samples' distribution from the fitted one: Kolmogorov's and Smirnov's [1].
    """

    count: int
    r_median: float
    r_median_low: float
    r_median_high: float
    sigma_ln: float
    sigma_ln_low: float
    sigma_ln_high: float
    distance: float

    @property
    def is_lognormal(self) -> bool:
        """Whether the samples may be lognormal, by Lilliefors' test: wrong in one of 20 cases where they are."""
        return self.distance * math.sqrt(self.count) < _CRITICAL


def fit_lognormal(resistances: Sequence[float], *, confidence: float = 0.95) -> LognormalFit:
    """Fit a lognormal distribution; the intervals hold where the samples are independent and lognormal.

    Parameters
    ----------
    resistances
        Samples, all above 0 and not all alike, 30 at least [Ω].
    confidence
        Of the intervals.

    Raises
    ------
    InputError
        There are too few samples, or some are no resistances.

    Examples
    --------
    >>> fit = fit_lognormal([1e3 * 1.1 ** ((7 * n) % 31 - 15) for n in range(31)])
    >>> round(fit.r_median), round(fit.sigma_ln, 3)
    (1000, 0.867)
    """
    values = np.asarray(resistances, dtype=np.float64)
    if values.size < _FEWEST or not (np.isfinite(values).all() and (values > 0).all()) or np.ptp(values) == 0:
        raise InputError(
            f"a lognormal fit needs at least {_FEWEST} resistances, finite, above 0 Ω and not all alike, got "
            f"{values.size}, from {values.min(initial=math.inf):g} to {values.max(initial=-math.inf):g} Ω"
        )
    from scipy.stats import chi2, norm, t

    logs = np.sort(np.log(values))
    n, mean, sigma = logs.size, float(logs.mean()), float(logs.std(ddof=1))
    reach = float(t.ppf((1 + confidence) / 2, n - 1)) * sigma / math.sqrt(n)
    ends = [
        sigma * math.sqrt((n - 1) / float(chi2.ppf(p, n - 1))) for p in ((1 + confidence) / 2, (1 - confidence) / 2)
    ]
    below = norm.cdf((logs - mean) / sigma)
    steps = np.arange(n + 1) / n
    return LognormalFit(
        count=n,
        r_median=math.exp(mean),
        r_median_low=math.exp(mean - reach),
        r_median_high=math.exp(mean + reach),
        sigma_ln=sigma,
        sigma_ln_low=ends[0],
        sigma_ln_high=ends[1],
        distance=float(max((steps[1:] - below).max(), (below - steps[:-1]).max())),
    )
